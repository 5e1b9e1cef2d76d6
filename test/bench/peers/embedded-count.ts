import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { catalogueOf } from '#src/weights/catalogue.ts';
import type { Bench } from '../bench.ts';
import { agreement, byOurs, byPython, type PeerTask } from '../peer.ts';
import { quantile, type BenchRow } from '../row.ts';
import { peerEnvironment } from './environment.ts';
import { orderOf } from './rounds.ts';

const embedded = join(import.meta.dirname, '../../../models/embedded');
const ROUNDS = 5;
const COUNTS = [1, 4, 10, 20] as const;
const MOST = 20;

/** One prompt, up to twenty pictures: what each further one costs. diffusers has no model of this kind to compare with. */
export const embeddedCount: Bench = {
  name: 'peers-embedded',
  title: 'The embedded model, 1 to 20 pictures, on the CPU',
  async run({ quick }) {
    if (!existsSync(join(embedded, 'model_index.json'))) return { skip: 'there is no embedded model in models/' };
    const environment = await peerEnvironment();
    if ('skip' in environment) return environment;
    const catalogue = await catalogueOf(embedded);
    const model = catalogue.get(catalogue.active)!;
    const task: PeerTask = { model, prompts: Array.from({ length: MOST }, () => model.examples.en[0] ?? 'a red apple') };
    const makers = {
      blitzbild: async () => byOurs(task),
      python: async () => byPython(environment.python, task, { spinning: false }),
    };
    const eachMs = { blitzbild: [] as (readonly number[])[], python: [] as (readonly number[])[] };
    const pictures = { blitzbild: [] as readonly Uint8Array[], python: [] as readonly Uint8Array[] };
    for (let round = 0; round < (quick ? 1 : ROUNDS); round++) {
      for (const name of orderOf(['blitzbild', 'python'] as const, round)) {
        const made = await makers[name]();
        eachMs[name].push(made.eachMs);
        pictures[name] = made.pictures;
      }
    }
    const rows = COUNTS.flatMap((count) => countRows(count, costOf(eachMs.blitzbild, count), costOf(eachMs.python, count)));
    return {
      rows: [...rows, agreement(pictures.blitzbild, pictures.python)],
      remark:
        'One prompt, one picture after the other, in both; ONNX Runtime from Python as a plain numpy loop with the same session settings. The prompt is read once by Blitzbild and every time by the loop.',
    };
  },
};

/** Median of the rounds of what the first `count` pictures took together, ms. */
export const costOf = (rounds: readonly (readonly number[])[], count: number): number =>
  quantile(
    rounds.map((eachMs) => eachMs.slice(0, count).reduce((sum, ms) => sum + ms, 0)),
    0.5,
  );

const countRows = (count: number, oursMs: number, theirsMs: number): readonly BenchRow[] => [
  { name: `n ${count}: Blitzbild`, value: oursMs / 1000, unit: 's', note: `${Math.round(oursMs / count)} ms a picture` },
  { name: `n ${count}: ONNX Runtime from Python`, value: theirsMs / 1000, unit: 's', note: `${Math.round(theirsMs / count)} ms a picture` },
  { name: `n ${count}: Blitzbild ÷ ONNX Runtime from Python`, value: oursMs / theirsMs, unit: '×', target: 1.05 },
];
