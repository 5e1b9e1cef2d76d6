import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import dotenv from 'dotenv';
import { parse as parseYaml, YAMLParseError } from 'yaml';
import { z } from 'zod';
import { defaultPrefixes, type Prefix } from '#core/command.ts';
import { limits as defaultLimits, limitTable, mostOf, type LimitName, type Limits } from '#core/limits.ts';
import { canonicalZone } from '#core/plan-zone.ts';
import type { RetentionPolicy } from '#core/retention.ts';
import { languages, type Language } from '#core/types.ts';
import { parseFailpoints, type Failpoint } from '#src/failpoints.ts';
import { logLevels, type LogLevel } from '#src/log.ts';
import { marksFile, type MarksConfig } from '#src/marks-config.ts';
import { retentionFile } from '#src/retention-config.ts';
import { safetyFile, type SafetyConfig } from '#src/safety-config.ts';
import { similarityFile, type SimilarityConfig } from '#src/similarity-config.ts';
import { isPlain, mattermostConfig, mattermostEnvironment, mattermostFile, type MattermostConfig } from '#src/mattermost-config.ts';

/** As `Sharing` in src/chat/matrix/, which is loaded only where it is used. */
const sharings = ['all', 'crossSigned'] as const;

export const providerNames = ['cuda', 'webgpu', 'dml', 'coreml', 'cpu'] as const;

export type Config = {
  readonly language: Language;
  readonly prefixes: readonly Prefix[];
  readonly modelFolders: readonly string[];
  readonly model: string;
  /** Where models are pulled from; the token goes to this address alone. */
  readonly hub: { readonly address: string; readonly token?: string };
  readonly providers: readonly (typeof providerNames)[number][];
  readonly room: {
    readonly enabled: boolean;
    readonly host: string;
    readonly port: number;
    readonly token?: string;
    readonly allowedHosts: readonly string[];
  };
  readonly matrix?: {
    readonly homeserverUrl: string;
    readonly accessToken: string;
    /** Of an administrator of the homeserver: deletes files of people who are forgotten. */
    readonly adminToken?: string;
    readonly allowedInviters: readonly string[];
    readonly seedsReactions: boolean;
    /** Which devices may read what the bot writes in encrypted rooms, and may give it commands there. */
    readonly shareWith: (typeof sharings)[number];
    /** Holds the key that encrypts the keys of the bot's device on the disk; `undefined`: one is made in the data folder. */
    readonly storeKeyFile: string | undefined;
    /** Of the bot's account, where the homeserver wants it before it takes new signing keys. */
    readonly password?: string;
  };
  readonly mattermost?: MattermostConfig;
  /** Health and metrics. `isChosen`: the port was named, so nothing but that port will do. */
  readonly operations: { readonly enabled: boolean; readonly host: string; readonly port: number; readonly isChosen: boolean };
  readonly limits: Limits;
  readonly storage: { readonly maxBytes: number };
  /** How long the engine may neither say anything nor compute before it is started anew. */
  readonly engine: { readonly standstillMs: number };
  /** Optimised graphs of large models; `undefined` for none. */
  readonly graphCache: { readonly folder: string; readonly maxBytes: number } | undefined;
  readonly dataFolder: string;
  /** Where `styles.yaml` may stand beside `blitzbild.yaml`. */
  readonly configFolder: string;
  /** Ids of people who are admins in every room, and who alone change what counts in all; empty: admins of rooms do. */
  readonly admins: readonly string[];
  /** Of rooms that have chosen none. */
  readonly timeZone: string;
  /** Whether pictures that nobody asked for may be drawn while nothing waits: those that show what a style looks like. */
  readonly previews: boolean;
  readonly marks: MarksConfig;
  readonly similarity: SimilarityConfig;
  readonly safety: SafetyConfig;
  readonly retention: RetentionPolicy;
  /** Where tests break the program; empty in operation. */
  readonly failpoints: readonly Failpoint[];
  /** Where none is set, each way of running has its own. */
  readonly logLevel: LogLevel | undefined;
  /** Of this process, for what drivers need to find their libraries. */
  readonly environment: Readonly<Record<string, string | undefined>>;
};

/** All mistakes of the configuration, one line each: file, key, what is wrong and what is allowed. */
export class ConfigError extends Error {
  readonly mistakes: readonly string[];

  constructor(mistakes: readonly string[]) {
    super(
      `The configuration has ${mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`}:\n${mistakes.map((line) => `  ${line}`).join('\n')}`,
    );
    this.name = 'ConfigError';
    this.mistakes = mistakes;
  }
}

const configurable = (Object.keys(limitTable) as LimitName[]).filter((name) => limitTable[name].configurable);

const hubAddress = z
  .url({ protocol: /^https?$/, error: 'must be an address such as https://huggingface.co' })
  .refine(isPlain, 'must not hold a password or a query; a token goes into the file that BLITZBILD_HUB_TOKEN_FILE names');

const fileSchema = z.strictObject({
  language: z.enum(languages).default('en'),
  prefixes: z
    .record(z.string().regex(/^\S{1,20}$/, 'must be 1 to 20 characters without spaces'), z.enum(languages))
    .refine((prefixes) => Object.keys(prefixes).length > 0, 'must name at least one prefix, such as "!img": en')
    .default(Object.fromEntries(defaultPrefixes.map(({ text, language }) => [text, language]))),
  modelFolders: z.array(z.string().min(1)).min(1).default(['models']),
  model: z.string().min(1).default('embedded'),
  hub: hubAddress.default('https://huggingface.co'),
  providers: z.array(z.enum(providerNames)).min(1).default(['cuda', 'webgpu', 'cpu']),
  room: z.strictObject({ enabled: z.boolean().default(true) }).prefault({}),
  operations: z.strictObject({ enabled: z.boolean().default(true) }).prefault({}),
  matrix: z
    .strictObject({
      allowedInviters: z
        .array(
          z
            .string()
            .regex(
              /^(@[^\s:]+:\S+|![^\s:]+(:\S+)?|[A-Za-z0-9.-]+(:\d+)?)$/,
              'must be a user id (@ada:example.org), a room id or a server (example.org)',
            ),
        )
        .default([]),
      seedsReactions: z.boolean().default(false),
      encryption: z.strictObject({ shareWith: z.enum(sharings).default('all') }).prefault({}),
    })
    .prefault({}),
  mattermost: mattermostFile,
  admins: z
    .array(
      z
        .string()
        .regex(
          /^(@\S+|[a-z0-9]{26})$/,
          'must be a user id: @ada:example.org of Matrix, or the 26 letters and digits of a Mattermost account',
        ),
    )
    .default([]),
  timeZone: z
    .string()
    .refine((zone) => canonicalZone(zone) !== undefined, 'must be a time zone such as Europe/Berlin')
    .default(() => Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC'),
  marks: marksFile,
  similarity: similarityFile,
  safety: safetyFile,
  retention: retentionFile,
  styles: z.strictObject({ previews: z.boolean().default(true) }).prefault({}),
  limits: z
    .strictObject(Object.fromEntries(configurable.map((name) => [name, z.int().min(1).max(mostOf(name)).default(defaultLimits[name])])))
    .prefault({}),
  engine: z.strictObject({ standstillSeconds: z.int().min(3).max(3600).default(120) }).prefault({}),
  storage: z.strictObject({ maxGigabytes: z.number().min(0.01).max(100_000).default(20) }).prefault({}),
  modelCache: z.strictObject({ maxGigabytes: z.number().min(0).max(100_000).default(20) }).prefault({}),
});

const LEAST_TOKEN_CHARS = 16;

/** Beside the local room's 8090. */
const OPERATIONS_PORT = 8091;

const port = z.coerce
  .number({ error: 'must be a number from 0 to 65535' })
  .pipe(z.int('must be a whole number').min(0, 'must be from 0 to 65535').max(65_535, 'must be from 0 to 65535'));

const environmentSchema = z.object({
  MATRIX_HOMESERVER_URL: z.url({ protocol: /^https?$/, error: 'must be an address such as https://matrix.example.org' }).optional(),
  MATRIX_ACCESS_TOKEN: z.string().regex(/^\S+$/, 'must be one word').optional(),
  MATRIX_ACCESS_TOKEN_FILE: z.string().optional(),
  MATRIX_ADMIN_TOKEN: z.string().regex(/^\S+$/, 'must be one word').optional(),
  MATRIX_ADMIN_TOKEN_FILE: z.string().optional(),
  MATRIX_PASSWORD: z.string().optional(),
  MATRIX_PASSWORD_FILE: z.string().optional(),
  MATRIX_STORE_KEY_FILE: z.string().optional(),
  ...mattermostEnvironment(port),
  BLITZBILD_HOST: z.string().regex(/^\S+$/, 'must be an address such as 127.0.0.1').default('127.0.0.1'),
  BLITZBILD_PORT: port.default(8090),
  BLITZBILD_TOKEN: z.string().min(LEAST_TOKEN_CHARS, `must have at least ${LEAST_TOKEN_CHARS} characters`).optional(),
  BLITZBILD_TOKEN_FILE: z.string().optional(),
  BLITZBILD_ALLOWED_HOSTS: z.string().default(''),
  BLITZBILD_OPERATIONS_HOST: z.string().regex(/^\S+$/, 'must be an address such as 127.0.0.1').default('127.0.0.1'),
  BLITZBILD_OPERATIONS_PORT: port.optional(),
  BLITZBILD_HUB: hubAddress.optional(),
  BLITZBILD_HUB_TOKEN: z.string().regex(/^\S+$/, 'must be one word').optional(),
  BLITZBILD_HUB_TOKEN_FILE: z.string().optional(),
  HF_TOKEN: z.string().regex(/^\S+$/, 'must be one word').optional(),
  BLITZBILD_DATA: z.string().default('./data'),
  BLITZBILD_CONFIG: z.string().default('./config'),
  LOG_LEVEL: z.enum(logLevels).optional(),
  BLITZBILD_FAILPOINTS: z.string().default('').transform(failpointsIn),
});

/** Only tests set them. */
function failpointsIn(text: string, context: z.RefinementCtx): readonly Failpoint[] {
  const parsed = parseFailpoints(text);
  if (typeof parsed !== 'string') return parsed;
  context.addIssue({ code: 'custom', message: parsed });
  return z.NEVER;
}

const environmentKeys = Object.keys(environmentSchema.shape);

/**
 * Reads `.env`, the environment (which wins) and `config/blitzbild.yaml`.
 * @param root folder that relative paths start from
 * @throws ConfigError with all mistakes at once
 */
export function readConfig(root: string, environment: Readonly<Record<string, string | undefined>> = process.env): Config {
  const mistakes: string[] = [];
  const environmentInput = readEnvironment(root, environment, mistakes);
  const parsedEnvironment = environmentSchema.safeParse(environmentInput);
  if (!parsedEnvironment.success) mistakes.push(...describe('.env', parsedEnvironment.error));

  const folder = resolve(root, environmentInput['BLITZBILD_CONFIG'] ?? './config');
  const file = join(folder, 'blitzbild.yaml');
  if (environmentInput['BLITZBILD_CONFIG'] !== undefined && !existsSync(file)) {
    mistakes.push(`.env: BLITZBILD_CONFIG names ${folder}, where no blitzbild.yaml is: check the path, or leave it out`);
  }
  const parsedFile = fileSchema.safeParse(readYaml(file, mistakes));
  if (!parsedFile.success) mistakes.push(...describe('blitzbild.yaml', parsedFile.error));

  const accessToken = secret('MATRIX_ACCESS_TOKEN', environmentInput, root, mistakes);
  const adminToken = secret('MATRIX_ADMIN_TOKEN', environmentInput, root, mistakes);
  const password = secret('MATRIX_PASSWORD', environmentInput, root, mistakes);
  const mattermostSecrets = {
    token: secret('MATTERMOST_TOKEN', environmentInput, root, mistakes),
    commandTokens: secret('MATTERMOST_COMMAND_TOKEN', environmentInput, root, mistakes),
  };
  const roomToken = secret('BLITZBILD_TOKEN', environmentInput, root, mistakes);
  const hubToken = secret('BLITZBILD_HUB_TOKEN', environmentInput, root, mistakes) ?? environmentInput['HF_TOKEN'];

  const env = parsedEnvironment.data;
  const settings = parsedFile.data;
  if (env === undefined || settings === undefined) throw new ConfigError(mistakes);

  const homeserverUrl = env.MATRIX_HOMESERVER_URL;
  if (homeserverUrl !== undefined && accessToken === undefined && mistakes.length === 0) {
    mistakes.push('.env: MATRIX_HOMESERVER_URL is set but no token: set MATRIX_ACCESS_TOKEN_FILE or MATRIX_ACCESS_TOKEN as well');
  }
  if (homeserverUrl === undefined && adminToken !== undefined) {
    mistakes.push('.env: MATRIX_ADMIN_TOKEN is set but no address: set MATRIX_HOMESERVER_URL as well, or leave it out');
  }
  if (homeserverUrl === undefined && accessToken !== undefined) {
    mistakes.push('.env: a Matrix token is set but no address: set MATRIX_HOMESERVER_URL as well, such as https://matrix.example.org');
  }
  const mattermost = mattermostConfig(env, settings.mattermost, mattermostSecrets, mistakes);
  if (roomToken !== undefined && roomToken.length < LEAST_TOKEN_CHARS && mistakes.length === 0) {
    mistakes.push(`.env: BLITZBILD_TOKEN_FILE must hold at least ${LEAST_TOKEN_CHARS} characters`);
  }
  if (settings.room.enabled && !isLoopback(env.BLITZBILD_HOST) && roomToken === undefined) {
    mistakes.push(
      `.env: BLITZBILD_HOST ${env.BLITZBILD_HOST} can be reached from other machines: set BLITZBILD_TOKEN (16 characters or more), or leave BLITZBILD_HOST out`,
    );
  }
  if (!settings.room.enabled && homeserverUrl === undefined && env.MATTERMOST_URL === undefined) {
    mistakes.push(
      'blitzbild.yaml: room.enabled is false and neither MATRIX_HOMESERVER_URL nor MATTERMOST_URL is set: nobody could talk to the bot; turn one of them on',
    );
  }
  if (mistakes.length > 0) throw new ConfigError(mistakes);

  return {
    language: settings.language,
    prefixes: Object.entries(settings.prefixes).map(([text, language]) => ({ text, language })),
    // Where the others can't be written, as in the container, models are pulled into the data folder.
    modelFolders: [...settings.modelFolders.map((path) => resolve(root, path)), resolve(root, env.BLITZBILD_DATA, 'models')],
    model: settings.model,
    hub: { address: (env.BLITZBILD_HUB ?? settings.hub).replace(/\/+$/, ''), ...(hubToken === undefined ? {} : { token: hubToken }) },
    providers: settings.providers,
    room: {
      enabled: settings.room.enabled,
      host: env.BLITZBILD_HOST,
      port: env.BLITZBILD_PORT,
      allowedHosts: env.BLITZBILD_ALLOWED_HOSTS.split(',')
        .map((host) => host.trim())
        .filter((host) => host !== ''),
      ...(roomToken === undefined ? {} : { token: roomToken }),
    },
    ...(homeserverUrl === undefined || accessToken === undefined
      ? {}
      : {
          matrix: {
            homeserverUrl: homeserverUrl.replace(/\/+$/, ''),
            accessToken,
            allowedInviters: settings.matrix.allowedInviters,
            seedsReactions: settings.matrix.seedsReactions,
            shareWith: settings.matrix.encryption.shareWith,
            storeKeyFile: env.MATRIX_STORE_KEY_FILE === undefined ? undefined : resolve(root, env.MATRIX_STORE_KEY_FILE),
            ...(password === undefined ? {} : { password }),
            ...(adminToken === undefined ? {} : { adminToken }),
          },
        }),
    ...(mattermost === undefined ? {} : { mattermost }),
    operations: {
      enabled: settings.operations.enabled,
      host: env.BLITZBILD_OPERATIONS_HOST,
      port: env.BLITZBILD_OPERATIONS_PORT ?? OPERATIONS_PORT,
      isChosen: env.BLITZBILD_OPERATIONS_PORT !== undefined,
    },
    limits: { ...defaultLimits, ...settings.limits },
    engine: { standstillMs: settings.engine.standstillSeconds * 1000 },
    storage: { maxBytes: Math.round(settings.storage.maxGigabytes * 1e9) },
    graphCache:
      settings.modelCache.maxGigabytes > 0
        ? { folder: join(resolve(root, env.BLITZBILD_DATA), 'model-cache'), maxBytes: Math.round(settings.modelCache.maxGigabytes * 1e9) }
        : undefined,
    dataFolder: resolve(root, env.BLITZBILD_DATA),
    configFolder: folder,
    admins: settings.admins,
    timeZone: settings.timeZone,
    previews: settings.styles.previews,
    marks: settings.marks,
    similarity: settings.similarity,
    safety: settings.safety,
    retention: settings.retention,
    logLevel: env.LOG_LEVEL,
    failpoints: env.BLITZBILD_FAILPOINTS,
    environment,
  };
}

export const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);

/** Our keys of `.env` and the environment; an empty value counts as not set. */
function readEnvironment(
  root: string,
  environment: Readonly<Record<string, string | undefined>>,
  mistakes: string[],
): Record<string, string> {
  const path = join(root, '.env');
  const file = existsSync(path) ? dotenv.parse(readFileSync(path)) : {};
  for (const key of Object.keys(file)) {
    if (/^(MATRIX|MATTERMOST|BLITZBILD)_/.test(key) && !environmentKeys.includes(key)) {
      mistakes.push(`.env: ${key} is not a setting; these are: ${environmentKeys.join(', ')}`);
    }
  }
  const entries = environmentKeys.map((key) => [key, environment[key] ?? file[key]] as const);
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ''));
}

function readYaml(path: string, mistakes: string[]): unknown {
  if (!existsSync(path)) return {};
  try {
    return parseYaml(readFileSync(path, 'utf8')) ?? {};
  } catch (error) {
    const isTwice = error instanceof YAMLParseError && error.code === 'DUPLICATE_KEY';
    const [line] = error instanceof YAMLParseError ? (error.linePos ?? []) : [];
    mistakes.push(
      `blitzbild.yaml${line === undefined ? '' : ` line ${line.line}`}: ${isTwice ? 'a key stands there for the second time; keep one of the two' : 'is not valid YAML; check the indentation and quotes there'}`,
    );
    return {};
  }
}

function secret(
  key:
    | 'MATRIX_ACCESS_TOKEN'
    | 'MATRIX_ADMIN_TOKEN'
    | 'MATRIX_PASSWORD'
    | 'MATTERMOST_TOKEN'
    | 'MATTERMOST_COMMAND_TOKEN'
    | 'BLITZBILD_TOKEN'
    | 'BLITZBILD_HUB_TOKEN',
  environment: Readonly<Record<string, string | undefined>>,
  root: string,
  mistakes: string[],
): string | undefined {
  const [value, file] = [environment[key], environment[`${key}_FILE`]];
  if (file === undefined) return value;
  if (value !== undefined) mistakes.push(`.env: ${key} and ${key}_FILE are both set: keep one of them`);
  try {
    const text = readFileSync(resolve(root, file), 'utf8').trim();
    if (text !== '') return text;
    mistakes.push(`.env: ${key}_FILE names an empty file: write the secret into ${file}`);
  } catch {
    mistakes.push(`.env: ${key}_FILE names ${file}, which can't be read: check the path and its permissions`);
  }
  return undefined;
}

function describe(file: string, error: z.ZodError): string[] {
  return error.issues.map((issue) => {
    const key = issue.path.join('.');
    switch (issue.code) {
      case 'unrecognized_keys':
        return `${file}: ${[key, issue.keys.join(', ')].filter((part) => part !== '').join('.')} is not a setting; remove it or check its spelling`;
      case 'invalid_value':
        return `${file}: ${key} must be one of ${issue.values.join(', ')}`;
      default:
        return `${file}: ${key === '' ? 'the file' : key} ${issue.message.replace(/^Invalid input: |^Too (small|big): /, '')}`;
    }
  });
}
