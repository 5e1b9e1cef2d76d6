import { closeSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { synapseSkipReason } from '../../e2e/synapse/server.ts';
import { fox, FaultPlace } from '../place.ts';
import type { FaultRow } from '../row.ts';

const pageBytes = 4096;
/** More than SQLite keeps in memory, so that the file is read while the bot works. */
const oldJobs = 6000;

/** Pages that hold a part of a table or an index, by their first byte; the first page has the file's head before it. */
const treePages = new Set([2, 5, 10, 13]);

/** Turns one page of a table or an index into noise, or all of them in the middle half. */
function damage(path: string, random: () => number, isWide: boolean): void {
  const file = openSync(path, 'r+');
  const pages = Math.floor(statSync(path).size / pageBytes);
  const first = Buffer.alloc(1);
  const trees = Array.from({ length: pages }, (_, page) => page).filter((page) => {
    readSync(file, first, 0, 1, page * pageBytes);
    return page > 0 && treePages.has(first[0] ?? 0);
  });
  const noise = (): Buffer => Buffer.from(Array.from({ length: pageBytes }, () => Math.floor(random() * 256)));
  const hit = isWide ? trees.slice(trees.length >> 2, (trees.length >> 2) * 3) : [trees[Math.floor(random() * trees.length)] ?? 1];
  for (const page of hit) writeSync(file, noise(), 0, pageBytes, page * pageBytes);
  closeSync(file);
}

/** Jobs of the room from long ago, which a search goes through. */
function addOldJobs(path: string, roomId: string): void {
  const store = new DatabaseSync(path);
  const add = store.prepare(
    `INSERT INTO jobs (id, platform, room_id, event_id, thread_id, user_id, person, language, request, state, queued_at_ms, count, prompt_folded)
     VALUES (?, 'matrix', ?, ?, '', '@old:synapse.test', '', 'en', '{}', 'done', 1, 1, ?)`,
  );
  store.exec('BEGIN');
  for (let job = 0; job < oldJobs; job += 1) add.run(`old${job}`, roomId, `$old-${job}`, `a yellow submarine ${'~'.repeat(1200)}`);
  store.exec('COMMIT');
  store.close();
}

/** Refused at the start, with what to do. */
async function metAtTheStart(place: FaultPlace, path: string, random: () => number): Promise<void> {
  await place.program.stop();
  damage(path, random, false);
  const { exitCode, stderr } = await place.workplace.run(['start']);
  saysWhatToDo(exitCode, stderr);
}

/** Met by a search while the bot works: it ends, and says the same. */
async function metWhileWorking(place: FaultPlace, path: string, random: () => number): Promise<void> {
  await place.program.stop();
  const program = await place.start();
  await delay(500);
  damage(path, random, true);
  await place.say('!img find submarine');
  saysWhatToDo(await program.ended(), program.stderr);
}

function saysWhatToDo(exitCode: number | null, said: string): void {
  if (exitCode !== 1 || !/blitzbild\.sqlite is damaged or no database: bring a backup back with «blitzbild restore FOLDER»/.test(said))
    throw new Error(`It ended with ${exitCode}:\n${said.slice(-2000)}`);
}

const damaged: FaultRow = {
  number: 28,
  title: 'Damaged database page',
  injected: 'noise over a random page before the start, or over half of the file while the bot works; then the last backup is brought back',
  runs: { bounded: 1, full: 4 },
  skip: synapseSkipReason,
  inject: async ({ runs, random }) => {
    await using place = await FaultPlace.open();
    const path = place.workplace.path('data', 'blitzbild.sqlite');
    await place.program.stop();
    addOldJobs(path, place.roomId);
    await place.start();
    const run = async (...args: readonly string[]): Promise<void> => {
      const { exitCode, stderr } = await place.workplace.run(args);
      if (exitCode !== 0) throw new Error(`${args[0]} ended with ${exitCode}: ${stderr}`);
    };
    // One after the other; which comes first is chance.
    const kinds = random() < 0.5 ? [metAtTheStart, metWhileWorking] : [metWhileWorking, metAtTheStart];
    for (let round = 1; round <= runs; round += 1) {
      const backup = place.workplace.path(`backup-${round}`);
      await place.say(fox(round, 2));
      await delay(random() * 600);
      await run('backup', backup);
      await kinds[round % 2]!(place, path, random);
      await place.say('!img queue');
      // Nothing was answered since that the backup does not know.
      await run('restore', backup, '--yes', '--resume');
      await rm(backup, { recursive: true });
      await place.start();
    }
    return await place.reckon(runs);
  },
};

export const rows: readonly FaultRow[] = [damaged];
