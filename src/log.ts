import { createHmac, randomBytes } from 'node:crypto';
import pino from 'pino';
import type { Log } from '#src/app/log-port.ts';

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Fields that would hold what a person wrote, who they are, or a secret, wherever they stand. */
const PRIVATE_FIELDS = [
  'prompt',
  'negativePrompt',
  'text',
  'sender',
  'user',
  'userId',
  'requestedBy',
  'token',
  'accessToken',
  'authorization',
  'password',
  'body',
  'caption',
];
const DEPTHS = ['', '*.', '*.*.', '*.*.*.'];
/** Matrix access tokens, bearer headers and query tokens inside free text, such as a library's error message. */
const SECRETS = /(Bearer\s+|token=|(?:access_)?token\\?":\s*\\?")[^\s"'&\\]+|\b(syt|mat|mct)_[A-Za-z0-9_=-]+/g;
/** Matrix user ids inside free text. */
const USER_IDS = /@[^\s:@"'\\]+:([A-Za-z0-9.-]+|\[[\dA-Fa-f:.]+\])(:\d+)?/g;

/**
 * Mattermost's ids of people, and its tokens, look like its ids of everything else: where it is not said that one is of a room, a post or
 * the like, it may be somebody's.
 */
const MATTERMOST_IDS = /(?<![A-Za-z0-9]|"(?:roomId|channelId|teamId|postId|eventId|fileId)":")[a-z0-9]{26}(?![A-Za-z0-9])/g;

/** Free text with everything private replaced. */
export const redactText = (text: string): string =>
  text
    .replace(SECRETS, (match, lead: string | undefined) => `${lead ?? ''}[secret]`)
    .replace(USER_IDS, (id) => pseudonym(id))
    .replace(MATTERMOST_IDS, (id) => pseudonym(id));

/** Gone with the process: afterwards not even somebody with the list of all users can tell whose a pseudonym was. */
const pseudonymKey = randomBytes(32);

/** A stand-in for a user id in logs: the same person has the same one until the next start. */
export const pseudonym = (id: string): string => `u-${createHmac('sha256', pseudonymKey).update(id).digest('hex').slice(0, 8)}`;

/**
 * JSON lines on stderr, so that stdout stays for answers.
 * @param destination a stream for tests
 */
export function createLog(level: LogLevel, destination: pino.DestinationStream = pino.destination({ fd: 2, sync: true })): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: DEPTHS.flatMap((depth) => PRIVATE_FIELDS.map((field) => `${depth}${field}`)), censor: '[private]' },
      hooks: { streamWrite: redactText },
    },
    destination,
  );
}
