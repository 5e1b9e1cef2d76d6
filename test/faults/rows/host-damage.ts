import { closeSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../../e2e/program/program.ts';
import { synapseSkipReason } from '../../e2e/synapse/server.ts';
import { judge } from '../oracle.ts';
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

/** Says something that has no end but where the bot goes on as if nothing had happened. */
type Say = (text: string) => Promise<unknown>;
type Meeting = (place: FaultPlace, path: string, random: () => number, say: Say) => Promise<void>;

/** Refused at the start, with what to do. */
const metAtTheStart: Meeting = async (place, path, random) => {
  await place.program.stop();
  damage(path, random, false);
  const { exitCode, stderr } = await place.workplace.run(['start']);
  saysWhatToDo(exitCode, stderr);
};

/** Met by a search while the bot works: it ends, and says the same. */
const metWhileWorking: Meeting = async (place, path, random, say) => {
  await place.program.stop();
  const program = await place.start();
  await delay(500);
  damage(path, random, true);
  await say('!img find submarine');
  saysWhatToDo(await program.ended(), program.stderr);
};

function saysWhatToDo(exitCode: number | null, said: string): void {
  if (exitCode !== 1 || !/blitzbild\.sqlite is damaged or no database: bring a backup back with «blitzbild restore FOLDER»/.test(said))
    throw new Error(`It ended with ${exitCode}:\n${said.slice(-2000)}`);
}

/** Open still when the backup is made. */
const long = (seed: number): string => `!img a red fox --steps 40 --n 3 --seed ${seed}`;
const isTaken = (place: FaultPlace, command: string): boolean =>
  place.verdicts().some((verdict) => verdict.command === command && verdict.acknowledgements > 0);

const damaged: FaultRow = {
  number: 28,
  title: 'Damaged database page',
  injected:
    'noise over a random page before the start, or over half of the file while the bot works; then the last backup is brought back, by turns with --resume (everything goes on) and without (open jobs are told once, what was said since is not answered, as the page says)',
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
    const first = random() < 0.5 ? 0 : 1;
    const unanswered: string[] = [];
    for (let round = 1; round <= runs; round += 1) {
      // Two rounds each: one for each way to meet it.
      const resumes = Math.floor((round + 1) / 2) % 2 === first;
      const backup = place.workplace.path(`backup-${round}`);
      const command = await place.say(resumes ? fox(round, 2) : long(round));
      if (resumes) await delay(random() * 600);
      else await until('it is taken', () => (isTaken(place, command) ? true : undefined));
      await run('backup', backup);
      const say: Say = async (text) => {
        if (resumes) return place.say(text);
        const later = await place.ada.say(place.roomId, text);
        place.others.push(later);
        unanswered.push(later);
        return later;
      };
      await kinds[round % 2]!(place, path, random, say);
      await say('!img queue');
      // With --resume: nothing was answered since that the backup does not know. Without: the bot begins at the present.
      await run('restore', backup, '--yes', ...(resumes ? ['--resume'] : []));
      await rm(backup, { recursive: true });
      await place.start();
      if (!resumes) await place.answered([await place.say('!img queue')]);
    }
    const counts = await place.reckon(runs);
    for (const { command, ends } of judge(place.events, place.bot.userId, unanswered))
      if (ends.length > 0) throw new Error(`What was said after the backup was answered (${command}): ${ends.join(' | ')}`);
    return counts;
  },
};

export const rows: readonly FaultRow[] = [damaged];
