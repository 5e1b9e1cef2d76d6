import { exchange, parsedJson, readBounded } from '../common/exchange.ts';
import type { Finding } from '../common/finding.ts';
import { reason } from '../common/log.ts';
import { isObject, textAt } from '../common/raw.ts';
import { ServerClient } from './client.ts';
import { checkCallback, type CallbackFacts } from './doctor-callback.ts';
import { checkChannels } from './doctor-channels.ts';
import { checkEvents } from './doctor-events.ts';
import { checkLimits } from './doctor-limits.ts';
import { isId } from './post.ts';
import { isUnauthorised, ServerError } from './server-error.ts';

export type CheckOptions = {
  readonly serverUrl: string;
  readonly accessToken: string;
  /** Those that the bot works in, as `mattermost.teams` and `mattermost.channels` name them; both empty for all that it is in. */
  readonly teams: readonly string[];
  readonly channels: readonly string[];
  readonly callback?: CallbackFacts | undefined;
  /** Each request's, and the wait for the first event. */
  readonly timeoutMs?: number;
  readonly now?: () => number;
};

/** The first whose API was read for what Blitzbild asks of it. */
const wantedVersion = 10;
/** Nothing the bot does needs the same time as the server's; people who compare logs do. */
const comfortableSkewMs = 60_000;
const maxAnswerBytes = 4 * 1024 * 1024;

/** Looks at the server as the bot would use it, without posting anything. Never rejects. */
export async function checkMattermost(options: CheckOptions): Promise<readonly Finding[]> {
  const address = parseAddress(options.serverUrl);
  if ('ok' in address) return [address];
  const timeoutMs = options.timeoutMs ?? 10_000;
  const signal = new AbortController().signal;
  const server = await checkServer(address.base, timeoutMs, options.now ?? Date.now);
  if (server.some(({ ok }) => !ok)) return server;
  const client = new ServerClient({ serverUrl: address.base, accessToken: options.accessToken, signal, timeoutMs, maxAnswerBytes });
  const { account, findings: identity } = await checkIdentity(client);
  if (account === undefined) return [...server, ...identity];
  const limits = await checkLimits(client);
  return [
    ...server,
    ...identity,
    ...limits.findings,
    ...(await checkChannels(client, { ...account, teams: options.teams, channels: options.channels })),
    await checkEvents(client, timeoutMs),
    ...(options.callback === undefined ? [] : await checkCallback(options.callback, { siteUrl: limits.siteUrl, timeoutMs })),
  ];
}

function parseAddress(text: string): Finding | { readonly base: string } {
  const address = URL.parse(text);
  if (!address || !['http:', 'https:'].includes(address.protocol)) {
    return {
      ok: false,
      what: 'The address of the Mattermost server is not a web address',
      advice: 'Set it like https://chat.example.org (with https://, without /api)',
    };
  }
  return { base: text.replace(/\/+$/, '') };
}

type Ping = { readonly isOk: boolean; readonly version: string | undefined; readonly dateMs: number; readonly burst: string | undefined };

/** Without the token: it is not for a server that is none of Mattermost's. */
async function ping(serverUrl: string, timeoutMs: number): Promise<Ping> {
  const what = 'GET /system/ping';
  return exchange(
    {
      what,
      server: 'Mattermost server',
      url: new URL(`${serverUrl}/api/v4/system/ping`),
      init: { method: 'GET', headers: { Accept: 'application/json', 'User-Agent': 'Blitzbild' } },
      timeoutMs,
      closing: new AbortController().signal,
      isExplained: (error) => error instanceof ServerError,
      failed: (explanation) => new ServerError(explanation),
    },
    async (response) => {
      const tooLong = (): Error => new ServerError(`${what}: the answer is too long for one of Mattermost’s`);
      const answer = parsedJson((await readBounded(response, 64 * 1024, tooLong)).toString('utf8'));
      if (!response.ok && response.status !== 500) throw new ServerError(`${what}: status ${response.status}`, { status: response.status });
      const [, version] = /^(\d{1,3}\.\d{1,3}(?:\.\d{1,3})?)\./.exec(response.headers.get('x-version-id') ?? '') ?? [];
      const [, burst] = /^(\d{1,9})\b/.exec(response.headers.get('x-ratelimit-limit') ?? '') ?? [];
      if (!isObject(answer) || (textAt(answer, 'status') === undefined && version === undefined)) throw new NotMattermostError(what);
      return { isOk: response.ok, version, dateMs: Date.parse(response.headers.get('date') ?? ''), burst };
    },
  );
}

/** Something answers, and it is something else. */
class NotMattermostError extends ServerError {}

async function checkServer(serverUrl: string, timeoutMs: number, now: () => number): Promise<readonly Finding[]> {
  try {
    const { isOk, version, dateMs, burst } = await ping(serverUrl, timeoutMs);
    if (!isOk) {
      return [
        {
          ok: false,
          what: 'The Mattermost server answers and says that it is not well',
          advice: 'Look at its log: its database or its file store can not be reached',
        },
      ];
    }
    return [judgeVersion(version), ...judgeClock(dateMs - now()), ...judgeBurst(burst)];
  } catch (error) {
    if (error instanceof NotMattermostError) {
      return [
        {
          ok: false,
          what: 'Something answers, but it is no Mattermost server',
          advice: 'Check that the address is Mattermost’s SiteURL: its /api/v4/system/ping must answer',
        },
      ];
    }
    return [
      {
        ok: false,
        what: `The Mattermost server can not be used: ${reason(error)}`,
        advice: 'Check the address (a redirect is not followed: use the one it leads to), that the server runs, and the network between',
      },
    ];
  }
}

function judgeVersion(version: string | undefined): Finding {
  if (version === undefined) return { ok: true, what: 'The Mattermost server answers and does not tell its version' };
  if (Number(version.split('.')[0]) >= wantedVersion) return { ok: true, what: `The server answers and is Mattermost ${version}` };
  return {
    ok: true,
    what: `The server answers, but Mattermost ${version} is old`,
    advice: `Update it: Blitzbild is written for Mattermost ${wantedVersion} and newer`,
  };
}

function judgeClock(skewMs: number): readonly Finding[] {
  if (!(Math.abs(skewMs) > comfortableSkewMs)) return [];
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  return [
    {
      ok: true,
      what: `TIP The Mattermost server’s clock is ${seconds} s ${skewMs > 0 ? 'ahead of' : 'behind'} this machine’s`,
      advice: 'Nothing goes wrong by it, but times in logs and schedules differ: let both follow a time server (NTP)',
    },
  ];
}

function judgeBurst(burst: string | undefined): readonly Finding[] {
  if (burst === undefined) return [];
  return [
    {
      ok: true,
      what: `TIP The Mattermost server counts requests (RateLimitSettings, ${burst} at once); posts, uploads, edits and reactions count`,
      advice: 'The bot keeps to it, so a large batch takes a while to arrive; PerSec and MaxBurst can be raised (docs/mattermost.md)',
    },
  ];
}

type Account = { readonly ownUserId: string; readonly roles: readonly string[] };
type Identity = { readonly account?: Account; readonly findings: readonly Finding[] };

async function checkIdentity(client: ServerClient): Promise<Identity> {
  if (client.accessToken.trim() === '') {
    return wrong('No Mattermost token is set', 'Make a bot account on the server and set its access token (docs/mattermost.md)');
  }
  try {
    const me = await client.ask({ method: 'GET', path: '/users/me' });
    const ownUserId = textAt(me, 'id');
    if (!isId(ownUserId)) {
      return wrong('The server does not say whose token it is', 'Check that the address is Mattermost’s SiteURL');
    }
    const roles = (textAt(me, 'roles') ?? '').split(' ').filter((role) => role !== '');
    return { account: { ownUserId, roles }, findings: judgeAccount(isObject(me) && me['is_bot'] === true, roles) };
  } catch (error) {
    if (isUnauthorised(error)) {
      return wrong(
        'The Mattermost token is not valid',
        'It was deleted, or the bot’s account is switched off, which also happens where its owner’s is: switch the account on, or make a new token (Integrations, Bot Accounts)',
      );
    }
    return wrong(`The Mattermost token could not be tried: ${reason(error)}`, 'Try again in a minute');
  }
}

const wrong = (what: string, advice: string): Identity => ({ findings: [{ ok: false, what, advice }] });

function judgeAccount(isBot: boolean, roles: readonly string[]): readonly Finding[] {
  const findings: Finding[] = isBot
    ? [{ ok: true, what: 'The Mattermost token is valid and belongs to a bot account' }]
    : [
        {
          ok: true,
          what: 'The Mattermost token is valid, but belongs to a person’s account',
          advice: 'Make a bot account: whoever has this token is that person, and the bot answers in every channel of theirs',
        },
      ];
  if (roles.includes('system_admin')) {
    findings.push({
      ok: true,
      what: 'TIP The Mattermost account administers the server, which the bot has no use for',
      advice: 'Give it the role Member (Integrations, Bot Accounts), so that its token opens nothing else',
    });
  }
  return findings;
}
