/**
 * `npm run bench`: measures speed and memory on this machine and writes docs/benchmarks.md.
 *
 *   npm run bench                     everything, some eight minutes on two idle cores
 *   npm run bench -- --large          also with a model as large as Stable Diffusion 1.5
 *   npm run bench -- --only NAME      one of them (several times for several); prints and writes nothing
 *   npm run bench -- --peers          instead: against diffusers and ONNX Runtime from Python; writes docs/performance.md
 *   npm run bench -- --quick          a tenth of the counts, to try the bench itself; prints and writes nothing
 *
 * A target that is not met is written down as such and is no failure; a bench that can't be run to its end is.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bareStart } from './bare-start.ts';
import { batch } from './batch.ts';
import type { Bench, BenchOutcome } from './bench.ts';
import { embeddedModel } from './embedded-model.ts';
import { localRoom } from './local-room.ts';
import { describeMachine } from './machine.ts';
import { matrixRoom } from './matrix-room.ts';
import { peer } from './peer.ts';
import { peerBenches, tinyBenches } from './peers/benches.ts';
import { describePeers } from './peers/environment.ts';
import { performancePage } from './peers/page.ts';
import { benchmarksPage, printed, type Section } from './report.ts';
import { shapedModel } from './shaped-model.ts';
import { thousandJobs } from './thousand-jobs.ts';

const alone: readonly Bench[] = [bareStart, embeddedModel, localRoom, batch, matrixRoom, thousandJobs, shapedModel, peer];
const docs = join(import.meta.dirname, '../../docs');

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    quick: { type: 'boolean', default: false },
    large: { type: 'boolean', default: false },
    peers: { type: 'boolean', default: false },
  },
});
const benches = values.peers ? [...peerBenches, ...(values.only === undefined ? [] : tinyBenches)] : alone;
const unknown = values.only?.find((name) => !benches.some((bench) => bench.name === name));
if (unknown !== undefined) {
  process.stderr.write(`There is no bench ${unknown}; these are: ${benches.map(({ name }) => name).join(', ')}.\n`);
  process.exit(2);
}

const machine = [...describeMachine(new Date()), ...(values.peers ? await describePeers() : [])];
const sections: Section[] = [];
for (const bench of benches) {
  if (values.only !== undefined && !values.only.includes(bench.name)) continue;
  process.stderr.write(`${bench.name}: ${bench.title} …\n`);
  const startedMs = performance.now();
  const outcome = await bench.run(values).catch((error: unknown): { readonly failure: string } => {
    process.exitCode = 1;
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    return { failure: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error) };
  });
  const section: Section = {
    ...bench,
    outcome: outcome satisfies BenchOutcome | { failure: string },
    seconds: (performance.now() - startedMs) / 1000,
  };
  sections.push(section);
  process.stdout.write(`${printed(section)}\n`);
}
if (values.only === undefined && !values.quick) {
  const page = join(docs, values.peers ? 'performance.md' : 'benchmarks.md');
  await writeFile(page, (values.peers ? performancePage : benchmarksPage)(machine, sections));
  process.stderr.write(`Written: ${page}\n`);
}
