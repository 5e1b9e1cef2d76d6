import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { until, type Program } from '../../e2e/program/program.ts';
import { synapseSkipReason } from '../../e2e/synapse/server.ts';
import { fox, FaultPlace } from '../place.ts';
import type { FaultRow } from '../row.ts';

const inUse = /is in use by another Blitzbild process/;

/** A second one while the first works, awake or asleep: it must end at once and say why. */
async function oneAfterTheOther(place: FaultPlace, isAsleep: boolean): Promise<void> {
  const { pid } = place.program;
  if (isAsleep) process.kill(pid, 'SIGSTOP');
  const { exitCode, stderr } = await place.workplace.run(['start']);
  if (isAsleep) process.kill(pid, 'SIGCONT');
  if (exitCode === 0 || !inUse.test(stderr)) throw new Error(`The second one ended with ${exitCode}:\n${stderr}`);
}

/** Two at the same moment, on what a dead one has left: one of them works. */
async function bothAtOnce(place: FaultPlace): Promise<void> {
  await place.program.kill();
  const both = [place.launch(), place.launch()];
  const isConnected = (program: Program): boolean => /Matrix: connected\./.test(program.stdout);
  await until('one of two works, one has ended', () =>
    both.some(isConnected) && both.some(({ isRunning }) => !isRunning) ? true : undefined,
  );
  const refused = both.find((program) => !isConnected(program));
  if (refused === undefined || refused.isRunning || !inUse.test(refused.stderr)) {
    throw new Error(`Not exactly one of the two works:\n${both.map(({ stdout, stderr }) => stdout + stderr).join('\n---\n')}`);
  }
  // The one that works is the one to look at.
  place.programs.push(...place.programs.splice(place.programs.indexOf(both.find(isConnected)!), 1));
}

/** While it sleeps, another machine takes the folder: it must write nothing any more, and end. */
async function overtakenAsleep(place: FaultPlace): Promise<void> {
  const { pid } = place.program;
  const lease = place.workplace.path('data', 'blitzbild.sqlite.lease');
  process.kill(pid, 'SIGSTOP');
  writeFileSync(lease, JSON.stringify({ owner: 'another', machine: 'another', pid: 1 }));
  // Something to be stored, besides what it was drawing.
  await place.say('!img queue');
  const before = contents(place);
  process.kill(pid, 'SIGCONT');
  const exitCode = await place.program.ended();
  if (exitCode === 0 || exitCode === null) throw new Error(`It ended with ${exitCode} when its store was taken.`);
  const after = contents(place);
  const changed = [...before].flatMap(([table, rows]) => (after.get(table) === rows ? [] : [table]));
  if (before.size === 0 || changed.length > 0) throw new Error(`It wrote into ${changed.join(', ') || 'nothing that could be read'}.`);
  rmSync(lease);
  await place.start();
}

/** Every table with all its rows, by a copy of the files as they lie there. */
function contents({ workplace }: FaultPlace): ReadonlyMap<string, string> {
  const copies = mkdtempSync(workplace.path('copy-'));
  try {
    for (const name of ['blitzbild.sqlite', 'blitzbild.sqlite-wal'])
      if (existsSync(workplace.path('data', name))) copyFileSync(workplace.path('data', name), join(copies, name));
    const store = new DatabaseSync(join(copies, 'blitzbild.sqlite'));
    const tables = store.prepare(`SELECT name FROM sqlite_master WHERE type = 'table'`).all();
    const found = new Map(tables.map(({ name }) => [String(name), JSON.stringify(store.prepare(`SELECT * FROM "${String(name)}"`).all())]));
    store.close();
    return found;
  } finally {
    rmSync(copies, { recursive: true });
  }
}

const twoInstances: FaultRow = {
  number: 26,
  title: 'Two programs on one store',
  injected:
    'a second one beside one that works or sleeps, two at the same moment, and one whose lease another machine has taken, whose tables are compared before and after',
  runs: { bounded: 2, full: 12 },
  skip: synapseSkipReason,
  inject: async ({ runs, random }) => {
    await using place = await FaultPlace.open();
    const faults = [bothAtOnce, overtakenAsleep, async () => oneAfterTheOther(place, false), async () => oneAfterTheOther(place, true)];
    for (let run = 1; run <= runs; run += 1) {
      await place.say(fox(run, 2));
      await delay(random() * 400);
      await faults[run % faults.length]!(place);
    }
    return await place.reckon(runs);
  },
};

export const rows: readonly FaultRow[] = [twoInstances];
