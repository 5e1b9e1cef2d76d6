/** What `npm run bench -- --peers` measures. */
import type { Bench } from '../bench.ts';
import { floorRows } from './floor.ts';
import { operatorRows } from './operator-times.ts';
import type { Drawing } from './peer.ts';
import type { Task } from './rounds.ts';
import { cpuTargets, gpuTargets } from './rows.ts';
import { embeddedCount } from './embedded-count.ts';
import { shapedBench } from './shaped-bench.ts';
import { fullSdxlShape, sd15Shape, smallSdxlShape, tinyShapes } from './shapes.ts';

type Extra = Partial<Pick<Drawing, 'guidanceScale' | 'count'>> & { readonly times?: number; readonly notCompiled?: boolean };

const task = (name: string, sidePx: number, steps: number, extra: Extra = {}): Task => ({
  name,
  sidePx,
  steps,
  guidanceScale: 1,
  count: 1,
  times: 1,
  ...extra,
});

const SAME_WEIGHTS =
  'Random weights from a seed, the very same in all of them. Each works in a process of its own; where the memory holds all of them they take turns picture by picture, else process by process, in turned order each time. Medians of all rounds’ pictures. Times are of the pipeline, without encoding to PNG.';

const sd15Peers = shapedBench({
  name: 'peers-sd15',
  title: 'A model of Stable Diffusion 1.5’s shape, on the CPU',
  shape: sd15Shape,
  device: 'cpu',
  targets: cpuTargets,
  plan: ({ quick }) =>
    quick
      ? { tasks: [task('256²', 256, 2, { times: 3 })], rounds: 1, withCompiled: false }
      : {
          tasks: [
            task('256²', 256, 2, { times: 3 }),
            task('512²', 512, 2, { times: 2 }),
            task('256², guided', 256, 2, { guidanceScale: 7.5, notCompiled: true }),
            task('256², n 4', 256, 2, { count: 4, notCompiled: true }),
          ],
          rounds: 2,
          withCompiled: true,
        },
  single: '256²',
  batch: '256², n 4',
  more: async ({ environment, model, options }) => (options.quick ? [] : operatorRows(environment.python, model)),
  remark: `${SAME_WEIGHTS} The layers, channels and 1.03 billion float32 weights of the real model; two steps without guidance, as models of few steps are used, so one run of the UNet a step («guided»: two). Every one uses as many threads as the machine has cores. The last rows say what bounds the comparison: where both kinds of runtime spend a step, and how fast their bare products are.`,
});

const smallSdxlPeers = shapedBench({
  name: 'peers-sdxl',
  title: 'A smaller model of SDXL’s shape, on the CPU',
  shape: smallSdxlShape,
  device: 'cpu',
  targets: cpuTargets,
  plan: ({ quick }) => ({
    tasks: [
      task('256²', 256, 4, { times: quick ? 3 : 4 }),
      ...(quick
        ? []
        : [
            task('512²', 512, 4),
            task('256², n 2', 256, 4, { count: 2, notCompiled: true }),
            task('256², n 4', 256, 4, { count: 4, notCompiled: true }),
          ]),
    ],
    rounds: quick ? 1 : 2,
    withCompiled: !quick,
  }),
  single: '256²',
  batch: '256², n 4',
  remark: `${SAME_WEIGHTS} Two text encoders, pooled words and sizes as conditions, transformers in two of three levels as in SDXL, with half its channels and a fifth of its transformers: the full one is for GPUs.`,
});

const gpuSdxlPeers = shapedBench({
  name: 'peers-gpu',
  title: 'A model of SDXL’s shape in float16, on a GPU',
  shape: fullSdxlShape,
  device: 'cuda',
  targets: gpuTargets,
  plan: ({ quick }) => ({
    tasks: [
      task('1024²', 1024, 4, { times: quick ? 3 : 10 }),
      ...(quick ? [] : [task('1024², n 4', 1024, 4, { count: 4, notCompiled: true })]),
    ],
    rounds: quick ? 1 : 3,
    withCompiled: true,
  }),
  single: '1024²',
  batch: '1024², n 4',
  more: async ({ environment, results, tasks }) => floorRows(environment.python, results, tasks[0]!),
  remark: `${SAME_WEIGHTS} The layers, channels and 3.5 billion float16 weights of SDXL.`,
});

export const peerBenches: readonly Bench[] = [sd15Peers, smallSdxlPeers, embeddedCount, gpuSdxlPeers];

/** For `--only`: seconds instead of minutes, to try the bench itself. Their numbers mean nothing. */
export const tinyBenches: readonly Bench[] = Object.values(tinyShapes).map((shape) =>
  shapedBench({
    name: shape.name,
    title: `A tiny model (${shape.family}), to try the bench`,
    shape,
    device: 'cpu',
    targets: cpuTargets,
    plan: ({ quick }) => ({
      tasks: [task('128²', 128, 2, { times: 2 }), task('128², n 2', 128, 2, { count: 2, notCompiled: true })],
      rounds: 2,
      withCompiled: !quick,
    }),
    single: '128²',
    batch: '128², n 2',
    remark: SAME_WEIGHTS,
  }),
);
