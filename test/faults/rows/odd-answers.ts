/** Something else than the homeserver answers: a proxy that counts, a proxy whose server is away. */
import { synapseSkipReason } from '../../e2e/synapse/server.ts';
import { fox, FaultPlace } from '../place.ts';
import type { FaultRow } from '../row.ts';

const headerOnly: FaultRow = {
  number: 10,
  title: 'Too many requests, told by a header alone',
  injected: 'a proxy answers a message with 429, `Retry-After: 1` and a body that is no JSON',
  runs: { bounded: 2, full: 15 },
  skip: synapseSkipReason,
  inject: async ({ runs, random }) => {
    await using place = await FaultPlace.open({ isProxied: true });
    const answer = {
      kind: 'answer',
      status: 429,
      headers: { 'Retry-After': '1', 'Content-Type': 'text/plain' },
      body: 'slow down',
    } as const;
    for (let run = 1; run <= runs; run += 1) {
      const injected = place.proxy.inject({ path: '/send/m.room.message/' }, answer, { skip: Math.floor(random() * 2) });
      await place.say(fox(run));
      await injected.happened;
    }
    const counts = await place.reckon(runs);
    // The same message comes again under the same id, and not before the server wants it.
    for (const { path, atMs, status } of place.proxy.seen) {
      if (status !== 429) continue;
      const again = place.proxy.seen.find((other) => other.path === path && other.atMs > atMs);
      if (again !== undefined && again.atMs - atMs < 950) throw new Error(`Sent again after ${(again.atMs - atMs).toFixed(0)} ms`);
    }
    return counts;
  },
};

const parts = ['/send/m.room.message/', '/media/v1/create', '/media/v3/upload', '/v3/sync', '/media/config'];

const badGateway: FaultRow = {
  number: 12,
  title: 'The proxy before the homeserver answers with a page',
  injected: '502, 504 and 404 with HTML that repeats the access token; the log at its most talkative is searched for it',
  runs: { bounded: 6, full: 50 },
  skip: synapseSkipReason,
  inject: async ({ runs, random }) => {
    await using place = await FaultPlace.open({ isProxied: true, environment: { LOG_LEVEL: 'debug' } });
    const token = place.bot.accessToken;
    for (let run = 1; run <= runs; run += 1) {
      const path = parts[run % parts.length] as string;
      // What is asked once in ten minutes may not be asked at all.
      const isRare = path === '/media/config';
      const injected = place.proxy.inject(
        { path },
        {
          kind: 'answer',
          // Some proxies answer 404 while their server is away.
          status: [502, 504, 404][Math.floor(random() * 3)] as number,
          headers: { 'Content-Type': 'text/html', 'X-Echo': `Bearer ${token}` },
          body: `<html><h1>Bad Gateway</h1><pre>Authorization: Bearer ${token}</pre></html>`,
          delivered: random() < 0.5,
        },
        { times: 1 + Math.floor(random() * 2) },
      );
      await place.say(fox(run));
      if (!isRare) await injected.happened;
    }
    const counts = await place.reckon(runs);
    if (place.output.includes(token)) throw new Error('The access token stands in the log.');
    if (!/status (50[24]|404)/.test(place.output)) throw new Error('The log says nothing about it.');
    return counts;
  },
};

export const rows: readonly FaultRow[] = [headerOnly, badGateway];
