/** Answers of Mattermost, or of what stands before it, that are none. */
import { setTimeout as delay } from 'node:timers/promises';
import { MattermostPlace } from '../mattermost/place.ts';
import { fox } from '../ordeal.ts';
import type { FaultRow } from '../row.ts';

/** What one command makes the bot ask, and how often at least. */
const asked = [
  { method: 'POST', path: /\/posts$/, least: 2 },
  { method: 'POST', path: /\/files$/, least: 1 },
  { method: 'PUT', path: /\/patch$/, least: 1 },
] as const;

/** As the server's own limit tells it, and as its other ones do. Source: app/ratelimit.go; model/utils.go `AppError`. */
const tooManyRequests = [
  {
    headers: { 'Content-Type': 'text/plain; charset=utf-8', 'Retry-After': '1', 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': '1' },
    body: 'limit exceeded\n',
  },
  // Set once for the address and once for the token.
  { headers: { 'Content-Type': 'text/plain; charset=utf-8', 'Retry-After': '1, 1' }, body: 'limit exceeded\nlimit exceeded\n' },
  {
    headers: { 'Retry-After': '1' },
    body: JSON.stringify({ id: 'api.context.throttled.app_error', message: 'Too many requests.', detailed_error: '', status_code: 429 }),
  },
];

const limited: FaultRow = {
  number: 37,
  platform: 'mattermost',
  title: 'Too many requests',
  injected:
    '429 as plain text and as JSON, with `Retry-After: 1`, once and twice, to a post, an upload or an edit; then the limit of the server itself, two requests a second',
  runs: { bounded: 3, full: 24 },
  inject: async ({ runs, random }) => {
    await using place = await MattermostPlace.open({ hasOwnClock: true });
    for (let run = 1; run <= runs; run += 1) {
      // For a minute after a refusal the bot says less; here it has said all of it by then.
      await place.setBotClock(run * 2 * 60_000);
      const { least, ...request } = asked[run % asked.length]!;
      const answer = {
        kind: 'answer',
        status: 429,
        ...tooManyRequests[(run + Math.floor(run / asked.length)) % tooManyRequests.length]!,
      } as const;
      const injected = place.server.inject(request, answer, { skip: Math.floor(random() * least), times: 1 + Math.floor(random() * 2) });
      await place.say(fox(run));
      await injected.happened;
      await place.answered();
    }
    place.server.heal();
    const before = place.requests.length;
    place.server.settings.rateLimit = { perSecond: 2, maxBurst: 2 };
    for (let each = 0; each < 4; each += 1) await place.say(fox(1000 + each));
    await place.answered();
    place.server.settings.rateLimit = undefined;
    if (!place.requests.slice(before).some(({ status }) => status === 429)) throw new Error('The limit of the server was not met.');
    expectPatience(place);
    return await place.reckon(runs + 1);
  },
};

/** What was refused comes again, and not before the server wants it. */
function expectPatience({ requests }: MattermostPlace): void {
  const writes = requests.filter(({ method }) => method === 'POST').map((request) => ({ ...request, what: whatIsSent(request) }));
  for (const { what, atMs, status } of writes) {
    if (status !== 429 || what === undefined) continue;
    const again = writes.find((other) => other.what === what && other.atMs > atMs);
    // An acknowledgement whose job has ended meanwhile is left out.
    if (again !== undefined && again.atMs - atMs < 900) throw new Error(`${what} came again after ${(again.atMs - atMs).toFixed(0)} ms.`);
  }
}

/** Tells a post or an upload from every other one. */
const whatIsSent = ({ path, query, body }: MattermostPlace['requests'][number]): string | undefined => {
  if (path.endsWith('/files')) return `the file ${query.get('filename')}`;
  return path.endsWith('/posts') ? `the post ${String(JSON.parse(body.toString('utf8')).pending_post_id)}` : undefined;
};

const aPost = { method: 'POST', path: /\/posts$/ } as const;

const pending: FaultRow = {
  number: 38,
  platform: 'mattermost',
  title: 'The same post is being made already',
  injected:
    'the connection ends while the server makes a post, which takes it three seconds: until then each attempt is answered by 500 `api.post.deduplicate_create_post.pending`; or that is answered to a post that was made, or comes to nothing; also on a hardened server, which gives no reason',
  runs: { bounded: 2, full: 20 },
  inject: async ({ runs, random }) => {
    await using place = await MattermostPlace.open();
    const { server } = place;
    for (let run = 1; run <= runs; run += 1) {
      server.settings.isHardened = run % 4 >= 2;
      // The acknowledgement, or the picture; the end is an edit.
      const skip = Math.floor(random() * 2);
      if (run % 2 === 1) {
        // Time for what follows, before the server gets it.
        const begun = server.inject(aPost, { kind: 'slow', ms: 50 }, { skip });
        await place.say(fox(run));
        await begun.happened;
        server.settings.postTakesMs = 3000;
        await delay(100);
        server.settings.postTakesMs = 0;
        server.cutConnections();
      } else {
        const underWay = {
          id: server.settings.isHardened ? '' : 'api.post.deduplicate_create_post.pending',
          message: 'Unable to get the pending post.',
          detailed_error: '',
          status_code: 500,
        };
        const answer = { kind: 'answer', status: 500, body: JSON.stringify(underWay), delivered: random() < 0.5 } as const;
        const injected = server.inject(aPost, answer, { skip, times: 1 + Math.floor(random() * 3) });
        await place.say(fox(run));
        await injected.happened;
      }
      if (random() < 0.5) await place.answered();
    }
    const counts = await place.reckon(runs);
    if (!place.requests.some(({ status, path }) => status === 500 && path.endsWith('/posts'))) throw new Error('Nothing was under way.');
    return counts;
  },
};

export const rows: readonly FaultRow[] = [limited, pending];
