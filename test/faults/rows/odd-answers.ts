/** Something else than the homeserver answers: a proxy that counts, a proxy whose server is away. */
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../../e2e/program/program.ts';
import { synapseSkipReason } from '../../e2e/synapse/server.ts';
import { fox, FaultPlace } from '../place.ts';
import type { FaultRow } from '../row.ts';

const headerOnly: FaultRow = {
  number: 10,
  title: 'Too many requests, told by a header alone',
  injected:
    'a proxy answers a message with 429, `Retry-After: 1` and a body that is no JSON; once with three years, for which nothing may be asked all the time',
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
    await place.answered();
    await askedToWaitForYears(place);
    const counts = await place.reckon(runs + 1);
    // The same message comes again under the same id, and not before the server wants it.
    for (const { path, atMs, status } of place.proxy.seen) {
      if (status !== 429) continue;
      const again = place.proxy.seen.find((other) => other.path === path && other.atMs > atMs);
      if (again !== undefined && again.atMs - atMs < 950) throw new Error(`Sent again after ${(again.atMs - atMs).toFixed(0)} ms`);
    }
    return counts;
  },
};

/** No timer can wait for so long. */
const years = '99999999';
const quietMs = 2000;

/** It waits, longer than a test can, and asks nothing meanwhile; a restart sends what waits. */
async function askedToWaitForYears(place: FaultPlace): Promise<void> {
  const injected = place.proxy.inject(
    { path: '/send/m.room.message/' },
    { kind: 'answer', status: 429, headers: { 'Retry-After': years }, body: '{"errcode":"M_LIMIT_EXCEEDED"}' },
    { times: Infinity },
  );
  await place.say(fox(100));
  await injected.happened;
  // What was under way at that moment is told the same.
  await delay(quietMs / 4);
  const { count } = injected;
  await delay(quietMs);
  if (injected.count > count) throw new Error(`It asked ${injected.count - count} times within ${quietMs} ms, and was told to wait.`);
  injected.stop();
  await place.program.stop();
  await place.start();
}

/** What a server says of the bot's account, or a proxy of a route: nothing is wrong with the message. */
const refusalsOfAll = [
  [403, 'M_RESOURCE_LIMIT_EXCEEDED'],
  [403, 'M_USER_SUSPENDED'],
  [403, 'M_CONSENT_NOT_GIVEN'],
  [404, 'M_UNRECOGNIZED'],
] as const;

/** Each message waits for minutes, which pass in the store while the bot is stopped, and comes. */
async function refusedAsAll(place: FaultPlace, runs: number, first: number): Promise<void> {
  for (let run = 0; run < runs; run += 1) {
    const [status, errcode] = refusalsOfAll[(first + run) % refusalsOfAll.length]!;
    const injected = place.proxy.inject(
      { path: '/send/m.room.message/' },
      { kind: 'answer', status, body: JSON.stringify({ errcode, error: 'not now' }) },
      { times: 2 },
    );
    const said = place.program.stderr.length;
    await place.say(fox(500 + run));
    await injected.happened;
    await until('the log says so', () => (/takes no messages of the bot/.test(place.program.stderr.slice(said)) ? true : undefined));
    await place.program.stop();
    injected.stop();
    const store = new DatabaseSync(place.workplace.path('data', 'blitzbild.sqlite'));
    const { changes } = store.prepare(`UPDATE outbox SET due_ms = 1 WHERE state = 'pending'`).run();
    store.close();
    if (changes === 0) throw new Error(`Nothing waits after ${status} ${errcode}.`);
    await place.start();
    await place.answered();
  }
}

const parts = ['/send/m.room.message/', '/media/v1/create', '/media/v3/upload', '/v3/sync', '/media/config'];

const badGateway: FaultRow = {
  number: 12,
  title: 'The proxy before the homeserver answers with a page',
  injected:
    '502, 504 and 404 with HTML that repeats the access token; the log at its most talkative is searched for it; then refusals of the account or the route, which drop nothing',
  runs: { bounded: 5, full: 40 },
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
    await place.answered();
    // What was not asked yet is refused at the next starts, one after the other: no picture waits for that.
    const refusals = Math.min(refusalsOfAll.length, Math.ceil(runs / 6));
    await refusedAsAll(place, refusals, Math.floor(random() * refusalsOfAll.length));
    const counts = await place.reckon(runs + refusals);
    if (place.output.includes(token)) throw new Error('The access token stands in the log.');
    if (!/status (50[24]|404)/.test(place.output)) throw new Error('The log says nothing about it.');
    return counts;
  },
};

export const rows: readonly FaultRow[] = [headerOnly, badGateway];
