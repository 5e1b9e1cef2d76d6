import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../../e2e/program/program.ts';
import { synapseSkipReason } from '../../e2e/synapse/server.ts';
import { fox, FaultPlace } from '../place.ts';
import type { FaultRow } from '../row.ts';

/** Two or three pictures take about as long. */
const longestMs = 700;
const livesBetweenLong = 20;
/** The rest are killed a little before or behind a picture. */
const leastHits = 0.25;

const killedWhileDrawing: FaultRow = {
  number: 3,
  title: 'Killed while a picture is drawn',
  injected: 'SIGKILL at a random millisecond after the engine has begun',
  runs: { bounded: 2, full: 200 },
  skip: synapseSkipReason,
  inject: async ({ runs, random }) => {
    await using place = await FaultPlace.open();
    await place.program.stop();
    let hits = 0;
    for (let run = 1; run <= runs; run += 1) {
      // A life is too short for all that waits: now and then one has the time, and is killed in what comes after it.
      const isLong = run % livesBetweenLong === 0;
      if (!isLong) await place.say(fox(run, 1 + (run % 2)));
      const program = place.launch();
      await place.logged(/provider works/);
      if (isLong) {
        await place.answered();
        const command = await place.say(fox(run, 8));
        await until('it is taken', () =>
          place.verdicts().some((each) => each.command === command && each.acknowledgements > 0) ? true : undefined,
        );
      }
      await delay(random() * longestMs);
      await program.kill();
      if (pictureWasRunning(place)) hits += 1;
    }
    if (runs >= 20 && hits < runs * leastHits) throw new Error(`Only ${hits} of ${runs} kills met a picture that was being drawn.`);
    await place.start();
    return await place.reckon(runs);
  },
};

/** By the store as the dead process left it: a copy, because opening it would mend it. */
function pictureWasRunning({ workplace }: FaultPlace): boolean {
  const copies = mkdtempSync(workplace.path('copy-'));
  try {
    for (const name of ['blitzbild.sqlite', 'blitzbild.sqlite-wal']) copyFileSync(workplace.path('data', name), join(copies, name));
    const store = new DatabaseSync(join(copies, 'blitzbild.sqlite'));
    const { running } = store.prepare(`SELECT count(*) AS running FROM pictures WHERE state = 'running'`).get() as { running: number };
    store.close();
    return running > 0;
  } finally {
    rmSync(copies, { recursive: true });
  }
}

export const rows: readonly FaultRow[] = [killedWhileDrawing];
