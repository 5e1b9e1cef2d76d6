import { synapseSkipReason } from '../../e2e/synapse/server.ts';
import { fox, FaultPlace } from '../place.ts';
import type { FaultRow } from '../row.ts';

type Sync = {
  readonly rooms?: { readonly join?: Readonly<Record<string, { readonly timeline?: { readonly events?: readonly unknown[] } }>> };
};

const deliveredTwice: FaultRow = {
  number: 21,
  title: 'The homeserver delivers events twice',
  injected: 'a proxy repeats each event of a sync in the same and in later ones, across a kill and a restart',
  runs: { bounded: 5, full: 40 },
  skip: synapseSkipReason,
  inject: async ({ runs, random }) => {
    await using place = await FaultPlace.open({ isProxied: true });
    const delivered: unknown[] = [];
    place.proxy.inject(
      { method: 'GET', path: '/v3/sync' },
      {
        kind: 'rewrite',
        rewrite: (answer: Sync) => {
          const room = answer.rooms?.join?.[place.roomId];
          const events = room?.timeline?.events ?? [];
          const repeated = [...delivered.slice(-20), ...events, ...events];
          delivered.push(...events);
          const timeline = { limited: false, prev_batch: 's0', ...room?.timeline, events: repeated };
          return { ...answer, rooms: { ...answer.rooms, join: { ...answer.rooms?.join, [place.roomId]: { ...room, timeline } } } };
        },
      },
      { times: Infinity },
    );
    for (let run = 1; run <= runs; run += 1) {
      await place.say(run % 3 === 0 ? '!img queue' : fox(run));
      if (run % 10 !== 5) continue;
      if (random() < 0.5) await place.program.kill();
      else await place.program.stop();
      await place.start();
    }
    return await place.reckon(runs);
  },
};

export const rows: readonly FaultRow[] = [deliveredTwice];
