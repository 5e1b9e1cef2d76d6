import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../../e2e/program/program.ts';
import { synapseSkipReason } from '../../e2e/synapse/server.ts';
import { fox, FaultPlace } from '../place.ts';
import type { FaultRow } from '../row.ts';
import { SmallDisk } from '../small-disk.ts';

const diskMegabytes = 32;
/** Enough for nothing, for a row of a table, or for a picture too, which fails then or a little later. */
const leftBytes = [0, 8192, 60_000];
const fullFor = { ms: 1500 };

const diskFull: FaultRow = {
  number: 23,
  title: 'Disk full',
  injected: 'a small tmpfs under the data folder is filled to its last bytes, and emptied again',
  runs: { bounded: 2, full: 12 },
  skip: async () => (await synapseSkipReason()) ?? SmallDisk.skipReason(),
  inject: async ({ runs, random }) => {
    await using place = await FaultPlace.open();
    await place.program.stop();
    await using disk = await SmallDisk.under(place.workplace.path('data'), diskMegabytes);
    let hits = 0;
    for (let run = 1; run <= runs; run += 1) {
      // A fresh log of SQLite grows with the first thing that is stored; one that has been in use for a while has room in itself.
      const program = run % 2 === 1 || !place.program.isRunning ? await place.start() : place.program;
      disk.fill(leftBytes[Math.floor(random() * leftBytes.length)] ?? 0);
      const [before, commands] = [told(program.stderr), [await place.say(fox(run)), await place.say('!img queue')]];
      await until('the disk is met', () =>
        told(program.stderr) > before || place.verdicts().every(({ command, isLost }) => !commands.includes(command) || !isLost)
          ? true
          : undefined,
      );
      await delay(random() * fullFor.ms);
      if (told(program.stderr) > before) hits += 1;
      if (!program.isRunning) throw new Error(`The full disk ended the program:\n${program.stderr.slice(-2000)}`);
      disk.free();
      await place.answered();
      if (run % 2 === 0 && run < runs) await program.stop();
    }
    if (hits === 0) throw new Error('The disk was never full when something was to be kept.');
    for (const { stderr } of place.programs) toldOnceEach(stderr);
    const counts = await place.reckon(runs);
    await place.program.stop();
    return counts;
  },
};

const full = /"The disk is full: nothing that was accepted is lost/g;
const roomAgain = /"The disk has room again/g;
const told = (log: string): number => (log.match(full) ?? []).length + (log.match(/"code":"disk_full"/g) ?? []).length;

/** As often as it became full, and not by everybody who met it. */
function toldOnceEach(log: string): void {
  const [fulls, rooms] = [(log.match(full) ?? []).length, (log.match(roomAgain) ?? []).length];
  if (fulls !== rooms) throw new Error(`The log says ${fulls} times that the disk is full, and ${rooms} times that it has room again.`);
  const others = log.split('\n').filter((line) => line.includes('"level":"error"') && !line.includes('disk'));
  if (others.length > 0) throw new Error(`The log has other errors:\n${others.slice(0, 5).join('\n')}`);
}

export const rows: readonly FaultRow[] = [diskFull];
