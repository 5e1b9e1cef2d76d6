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

/**
 * Each round starts every peer once, in a process of its own, one after the other: two models of this size do not fit
 * into the memory together. A peer that fails is left out from then on, with its reason; ours may not.
 */
export async function inRounds(
  peers: readonly Peer[],
  tasks: readonly Task[],
  rounds: number,
  tell: (line: string) => void,
): Promise<Results> {
  const measured = new Map<PeerName, Growing>();
  const failed = new Map<PeerName, string>();
  for (let round = 0; round < rounds; round++) {
    for (const peer of orderOf(peers, round)) {
      if (failed.has(peer.name)) continue;
      tell(`  round ${round + 1} of ${rounds}: ${peer.name} …`);
      const kept = measured.get(peer.name) ?? {
        loadMs: [],
        firstMs: [],
        peakMb: [],
        gpuMb: [],
        provider: '',
        samples: new Map<string, Sample[]>(),
      };
      try {
        await using open = await peer.open();
        const own = peer.name === 'compiled' ? tasks.filter(({ notCompiled }) => notCompiled !== true) : tasks;
        await oneRound(open, kept, { tasks: own, warm: distinctShapes(own, peer.name === 'compiled'), round });
        measured.set(peer.name, kept);
      } catch (error) {
        if (peer.name === 'blitzbild') throw error;
        failed.set(peer.name, error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
        measured.delete(peer.name);
      }
    }
  }
  return { measured, failed };
}

type Round = { readonly tasks: readonly Task[]; readonly warm: readonly Task[]; readonly round: number };

async function oneRound(open: OpenPeer, kept: Growing, { tasks, warm, round }: Round): Promise<void> {
  kept.provider = open.provider;
  kept.loadMs.push(open.loadMs);
  // Every shape once with a single step: what is compiled or allocated for a shape does not count.
  let firstMs = 0;
  for (const task of warm) firstMs += (await open.draw({ ...drawingOf(task, 99, 0), steps: 1 })).totalMs;
  kept.firstMs.push(firstMs);
  for (const task of tasks) {
    const samples = kept.samples.get(task.name) ?? [];
    kept.samples.set(task.name, samples);
    for (let time = 0; time < task.times; time++) samples.push({ ...(await open.draw(drawingOf(task, round, time))), round });
  }
  const pid = open.pid();
  if (pid === undefined) return;
  const [peak, gpu] = [peakMb(pid), open.provider === 'cpu' ? undefined : await heldGpuMb(pid)];
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
