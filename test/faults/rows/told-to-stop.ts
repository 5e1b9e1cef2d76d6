import { setTimeout as delay } from 'node:timers/promises';
import { synapseSkipReason } from '../../e2e/synapse/server.ts';
import { fox, FaultPlace } from '../place.ts';
import type { FaultRow } from '../row.ts';

/** A service manager waits 90 s before it kills, a container's engine 10. */
const patienceMs = 10_000;

const toldToStop: FaultRow = {
  number: 29,
  title: 'Told to stop while a batch is drawn',
  injected: 'SIGTERM at a random moment of a batch; what is left of it is drawn after the next start',
  runs: { bounded: 1, full: 15 },
  skip: synapseSkipReason,
  inject: async ({ runs, random }) => {
    await using place = await FaultPlace.open();
    for (let run = 1; run <= runs; run += 1) {
      await place.say(fox(run * 10, 4));
      await delay(random() * 1200);
      const { exitCode, tookMs } = await place.program.stop();
      if (exitCode !== 0) throw new Error(`It ended with ${exitCode}:\n${place.program.stderr.slice(-2000)}`);
      if (tookMs > patienceMs) throw new Error(`It took ${tookMs.toFixed(0)} ms to end.`);
      await place.start();
    }
    return await place.reckon(runs);
  },
};

export const rows: readonly FaultRow[] = [toldToStop];
