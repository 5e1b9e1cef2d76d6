/**
 * `npm run test:egress`: the proof that nothing leaves, in full. The bot with a homeserver and its engine, the local room alone and the command line
 * run in a network that has loopback and nothing else, under strace; every attempt to reach anything but the configured server is listed.
 *
 *   npm run test:egress                      everything, some minutes
 *   npm run test:egress -- matrix            one journey: matrix, localRoom, commandLine, control
 *   npm run test:egress -- --bounded         as short as in `npm test`
 *
 * Exit code 1 where anything was attempted, or where a deliberate breach was not seen; 2 where this machine can't look.
 */
import { parseArgs } from 'node:util';
import { synapseSkipReason } from '../e2e/synapse/server.ts';
import { controls } from './control.ts';
import { inNamespace } from './namespace.ts';
import type { Outcome } from './steps.ts';
import { straceSkipReason } from './strace.ts';

const limitMs = 900_000;
const { values, positionals } = parseArgs({ options: { bounded: { type: 'boolean', default: false } }, allowPositionals: true });
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const refusal = (await straceSkipReason()) ?? (await synapseSkipReason());
if (refusal !== undefined) {
  process.stderr.write(`The proof can't be made here: ${refusal}.\n`);
  process.exit(2);
}

let failed = 0;
const tell = (text: string): void => void process.stderr.write(text.replace(/^(?=.)/gmu, '  '));
const wanted = (name: string): boolean => positionals.length === 0 || positionals.includes(name);

for (const journey of ['commandLine', 'localRoom', 'matrix'] as const) {
  if (!wanted(journey)) continue;
  say(`${journey} …`);
  const outcome = await inNamespace(journey, values.bounded ? 'bounded' : 'full', limitMs, tell);
  report(outcome);
  if (outcome.findings.length > 0) failed += 1;
}
for (const what of wanted('control') ? Object.keys(controls) : []) {
  const { findings } = await inNamespace('control', what, limitMs);
  const isQuiet = what === 'onnxruntime as this program loads it';
  const isRight = findings.length > 0 !== isQuiet;
  say(
    `${isRight ? 'ok    ' : 'FAILED'} ${isQuiet ? 'silent' : 'a deliberate breach'}: ${what}${isQuiet ? '' : ` (${findings.length} attempts seen)`}`,
  );
  if (!isRight) failed += 1;
}
process.exitCode = failed === 0 ? 0 : 1;

function report({ findings, allowed, seen, processes, did }: Outcome): void {
  for (const finding of findings) say(`  ATTEMPT ${finding}`);
  say(
    `${findings.length === 0 ? 'ok    ' : 'FAILED'} ${findings.length} attempts to reach anything else, ${allowed} connections to the configured server; ` +
      `${seen} calls of ${processes} processes and threads were looked at: ${did.join(', ')}`,
  );
}
