import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { freemem } from 'node:os';
import { join } from 'node:path';
import type { EngineOptions } from '#src/engine/options.ts';
import type { Bench, BenchOptions, BenchOutcome } from '../bench.ts';
import type { BenchRow } from '../row.ts';
import { peersCache } from './cache-folder.ts';
import { peerEnvironment, type PeerEnvironment } from './environment.ts';
import { ensureModel, type PeerModel } from './model.ts';
import { ourPeer } from './our-peer.ts';
import { titleOf, type Peer } from './peer.ts';
import { pythonPeer } from './python-peer.ts';
import { inRounds, type Results, type Task } from './rounds.ts';
import { agreementRows, batchRow, loadRows, memoryRows, outsideRow, taskRows, type OurLoads, type Targets } from './rows.ts';
import type { PeerShape } from './shapes.ts';

export type ShapedBench = {
  readonly name: string;
  readonly title: string;
  readonly shape: PeerShape;
  readonly device: 'cpu' | 'cuda';
  readonly targets: Targets;
  plan(options: BenchOptions): { readonly tasks: readonly Task[]; readonly rounds: number; readonly withCompiled: boolean };
  /** The two tasks that a batch is compared by. */
  readonly single?: string;
  readonly batch?: string;
  /** Rows that this machine and shape have on top. */
  more?(found: Found): Promise<readonly BenchRow[]>;
  readonly remark: string;
};

export type Found = {
  readonly environment: PeerEnvironment;
  readonly model: PeerModel;
  readonly results: Results;
  readonly tasks: readonly Task[];
  readonly options: BenchOptions;
  readonly loads: OurLoads;
};

const tell = (line: string): void => void process.stderr.write(`${line}\n`);

/** One shape, drawn by everybody in turn. */
export const shapedBench = (bench: ShapedBench): Bench => ({
  name: bench.name,
  title: bench.title,
  run: async (options): Promise<BenchOutcome> => {
    const environment = await peerEnvironment();
    if ('skip' in environment) return environment;
    if (bench.device === 'cuda' && environment.device !== 'cuda')
      return { skip: 'no GPU was at hand for this run; on a machine with an NVIDIA GPU the same command measures it' };
    const model = await ensureModel(environment.python, bench.shape, tell);
    const { tasks, rounds, withCompiled } = bench.plan(options);
    // Emptied before too: a run that was killed leaves its graphs, gigabytes.
    const graphCache = join(peersCache(), 'graphs');
    await rm(graphCache, { recursive: true, force: true });
    try {
      const places: Places = { environment, model, withCompiled, graphCache };
      const { peers, left } = peersOf(bench, places);
      const results = await inRounds(peers, tasks, { rounds, together: fitTogether(model, peers.length), tell });
      checkProvider(bench, results);
      const found: Found = { environment, model, results, tasks, options, loads: await ourLoads(bench, places, results) };
      const failures = [...left, ...[...results.failed].map(([name, why]) => `${titleOf[name]}: left out, ${why}.`)];
      return { rows: await rowsOf(bench, found), remark: [bench.remark, ...failures].join(' ') };
    } finally {
      await rm(graphCache, { recursive: true, force: true });
    }
  },
});

/** Whether all can be in memory at once: then they take turns picture by picture, and what else the machine does meets all alike. */
const fitTogether = ({ weightBytes }: PeerModel, peers: number): boolean => peers * (1.7 * weightBytes + 1.5e9) < 0.7 * availableBytes();

/** What processes can get without swapping; the system's free memory alone leaves out its file caches. */
function availableBytes(): number {
  try {
    const kibibytes = /^MemAvailable:\s+(\d+) kB/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1];
    if (kibibytes !== undefined) return Number(kibibytes) * 1024;
  } catch {
    // No /proc here.
  }
  return freemem();
}

/** A comparison of a GPU with a processor is none. */
function checkProvider({ device }: ShapedBench, { measured }: Results): void {
  const provider = measured.get('blitzbild')?.provider;
  if (device === 'cuda' && provider === 'cpu')
    throw new Error('Blitzbild found no provider for this GPU and took the CPU; `blitzbild doctor` says what is missing');
}

type Places = {
  readonly environment: PeerEnvironment;
  readonly model: PeerModel;
  readonly withCompiled: boolean;
  readonly graphCache: string;
};

function peersOf(
  { device }: ShapedBench,
  { environment, model, withCompiled, graphCache }: Places,
): { readonly peers: readonly Peer[]; readonly left: readonly string[] } {
  const { python, notCompiled } = environment;
  const peers: Peer[] = [ourPeer({ onnxFolder: model.onnxFolder, engine: engineOptions(device, graphCache) })];
  for (const kind of ['onnxruntime', 'eager'] as const) peers.push(pythonPeer({ python, kind, model, device }));
  if (!withCompiled) return { peers, left: [`${titleOf.compiled}: left out, --quick does not wait for the compiler.`] };
  if (notCompiled !== undefined) return { peers, left: [`${titleOf.compiled}: left out, ${notCompiled}.`] };
  return { peers: [...peers, pythonPeer({ python, kind: 'compiled', model, device })], left: [] };
}

/** Loads of ours: with an empty graph cache in the first round, from it in the others (or once more), and without any. */
async function ourLoads(bench: ShapedBench, { model, graphCache }: Places, results: Results): Promise<OurLoads> {
  const [first = Number.NaN, ...later] = results.measured.get('blitzbild')!.loadMs;
  const once = async (engine: Partial<EngineOptions>): Promise<number> => {
    await using open = await ourPeer({ onnxFolder: model.onnxFolder, engine }).open();
    return open.loadMs;
  };
  const cached = later.length > 0 ? later : [await once(engineOptions(bench.device, graphCache))];
  return { first, cached, without: await once(engineOptions(bench.device, undefined)) };
}

const engineOptions = (device: ShapedBench['device'], folder: string | undefined): Partial<EngineOptions> => ({
  ...(device === 'cpu' ? { providers: ['cpu'] } : {}),
  ...(folder === undefined ? {} : { graphCache: { folder, maxBytes: CACHE_BYTES } }),
});

const CACHE_BYTES = 100e9;

async function rowsOf(bench: ShapedBench, found: Found): Promise<readonly BenchRow[]> {
  const { results, tasks, model } = found;
  const named = (name: string | undefined): Task | undefined => tasks.find((task) => task.name === name);
  const [single, batch] = [named(bench.single), named(bench.batch)];
  return [
    ...agreementRows(results, bench.shape.dtype),
    ...tasks.flatMap((task) => taskRows(results, task, bench.targets)),
    outsideRow(results),
    ...(single && batch ? [batchRow(results, single, batch)] : []),
    ...memoryRows(results, { weightBytes: model.weightBytes, dtype: bench.shape.dtype }),
    ...loadRows(results, found.loads),
    ...((await bench.more?.(found)) ?? []),
  ];
}
