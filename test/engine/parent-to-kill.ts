/** A parent in the middle of a picture: prints its child's process id at the first step and goes on until it is killed. */
import { ChildProcessEngine } from '#src/engine/child-process.ts';
import { noHooks, request } from './engines.ts';

const [folder] = process.argv.slice(2);
const engine = new ChildProcessEngine({ folderOf: () => folder, environment: process.env, providers: ['cpu'] });
const long = request('a red fox', 'tiny', { widthPx: 128, heightPx: 128, steps: 100 });
let printed = false;
for (;;)
  await engine.generate(long, {
    ...noHooks,
    onStep: () => {
      if (!printed) process.stdout.write(`${engine.pid}\n`);
      printed = true;
    },
  });
