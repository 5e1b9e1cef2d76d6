import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { descendants, until } from '../../e2e/program/program.ts';
import { synapseSkipReason } from '../../e2e/synapse/server.ts';
import { FaultPlace } from '../place.ts';
import type { FaultRow } from '../row.ts';

const run = promisify(execFile);
const standstillSeconds = 3;
/** Of an engine that could not start three times in a row. */
const restMs = 30_000;
/** Long enough to be met while it draws. */
const long = (seed: number): string => `!img a red fox --steps 50 --n 2 --seed ${seed}`;

type Harm = { readonly name: string; readonly to: (engine: number) => void | Promise<void> };

const bySignal = (signal: NodeJS.Signals): Harm => ({ name: signal, to: (engine) => void process.kill(engine, signal) });

/** The next memory it asks for is refused, as on a machine that has none. */
const noMemory: Harm = {
  name: 'no memory',
  to: async (engine) => {
    const kilobytes = Number(/^VmSize:\s+(\d+)/m.exec(readFileSync(`/proc/${engine}/status`, 'utf8'))?.[1]);
    await run('prlimit', ['--pid', String(engine), `--as=${kilobytes * 1024}`]);
  },
};

/** As the kernel ends the largest process where memory is short, a driver's fault, an assertion in native code, a driver that never answers. */
const harms = [
  bySignal('SIGKILL'),
  bySignal('SIGSEGV'),
  bySignal('SIGABRT'),
  bySignal('SIGSTOP'),
  ...(existsSync('/usr/bin/prlimit') ? [noMemory] : []),
];

/** The process that draws, another one than the one that is gone; `undefined` where the job ends before there is one. */
async function engineOf(place: FaultPlace, gone: number | undefined, hasEnded: () => boolean): Promise<number | undefined> {
  const found = await until('an engine runs', async () => {
    const engine = (await descendants(place.program.pid)).find((pid) => pid !== gone);
    return engine ?? (hasEnded() ? 'ended' : undefined);
  });
  return found === 'ended' ? undefined : found;
}

/** One more job has its pictures: at once, or when the engine has rested after it crashed three times while it started. */
async function goesOn(place: FaultPlace): Promise<void> {
  const ends: string[] = [];
  for (let attempt = 1; attempt <= 5; attempt += 1) {
    const command = await place.say('!img a blue bird --steps 2 --n 2');
    await place.answered([command]);
    const verdict = place.verdicts().find((each) => each.command === command);
    if (verdict?.pictures.size === 2) return;
    ends.push(...(verdict?.ends ?? []));
    await delay(restMs / 3);
  }
  throw new Error(`No job has its pictures after the last crash: ${ends.join(' | ')}`);
}

const engineHarmed: FaultRow = {
  number: 27,
  title: 'Engine out of memory, hung or crashing, three times in a row',
  injected: 'SIGKILL, SIGSEGV, SIGABRT, SIGSTOP or no more memory to the process that draws, at a random moment of the drawing',
  runs: { bounded: 1, full: 8 },
  skip: async () => (process.platform === 'linux' ? synapseSkipReason() : 'only Linux tells which process draws'),
  inject: async ({ runs, random }) => {
    await using place = await FaultPlace.open({ settings: { engine: { standstillSeconds } } });
    for (let round = 1; round <= runs; round += 1) {
      const command = await place.say(long(round));
      const ended = (): boolean => place.verdicts().some((verdict) => verdict.command === command && !verdict.isLost);
      let gone: number | undefined;
      for (let crash = 1; crash <= 3 && !ended(); crash += 1) {
        const engine = await engineOf(place, gone, ended);
        if (engine === undefined) break;
        await until('it is drawing', () => (ended() || isComputing(engine) ? true : undefined));
        await delay(random() * 300);
        if (ended()) break;
        const harm = harms[Math.floor(random() * harms.length)];
        await Promise.resolve(harm?.to(engine)).catch(() => {});
        await until(`the engine is gone, or has said that it can't (${harm?.name})`, () =>
          !isThere(engine) || ended() ? true : undefined,
        );
        // Others have ended meanwhile, and there is memory again.
        if (harm === noMemory) await run('prlimit', ['--pid', String(engine), '--as=unlimited']).catch(() => {});
        gone = isThere(engine) ? undefined : engine;
      }
    }
    await goesOn(place);
    return await place.reckon(runs);
  },
};

const isThere = (pid: number): boolean => existsSync(`/proc/${pid}/stat`);
const cpuTicks = (pid: number): number => {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return Number(fields[11]) + Number(fields[12]);
  } catch {
    return 0;
  }
};
const lastTicks = new Map<number, number>();
/** It has used the processor since the last question. */
function isComputing(pid: number): boolean {
  const [before, now] = [lastTicks.get(pid), cpuTicks(pid)];
  lastTicks.set(pid, now);
  return before !== undefined && now > before;
}

export const rows: readonly FaultRow[] = [engineHarmed];
