import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TerminalRoom } from '#src/chat/terminal/terminal-room.ts';
import { UsageError, type Io } from '#src/cli/io.ts';
import { readOptions } from '#src/cli/options.ts';
import { readConfig } from '#src/config.ts';
import { createLog } from '#src/log.ts';
import { beginLoading, createBot, openCore } from '#src/main.ts';
import { StoreInUseError } from '#src/store/store-error.ts';

/**
 * `blitzbild chat`: the room in the terminal. Ends when stdin has ended and every job has. Its queue is kept in its
 * own file, so it works beside a running bot; a second `chat` at the same time keeps its queue in memory.
 */
export async function chat(args: readonly string[], { stdin, stdout, root }: Io): Promise<void> {
  const { values, positionals } = readOptions(args, {
    json: { type: 'boolean', default: false },
    user: { type: 'string', default: 'you' },
    admin: { type: 'boolean', default: false },
    out: { type: 'string', default: '.' },
  });
  if (positionals.length > 0)
    throw new UsageError('chat reads commands from stdin: start it without arguments and type them, or pipe them in.');
  if (!/^[\p{L}\p{N}._-]{1,64}$/u.test(values.user))
    throw new UsageError('--user must be a name of 1 to 64 letters, digits, dots or dashes: --user ada.');
  const config = readConfig(fileURLToPath(root));
  // Somebody types here: only what went wrong is worth a line between the answers.
  const log = createLog(config.logLevel ?? 'error');
  await using parts = new AsyncDisposableStack();
  const core = await openTerminalCore();
  const room = new TerminalRoom({
    input: stdin,
    output: stdout,
    json: values.json,
    user: values.user,
    admin: values.admin,
    outDir: resolve(values.out),
    images: core.images,
    now: Date.now,
  });
  const bot = createBot(config, log, core, [room]);
  parts.defer(async () => bot.close());
  const interrupted = new Promise<void>((done) => process.on('SIGINT', () => done()));
  beginLoading(core, log, parts);
  await room.start(core.store.inbox('terminal'));
  parts.defer(async () => room.close());
  bot.start();
  const broken = await Promise.race([room.ended.then(async () => bot.idle()), interrupted, core.broken]);
  if (broken !== undefined) throw broken;

  async function openTerminalCore() {
    try {
      return await openCore(config, log, parts, join(config.dataFolder, 'terminal.sqlite'));
    } catch (error) {
      if (!(error instanceof StoreInUseError)) throw error;
      return openCore(config, log, parts, ':memory:');
    }
  }
}
