import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { until, type Program } from '../../e2e/program/program.ts';
import { synapseSkipReason } from '../../e2e/synapse/server.ts';
import { fox, FaultPlace } from '../place.ts';
import type { FaultRow } from '../row.ts';
import { SmallDisk } from '../small-disk.ts';

const diskMegabytes = 32;
/** Enough for nothing, for a row of a table, or for a picture too, which fails then or a little later. */
const leftBytes = [0, 8192, 60_000];
const fullForMs = 1500;
/** A start finds room in this, and forgetting what is old does not. */
const leftForStart = 400_000;
const oldEvents = 3000;

const diskFull: FaultRow = {
  number: 23,
  title: 'Disk full',
  injected:
    'a small tmpfs under the data folder is filled to its last bytes, and emptied again; once the bot starts meanwhile and has much to forget',
  runs: { bounded: 2, full: 8 },
  skip: async () => (await synapseSkipReason()) ?? SmallDisk.skipReason(),
  inject: async ({ runs, random }) => {
    await using place = await FaultPlace.open();
    await place.program.stop();
    await using disk = await SmallDisk.under(place.workplace.path('data'), diskMegabytes);
    await startsWhileFull(place, disk);
    let hits = 0;
    for (let run = 1; run <= runs; run += 1) {
      // A fresh log of SQLite grows with the first thing that is stored; one that has been in use for a while has room in itself.
      if (run % 2 === 1 && run > 1) await place.program.stop();
      const program = place.program.isRunning ? place.program : await place.start();
      await delay(random() * fullForMs);
      disk.fill(leftBytes[Math.floor(random() * leftBytes.length)] ?? 0);
      const before = told(program);
      const commands = [await place.say(fox(run)), await place.say('!img queue')];
      await until('the disk is met', () =>
        told(program) > before || !program.isRunning || isAnswered(place, commands) ? true : undefined,
      );
      await delay(random() * fullForMs);
      if (told(program) > before) hits += 1;
      disk.free();
      if (!program.isRunning) await startedAgain(place, program);
      await place.answered();
    }
    if (hits === 0) throw new Error('The disk was never full when something was to be kept.');
    for (const { stderr } of place.programs) toldOnceEach(stderr);
    return await place.reckon(runs);
  },
};

/** The first thing that a start does is to forget what is long done, and that needs room, too. */
async function startsWhileFull(place: FaultPlace, disk: SmallDisk): Promise<void> {
  const store = new DatabaseSync(place.workplace.path('data', 'blitzbild.sqlite'));
  const add = store.prepare(`INSERT INTO inbox (platform, event_id, event, received_at_ms, handled) VALUES ('matrix', ?, ?, 1, 1)`);
  store.exec('BEGIN');
  for (let event = 0; event < oldEvents; event += 1) add.run(`$old-${event}`, JSON.stringify({ body: '~'.repeat(1000) }));
  store.exec('COMMIT');
  store.close();
  disk.fill(leftForStart);
  const program = place.launch();
  await until('the disk is met at the start', () => (told(program) > 0 || !program.isRunning ? true : undefined));
  const command = await place.say('!img queue');
  await delay(fullForMs);
  disk.free();
  if (!program.isRunning) await startedAgain(place, program);
  await place.answered([command]);
}

const isAnswered = (place: FaultPlace, commands: readonly string[]): boolean =>
  place.verdicts().every(({ command, isLost }) => !isLost || !commands.includes(command));

const full = /"The disk is full: nothing that was accepted is lost/g;
const roomAgain = /"The disk has room again/g;
const keysFull = /crypto\.sqlite can't be written: the disk is full/g;
const count = (log: string, ...patterns: readonly RegExp[]): number =>
  patterns.reduce((sum, pattern) => sum + (log.match(pattern) ?? []).length, 0);
/** In the log; a picture that found no room is told in its room as well. */
const told = ({ stderr }: Program): number => count(stderr, full, keysFull, /"code":"disk_full"/g);

/**
 * Keys of encrypted rooms that have changed in memory while their disk filled up can only be taken up from the disk: the program ends, says
 * why, and a service manager starts it again.
 */
async function startedAgain(place: FaultPlace, ended: Program): Promise<void> {
  if (count(ended.stderr, keysFull) === 0) throw new Error(`The full disk ended the program:\n${ended.stderr.slice(-2000)}`);
  await place.start();
}

/** As often as it became full, and not by everybody who met it. */
function toldOnceEach(log: string): void {
  const [fulls, ends] = [count(log, full), count(log, roomAgain)];
  if (fulls < ends || fulls > ends + 1)
    throw new Error(`The log says ${fulls} times that the disk is full, ${ends} times that it has room again.`);
  const others = log.split('\n').filter((line) => line.includes('"level":"error"') && !line.includes('disk'));
  if (others.length > 0) throw new Error(`The log has other errors:\n${others.slice(0, 5).join('\n')}`);
}

export const rows: readonly FaultRow[] = [diskFull];
