import { peakMb } from '../process-memory.ts';
import { heldGpuMb } from './gpu-memory.ts';
import type { Drawing, Drawn, OpenPeer, Peer, PeerName } from './peer.ts';

/** One thing that every peer draws, `times` times in every round. */
export type Task = Omit<Drawing, 'prompt' | 'seed'> & {
  readonly name: string;
  readonly times: number;
  /** Each batch size and kind of guidance is compiled anew, which takes minutes: some are left to the others. */
  readonly notCompiled?: boolean;
};

export type Sample = Drawn & { readonly round: number };

export type Measured = {
  readonly loadMs: readonly number[];
  /** The first picture of each process: thrown away, but compiling happens in it. */
  readonly firstMs: readonly number[];
  /** Most resident memory of each process. */
  readonly peakMb: readonly number[];
  /** What each process held of the GPU's memory in the end; neither runtime gives any back before. */
  readonly gpuMb: readonly number[];
  readonly provider: string;
  /** By the task's name. */
  readonly samples: ReadonlyMap<string, readonly Sample[]>;
};

type Growing = {
  readonly loadMs: number[];
  readonly firstMs: number[];
  readonly peakMb: number[];
  readonly gpuMb: number[];
  provider: string;
  readonly samples: Map<string, Sample[]>;
};

export type Results = {
  readonly measured: ReadonlyMap<PeerName, Measured>;
  /** Those that could not, and why. */
  readonly failed: ReadonlyMap<PeerName, string>;
};

/** Which peers first: turned round each time, so that a machine that gets slower favours none. */
export const orderOf = <Item>(items: readonly Item[], round: number): readonly Item[] => (round % 2 === 0 ? items : items.toReversed());

/** The same for everybody, another for each picture: nobody can have kept an answer. */
export const drawingOf = (task: Task, round: number, time: number): Drawing => ({
  ...task,
  prompt: `a red fox in the snow ${10 * round + time}`,
  seed: 1000 * round + 10 * time,
});

export type RoundsOptions = {
  readonly rounds: number;
  /** All processes at once, so that they take turns picture by picture; else one after the other, for models too large for that. */
  readonly together: boolean;
  readonly tell: (line: string) => void;
};

/**
 * Each round starts every peer once, in a process of its own, and lets each draw the same. A peer that fails is left out from
 * then on, with its reason; where it is ours, this rejects.
 */
export async function inRounds(
  peers: readonly Peer[],
  tasks: readonly Task[],
  { rounds, together, tell }: RoundsOptions,
): Promise<Results> {
  const measured = new Map<PeerName, Growing>();
  const failed = new Map<PeerName, string>();
  const attempt = async ({ name }: Peer, work: (kept: Growing) => Promise<void>): Promise<void> => {
    if (failed.has(name)) return;
    const kept = measured.get(name) ?? {
      loadMs: [],
      firstMs: [],
      peakMb: [],
      gpuMb: [],
      provider: '',
      samples: new Map<string, Sample[]>(),
    };
    measured.set(name, kept);
    try {
      await work(kept);
    } catch (error) {
      if (name === 'blitzbild') throw error;
      failed.set(name, error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
      measured.delete(name);
    }
  };
  for (let round = 0; round < rounds; round++) {
    const inOrder = orderOf(peers, round);
    for (const group of together ? [inOrder] : inOrder.map((peer) => [peer])) {
      tell(`  round ${round + 1} of ${rounds}: ${group.map(({ name }) => name).join(', ')} …`);
      await oneRound(group, tasks, { round, attempt });
    }
  }
  return { measured, failed };
}

type Attempt = (peer: Peer, work: (kept: Growing) => Promise<void>) => Promise<void>;

async function oneRound(
  group: readonly Peer[],
  tasks: readonly Task[],
  { round, attempt }: { readonly round: number; readonly attempt: Attempt },
): Promise<void> {
  await using processes = new AsyncDisposableStack();
  const open = new Map<Peer, OpenPeer>();
  for (const peer of group) {
    await attempt(peer, async (kept) => {
      const started = processes.use(await peer.open());
      open.set(peer, started);
      kept.provider = started.provider;
      kept.loadMs.push(started.loadMs);
      // Every shape once with a single step: what is compiled or allocated for a shape does not count.
      let firstMs = 0;
      for (const task of distinctShapes(tasks.filter(drawnBy(peer)), peer.name === 'compiled'))
        firstMs += (await started.draw({ ...drawingOf(task, 99, 0), steps: 1 })).totalMs;
      kept.firstMs.push(firstMs);
    });
  }
  for (const task of tasks) {
    for (let time = 0; time < task.times; time++) {
      for (const [peer, started] of orderOf(
        [...open].filter(([each]) => drawnBy(each)(task)),
        time,
      )) {
        await attempt(peer, async ({ samples }) => {
          const drawn = await started.draw(drawingOf(task, round, time));
          samples.set(task.name, [...(samples.get(task.name) ?? []), { ...drawn, round }]);
        });
      }
    }
  }
  for (const [peer, started] of open) await attempt(peer, async (kept) => noteMemory(started, kept));
}

const drawnBy =
  ({ name }: Peer) =>
  ({ notCompiled }: Task): boolean =>
    name !== 'compiled' || notCompiled !== true;

async function noteMemory(started: OpenPeer, kept: Growing): Promise<void> {
  const pid = started.pid();
  if (pid === undefined) return;
  const [peak, gpu] = [peakMb(pid), started.provider === 'cpu' ? undefined : await heldGpuMb(pid)];
  if (peak !== undefined) kept.peakMb.push(peak);
  if (gpu !== undefined) kept.gpuMb.push(gpu);
}

/** One task for each size and, for a compiler, each batch size too: guidance doubles it. */
export function distinctShapes(tasks: readonly Task[], isCompiled: boolean): readonly Task[] {
  const seen = new Map<string, Task>();
  for (const task of tasks) {
    const batch = task.count * (task.guidanceScale > 1 ? 2 : 1);
    const key = isCompiled ? `${task.sidePx} ${batch}` : String(task.sidePx);
    if (!seen.has(key)) seen.set(key, isCompiled ? task : { ...task, count: 1, guidanceScale: 1 });
  }
  return [...seen.values()];
}
