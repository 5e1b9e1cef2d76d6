/** The first process of a network that has no outside: `inside.ts STEP ARGUMENT`. Prints what was seen, as one line of JSON. */
import { execFileSync } from 'node:child_process';
import { loopbackUp } from './strace.ts';
import { commandLine, control, localRoom, matrix, type Extent, type Outcome } from './steps.ts';

export const steps = {
  commandLine: (extent: string) => commandLine(extent as Extent),
  localRoom: (extent: string) => localRoom(extent as Extent),
  matrix: (extent: string) => matrix(extent as Extent),
  control,
} as const satisfies Record<string, (argument: string) => Promise<Outcome>>;

// Its end is the end of every process in here: whoever started this can't leave any behind.
process.stdin.on('end', () => process.exit(1)).resume();
const [program, ...words] = loopbackUp;
execFileSync(program, words);
const [, , step = '', argument = ''] = process.argv;
const outcome = await steps[step as keyof typeof steps](argument);
process.stdout.write(`${JSON.stringify(outcome)}\n`, () => process.exit(0));
