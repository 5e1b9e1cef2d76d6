import { z } from 'zod';

/** A Mattermost server, as configured. */
export type MattermostConfig = {
  /** Without a trailing slash; a server in a folder has its path too. */
  readonly serverUrl: string;
  /** Of the bot account. */
  readonly accessToken: string;
  /** Where the bot works besides direct messages: teams by id or by the name in their addresses, channels by id. Both empty: everywhere. */
  readonly teams: readonly string[];
  readonly channels: readonly string[];
  /** Whether it answers direct messages. */
  readonly direct: boolean;
  /** Where the server reaches the bot, for buttons and `/img`; absent without them. */
  readonly callback?: MattermostCallback;
};

export type MattermostCallback = {
  /** As the server reaches it, without a trailing slash. */
  readonly url: string;
  /** Where the bot listens. */
  readonly host: string;
  readonly port: number;
  /** Of slash commands: each team's has its own. Empty without any. */
  readonly commandTokens: readonly string[];
};

/** Beside the local room's 8090, and health's 8091. */
const CALLBACK_PORT = 8092;

/** Ids of everything: 26 letters and digits. */
export const mattermostId = /^[a-z0-9]{26}$/;

export const mattermostFile = z
  .strictObject({
    teams: z
      .array(z.string().regex(/^[a-z0-9][a-z0-9-]{1,63}$/, 'must be a team as its address names it (my-team), or its id'))
      .default([]),
    channels: z
      .array(z.string().regex(mattermostId, 'must be the id of a channel, 26 letters and digits: its menu, View Info, shows it'))
      .default([]),
    direct: z.boolean().default(true),
  })
  .prefault({});

const oneWord = z.string().regex(/^\S+$/, 'must be one word');
const address = (example: string) =>
  z
    .url({ protocol: /^https?$/, error: `must be an address such as ${example}` })
    .refine(isPlain, 'must not hold a password, a query or a fragment');

export const mattermostEnvironment = (port: z.ZodType<number>) => ({
  MATTERMOST_URL: address('https://chat.example.org')
    .refine((text) => !/\/api(\/v4)?\/*$/.test(text), 'must be the address that people open, without /api/v4')
    .optional(),
  MATTERMOST_TOKEN: oneWord.optional(),
  MATTERMOST_TOKEN_FILE: z.string().optional(),
  MATTERMOST_CALLBACK_URL: address('https://bot.example.org').optional(),
  MATTERMOST_CALLBACK_HOST: z.string().regex(/^\S+$/, 'must be an address such as 127.0.0.1').default('127.0.0.1'),
  MATTERMOST_CALLBACK_PORT: port.default(CALLBACK_PORT),
  MATTERMOST_COMMAND_TOKEN: z.string().optional(),
  MATTERMOST_COMMAND_TOKEN_FILE: z.string().optional(),
});

type Environment = {
  readonly MATTERMOST_URL?: string | undefined;
  readonly MATTERMOST_CALLBACK_URL?: string | undefined;
  readonly MATTERMOST_CALLBACK_HOST: string;
  readonly MATTERMOST_CALLBACK_PORT: number;
};

/** What the files of secrets hold, or the environment. */
export type MattermostSecrets = { readonly token: string | undefined; readonly commandTokens: string | undefined };

/**
 * `undefined` where none is configured, or half of one.
 * @param mistakes takes what is wrong with it; where it holds something already, a secret may be missing for that reason
 */
export function mattermostConfig(
  env: Environment,
  settings: z.infer<typeof mattermostFile>,
  { token, commandTokens }: MattermostSecrets,
  mistakes: string[],
): MattermostConfig | undefined {
  const { MATTERMOST_URL: serverUrl, MATTERMOST_CALLBACK_URL: callbackUrl } = env;
  const tokens = (commandTokens ?? '').split(/[\s,]+/).filter((each) => each !== '');
  if (serverUrl !== undefined && token === undefined && mistakes.length === 0)
    mistakes.push('.env: MATTERMOST_URL is set but no token: set MATTERMOST_TOKEN_FILE or MATTERMOST_TOKEN as well');
  if (serverUrl === undefined && token !== undefined)
    mistakes.push('.env: a Mattermost token is set but no address: set MATTERMOST_URL as well, such as https://chat.example.org');
  if (serverUrl === undefined && callbackUrl !== undefined)
    mistakes.push('.env: MATTERMOST_CALLBACK_URL is set but no MATTERMOST_URL: set it as well, or leave both out');
  if (callbackUrl === undefined && tokens.length > 0)
    mistakes.push(
      '.env: a token of a Mattermost slash command is set but no MATTERMOST_CALLBACK_URL, to which the server sends the command: set it as well',
    );
  if (tokens.some((each) => !mattermostId.test(each)))
    mistakes.push(
      '.env: MATTERMOST_COMMAND_TOKEN must be tokens of 26 letters and digits, as Mattermost shows them with each slash command',
    );
  if (serverUrl === undefined || token === undefined) return undefined;
  return {
    serverUrl: withoutSlash(serverUrl),
    accessToken: token,
    ...settings,
    ...(callbackUrl === undefined
      ? {}
      : {
          callback: {
            url: withoutSlash(callbackUrl),
            host: env.MATTERMOST_CALLBACK_HOST,
            port: env.MATTERMOST_CALLBACK_PORT,
            commandTokens: tokens,
          },
        }),
  };
}

const withoutSlash = (text: string): string => text.replace(/\/+$/, '');

/** Addresses are shown in sentences and kept in files. */
export function isPlain(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && url.username === '' && url.password === '' && url.search === '' && url.hash === '';
}
