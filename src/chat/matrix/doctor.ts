import { checkRooms } from './doctor-rooms.ts';
import type { Finding } from '../common/finding.ts';
import { HomeserverError, isRefusal, isUnauthorised } from './homeserver-error.ts';
import { reason } from '../common/log.ts';
import { numberAt, objectsAt, textAt, textsAt, isObject } from '../common/raw.ts';
import { askHomeserver, type MatrixRequest, type TransportOptions } from './transport.ts';

export type CheckOptions = {
  readonly homeserverUrl: string;
  readonly accessToken: string;
  readonly timeoutMs?: number;
  /** The operator says that the message limit is lifted for the bot: no tip about it. */
  readonly seedsReactions?: boolean;
};

/** Versions of the client-server API that have what the bot sends: threads (1.4), media by reservation (1.7) and with a token (1.11). */
const wantedVersion = [1, 11] as const;
const comfortableUploadBytes = 5_000_000;

/** Looks at the homeserver as the bot would use it, without sending anything to a room. Never rejects. */
export async function checkHomeserver(options: CheckOptions): Promise<readonly Finding[]> {
  const address = parseAddress(options.homeserverUrl);
  if ('ok' in address) return [address];
  const transport: TransportOptions = {
    homeserverUrl: address.base,
    accessToken: options.accessToken,
    signal: new AbortController().signal,
    timeoutMs: options.timeoutMs ?? 10_000,
    maxAnswerBytes: 4 * 1024 * 1024,
  };
  const ask = (path: string, more: Partial<MatrixRequest> = {}): Promise<unknown> =>
    askHomeserver(transport, { method: 'GET', path, ...more });
  const versions = await checkVersions(ask);
  if (!versions.ok) return [versions];
  const { userId, ...identity } = await checkIdentity(ask, options.accessToken);
  if (!identity.ok) return [versions, identity];
  const seedsReactions = options.seedsReactions === true;
  const tips = seedsReactions || userId === undefined ? [] : [limitTip(address.base, userId)];
  const rooms =
    userId === undefined ? [] : await checkRooms(async (request) => askHomeserver(transport, request), { userId, seedsReactions });
  return [versions, identity, await checkDevices(ask), await checkUploads(ask), ...rooms, ...tips];
}

type Ask = (path: string, more?: Partial<MatrixRequest>) => Promise<unknown>;

function parseAddress(text: string): Finding | { readonly base: string } {
  const address = URL.parse(text);
  if (!address || !['http:', 'https:'].includes(address.protocol)) {
    return {
      ok: false,
      what: 'The address of the homeserver is not a web address',
      advice: 'Set it like https://matrix.example.org (with https://, without a path)',
    };
  }
  return { base: text.replace(/\/+$/, '') };
}

async function checkVersions(ask: Ask): Promise<Finding> {
  try {
    const versions = textsAt(await ask('/_matrix/client/versions', { authenticated: false }), 'versions');
    if (versions.length === 0) {
      return {
        ok: false,
        what: 'Something answers, but it names no Matrix versions',
        advice: 'Check that the address is the homeserver itself: its /_matrix/client/versions must answer',
      };
    }
    const newest = versions.map(versionOf).toSorted((a, b) => b[0] - a[0] || b[1] - a[1])[0] ?? [0, 0];
    const isNewEnough = newest[0] > wantedVersion[0] || (newest[0] === wantedVersion[0] && newest[1] >= wantedVersion[1]);
    return isNewEnough
      ? { ok: true, what: `The homeserver answers and speaks Matrix ${newest.join('.')}` }
      : { ok: true, what: 'The homeserver answers, but is old', advice: `Update it: Matrix ${wantedVersion.join('.')} or newer is best` };
  } catch (error) {
    return {
      ok: false,
      what: `The homeserver can not be used: ${reason(error)}`,
      advice: 'Check the address, that the server runs, and the network between',
    };
  }
}

const versionOf = (text: string): readonly [number, number] => {
  const found = /^v(\d+)\.(\d+)$/.exec(text);
  return found ? [Number(found[1]), Number(found[2])] : [0, 0];
};

async function checkIdentity(ask: Ask, accessToken: string): Promise<Finding & { readonly userId?: string }> {
  if (accessToken.trim() === '')
    return { ok: false, what: 'No access token is set', advice: 'Log the bot in once and set its access token' };
  try {
    const answer = await ask('/_matrix/client/v3/account/whoami');
    const userId = textAt(answer, 'user_id');
    if (userId === undefined) {
      return {
        ok: false,
        what: 'The homeserver does not say whose token it is',
        advice: 'Check that the address is the homeserver itself',
      };
    }
    if (isObject(answer) && answer['is_guest'] === true) {
      return { ok: false, what: 'The access token belongs to a guest', advice: 'Make an account for the bot and use its token' };
    }
    // What a server of unknown goodwill answers becomes part of a command to copy: no other characters than ids have.
    return { ok: true, what: 'The access token is valid', ...(/^@[\w.=/+-]+:[\w.:[\]-]+$/.test(userId) ? { userId } : {}) };
  } catch (error) {
    if (isUnauthorised(error)) {
      return {
        ok: false,
        what: 'The access token is not valid',
        advice: 'Log the bot in again and set the new token; logging out ends a token',
      };
    }
    return { ok: false, what: `The access token could not be tried: ${reason(error)}`, advice: 'Try again in a minute' };
  }
}

/** A person's account has many devices; the bot's should be its own, or every room of that person becomes the bot's. */
async function checkDevices(ask: Ask): Promise<Finding> {
  try {
    const devices = objectsAt(await ask('/_matrix/client/v3/devices'), 'devices').length;
    if (devices <= 2) return { ok: true, what: 'The account looks like the bot’s own' };
    return {
      ok: true,
      what: `The account is logged in on ${devices} devices`,
      advice:
        'If this is a person’s account, make one for the bot: it answers in every room of its account. Otherwise end the old sessions',
    };
  } catch (error) {
    const isFatal = !(error instanceof HomeserverError && isRefusal(error));
    return { ok: !isFatal, what: `The devices of the account could not be listed: ${reason(error)}` };
  }
}

async function checkUploads(ask: Ask): Promise<Finding> {
  try {
    const bytes = numberAt(await ask('/_matrix/client/v1/media/config'), 'm.upload.size');
    if (bytes === undefined) return { ok: true, what: 'The homeserver names no upload limit' };
    const megabytes = (bytes / 1e6).toFixed(1);
    return bytes >= comfortableUploadBytes
      ? { ok: true, what: `Pictures up to ${megabytes} MB can be uploaded` }
      : {
          ok: true,
          what: `Only ${megabytes} MB can be uploaded`,
          advice: 'Raise the limit to 5 MB or more (Synapse: max_upload_size), or large pictures are refused',
        };
  } catch (error) {
    return {
      ok: false,
      what: `The upload limit could not be read: ${reason(error)}`,
      advice: 'Check that /_matrix/client/v1/media/ reaches the homeserver (Matrix 1.11)',
    };
  }
}

/** Whether the limit is lifted only Synapse's administrators are told, not the bot itself, so this is said to everybody. */
function limitTip(homeserverUrl: string, userId: string): Finding {
  const address = `${homeserverUrl}/_synapse/admin/v1/users/${encodeURIComponent(userId)}/override_ratelimit`;
  const call = `curl -X POST -H "Authorization: Bearer $ADMIN_TOKEN" -d '{"messages_per_second":0,"burst_count":0}' '${address}'`;
  return {
    ok: true,
    what:
      'TIP Synapse lets an account send 10 messages at once and then one in 5 seconds (rc_message); pictures, edits and reactions count. ' +
      'The bot keeps to that, so a large batch takes a while to arrive',
    advice: `To lift the limit for the bot alone, a server admin runs this once, with their own access token (docs/matrix.md): ${call}`,
  };
}
