import { neutralise } from '#src/chat/terminal/neutralise.ts';
import { backup } from '#src/cli/backup.ts';
import { chat } from '#src/cli/chat.ts';
import { doctor } from '#src/cli/doctor.ts';
import { UsageError, type Io } from '#src/cli/io.ts';
import { forget } from '#src/cli/forget.ts';
import { generate } from '#src/cli/generate.ts';
import { keys } from '#src/cli/keys.ts';
import { models } from '#src/cli/models.ts';
import { references } from '#src/cli/references.ts';
import { restore } from '#src/cli/restore.ts';
import { serve } from '#src/cli/serve.ts';
import { verify } from '#src/cli/verify.ts';
import { ConfigError } from '#src/config.ts';
import { AppError } from '#core/errors.ts';
import { failureMessage, plain } from '#core/messages.ts';
import { StoreInUseError } from '#src/store/store-error.ts';

/** Exit codes: 0 done, 2 bad usage or configuration, 1 failed; `verify` has further ones. */
const DONE = 0;
const FAILED = 1;
const BAD_USAGE = 2;

const commands: Readonly<
  Record<string, { readonly run: (args: readonly string[], io: Io) => Promise<void | number>; readonly summary: string }>
> = {
  start: { run: serve, summary: 'the bot: the local room, and Matrix and Mattermost where .env names their servers' },
  chat: { run: chat, summary: 'the same room in the terminal: commands on stdin, answers on stdout' },
  generate: { run: generate, summary: 'pictures from one prompt, as files: blitzbild generate "a red apple" --n 4 --out pictures' },
  models: { run: models, summary: 'pull, verify, choose, remove and convert models: blitzbild models pull sd-turbo' },
  verify: { run: verify, summary: 'which marks of origin pictures carry, and whether they are intact: blitzbild verify FILE… [--json]' },
  keys: {
    run: keys,
    summary: "keys that sign pictures (init, show, renew), and those of the bot's Matrix account (status, export, import, reset)",
  },
  references: { run: references, summary: 'the protected works that pictures are compared with: blitzbild references add ./works' },
  backup: { run: backup, summary: 'a copy of what the bot keeps, while it runs or not: blitzbild backup FOLDER [--pictures]' },
  restore: { run: restore, summary: 'puts a backup in its place: blitzbild restore FOLDER [--yes] [--resume]' },
  forget: { run: forget, summary: 'erases everything about somebody who has left: blitzbild forget USER_ID [--yes]' },
  doctor: { run: doctor, summary: 'checks Node, providers, models, fonts, disk and the chat servers, and says what to do' },
};

const usage = (): string =>
  [
    'Usage: blitzbild COMMAND [OPTIONS]',
    '',
    ...Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}`),
    '',
  ].join('\n');

async function main([name = 'help', ...args]: readonly string[]): Promise<number> {
  const io: Io = { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr, root: new URL('..', import.meta.url) };
  if (name === 'help' || name === '--help' || name === '-h') {
    io.stdout.write(usage());
    return DONE;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  try {
    if (command === undefined) throw new UsageError(`There is no command «${name}»; these are: ${Object.keys(commands).join(', ')}.`);
    return (await command.run(args, io)) ?? DONE;
  } catch (error) {
    io.stderr.write(`blitzbild: ${neutralise(explain(error))}\n`);
    return error instanceof UsageError || error instanceof ConfigError ? BAD_USAGE : FAILED;
  }
}

/** One sentence for everything that was foreseen; what was not shows itself whole. */
function explain(error: unknown): string {
  if (error instanceof AppError) return explainFailure(error);
  if (error instanceof StoreInUseError) return `${error.message}: stop that one first, or set BLITZBILD_DATA to another folder.`;
  if (!(error instanceof Error)) return String(error);
  if (error instanceof ConfigError) return error.message;
  if ('code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT'))
    return 'the disk is full: make room there, then start again.';
  return explainedErrors.includes(error.name) ? asSentence(error.message) : (error.stack ?? error.message);
}

const asSentence = (text: string): string => (/[.?]$/.test(text) ? text : `${text}.`);

/** Who types here may mend a model: they read which file it is, where a room reads whom to ask. */
function explainFailure({ code, params }: AppError): string {
  if (code === 'cancelled') return 'stopped; pictures that were finished are kept.';
  const { model, detail } = params;
  const reason = typeof detail === 'string' ? detail.replace(/\.$/, '') : undefined;
  if (code.startsWith('model_') && reason !== undefined) return `the model ${model ?? ''} can't be used: ${reason}.`;
  const sentence = plain(failureMessage({ error: code, params }, { language: 'en', prefix: '!img' }));
  return reason === undefined ? sentence : `${sentence.replace(/\.$/, '')} (${reason}).`;
}

const explainedErrors = [
  'UsageError',
  'BackupError',
  'ConfigError',
  'HomeserverError',
  'CryptoStoreError',
  'SigningKeyError',
  'PrivateFileError',
  'DeviceKeysLostError',
  'RecoveryError',
  'RoomOptionsError',
  'CatalogueError',
  'DoctorError',
  'ListenError',
  'OperationsPortError',
  'ModelStoreError',
  'ReferencesError',
  'StoreError',
];

// The launcher that started this process is gone, killed perhaps: stop as if it had passed a signal on.
if (process.connected) process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));

const exitCode = await main(process.argv.slice(2));
// A pipe that is still being read gets all of it; nothing else may keep a finished command alive.
process.stdout.write('', () => process.exit(exitCode));
