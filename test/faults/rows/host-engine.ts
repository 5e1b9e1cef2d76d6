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
const long = (seed: number): string => `!img a red fox --steps 50 --n 4 --seed ${seed}`;

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
const deadly = (['SIGKILL', 'SIGSEGV', 'SIGABRT', 'SIGSTOP'] as const).map(bySignal);
const harms = [...deadly, ...(existsSync('/usr/bin/prlimit') ? [noMemory] : [])];

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
  injected:
    'SIGKILL, SIGSEGV, SIGABRT, SIGSTOP or no more memory to the process that draws, three times a run: the job that is hit twice is reported, the next one goes on',
  runs: { bounded: 1, full: 4 },
  skip: async () => (process.platform === 'linux' ? synapseSkipReason() : 'only Linux tells which process draws'),
  inject: async ({ runs, random }) => {
    await using place = await FaultPlace.open({ settings: { engine: { standstillSeconds } } });
    const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)]!;
    let deaths = 0;
    let reported = 0;
    for (let round = 1; round <= runs; round += 1) {
      const commands = [await place.say(long(round)), await place.say(long(1000 + round))];
      /** The one that is drawn, or the next one. */
      const open = (): string | undefined => place.verdicts().find(({ command, isLost }) => commands.includes(command) && isLost)?.command;
      const hits = new Map<string, number>();
      let gone: number | undefined;
      for (let crash = 1; crash <= 3; crash += 1) {
        const engine = await engineOf(place, gone, () => open() === undefined);
        if (engine === undefined) break;
        // An engine that ends while it loads its model is no crash of a job: the first two must be at the next picture.
        const before = picturesOf(place);
        await until('it is drawing', () =>
          open() === undefined || (crash < 3 ? picturesOf(place) > before : isComputing(engine)) ? true : undefined,
        );
        await delay(random() * (crash < 3 ? 500 : 2000));
        const hit = open();
        if (hit === undefined) break;
        // Memory that is refused may end a job at once: it comes when the first one has had its two crashes.
        const harm = pick(crash < 3 ? deadly : harms);
        await Promise.resolve(harm.to(engine)).catch(() => {});
        const isDeadly = deadly.includes(harm);
        await until(`the engine is gone, or has said that it can't (${harm.name})`, () =>
          !isThere(engine) || open() === undefined || (!isDeadly && open() !== hit) ? true : undefined,
        );
        // Others have ended meanwhile, and there is memory again.
        if (!isDeadly) await run('prlimit', ['--pid', String(engine), '--as=unlimited']).catch(() => {});
        gone = isThere(engine) ? undefined : engine;
        if (isDeadly || gone !== undefined) {
          deaths += 1;
          hits.set(hit, (hits.get(hit) ?? 0) + 1);
        }
      }
      await place.answered(commands);
      const failed = place.verdicts().filter(({ command, ends }) => commands.includes(command) && / failed:/u.test(ends.join(' ')));
      reported += failed.filter(({ command }) => (hits.get(command) ?? 0) >= 2).length;
      await goesOn(place);
    }
    const said = (): string =>
      place
        .verdicts()
        .flatMap(({ ends }) => ends)
        .join(' | ');
    if (deaths < 2 * runs) throw new Error(`Only ${deaths} engines died in ${runs} runs: ${said()}`);
    if (reported < Math.ceil(runs / 2))
      throw new Error(`Only ${reported} of ${runs} jobs that lost their engine twice were reported: ${said()}`);
    return await place.reckon(runs);
  },
};

/** Pictures that people have seen so far. */
const picturesOf = (place: FaultPlace): number => place.events.filter(({ content }) => content['msgtype'] === 'm.image').length;

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
