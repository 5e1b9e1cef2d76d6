/** The homeserver does what it is asked, and the bot does not hear of it. */
import { setTimeout as delay } from 'node:timers/promises';
import { synapseSkipReason } from '../../e2e/synapse/server.ts';
import { fox, FaultPlace } from '../place.ts';
import type { Fault, Wanted } from '../proxy.ts';
import type { FaultRow } from '../row.ts';

/** What one command makes the bot ask, and how often at least. */
const asked: readonly (Wanted & { readonly least: number })[] = [
  { method: 'PUT', path: '/send/m.room.message/', least: 3 },
  { method: 'POST', path: '/media/v1/create', least: 2 },
  // By PUT to a reserved address, or by POST where too many reservations are pending.
  { path: '/media/v3/upload', least: 2 },
  { method: 'GET', path: '/v3/sync', least: 1 },
];
const uploads = [{ method: 'PUT', path: '/media/v3/upload/', least: 2 }];
/** One more than Synapse lets be pending: it makes no other one for a day. */
const lostReservations = 6;

/** One command after the other, each with one such fault on its way. */
async function oneByOne(
  place: FaultPlace,
  faults: readonly Fault[],
  wanted: typeof asked,
  runs: number,
  random: () => number,
): Promise<void> {
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
  for (let run = 1; run <= runs; run += 1) {
    const { least, ...request } = pick(wanted);
    const injected = place.proxy.inject(request, pick(faults), { skip: Math.floor(random() * least) });
    const command = await place.say(fox(run));
    await injected.happened;
    if (random() < 0.3) await place.answered([command]);
  }
}

const reset: FaultRow = {
  number: 13,
  title: 'A request is delivered, the connection ends before the answer',
  injected: 'a proxy passes a message, an upload or a sync on, and resets the connection',
  runs: { bounded: 4, full: 50 },
  skip: synapseSkipReason,
  inject: async ({ runs, random }) => {
    await using place = await FaultPlace.open({ isProxied: true });
    await oneByOne(
      place,
      [
        { kind: 'reset', delivered: true },
        { kind: 'reset', delivered: true },
        { kind: 'cut-answer', afterBytes: 5 },
      ],
      asked,
      runs,
      random,
    );
    return await place.reckon(runs);
  },
};

const hang: FaultRow = {
  number: 14,
  title: 'An answer never comes',
  injected: 'a proxy keeps the connection open and says nothing, until the bot gives up',
  runs: { bounded: 1, full: 4 },
  skip: synapseSkipReason,
  inject: async ({ runs, random }) => {
    await using place = await FaultPlace.open({ isProxied: true });
    // Messages and reservations wait for each other, half a minute each; news comes to nobody for a minute.
    const [message, reservation, , news] = asked;
    const silent = (request: (typeof asked)[number], skip: number) =>
      place.proxy.inject({ method: request.method!, path: request.path! }, { kind: 'hang', delivered: random() < 0.7 }, { skip });
    const sendings = Array.from({ length: Math.max(1, runs - 1) }, (_, run) =>
      silent(run % 2 === 0 ? message! : reservation!, Math.floor(random() * (runs > 1 ? 6 : 2))),
    );
    for (let run = 1; run <= sendings.length + 2; run += 1) {
      await place.say(fox(run));
      await delay(random() * 500);
    }
    await Promise.all(sendings.map(async ({ happened }) => happened));
    await place.answered();
    if (runs > 1) {
      const unheard = silent(news!, Math.floor(random() * 2));
      await place.say(fox(50));
      await unheard.happened;
      await place.say(fox(51));
    }
    return await place.reckon(runs);
  },
};

const uploaded: FaultRow = {
  number: 17,
  title: 'An upload is done, its answer is lost',
  injected:
    'a proxy passes the bytes on and resets the connection, and the server refuses them when they come again; then six reservations are lost, more than Synapse lets be pending',
  runs: { bounded: 2, full: 30 },
  skip: synapseSkipReason,
  inject: async ({ runs, random }) => {
    await using place = await FaultPlace.open({ isProxied: true });
    await oneByOne(place, [{ kind: 'reset', delivered: true }], uploads, runs, random);
    await place.answered();
    place.proxy.inject({ path: '/media/v1/create' }, { kind: 'reset', delivered: true }, { times: lostReservations });
    await place.say(fox(100, 2));
    const counts = await place.reckon(runs);
    if (!place.proxy.seen.some(({ method, path, status }) => method === 'POST' && path.endsWith('/media/v3/upload') && status === 200))
      throw new Error('Nothing was uploaded without a reservation.');
    const statuses = new Map<string, number[]>();
    for (const { path, status } of place.proxy.seen)
      if (path.includes('/media/v3/upload/')) statuses.set(path, [...(statuses.get(path) ?? []), status]);
    const broken = [...statuses.values()].filter((each) => each.includes(0));
    if (broken.length === 0 || broken.some((each) => each.at(-1) !== 409)) {
      throw new Error(`What was uploaded was not sent again to the same address: ${JSON.stringify(broken)}`);
    }
    return counts;
  },
};

export const rows: readonly FaultRow[] = [reset, hang, uploaded];
