import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { readOptions } from '#src/cli/options.ts';
import { UsageError, type Io } from '#src/cli/io.ts';
import { readConfig } from '#src/config.ts';
import { setFailpoints } from '#src/failpoints.ts';
import { createLog } from '#src/log.ts';
import { start } from '#src/main.ts';

/** The engine's process must be given time to leave. */
const CLOSE_BROKEN_MS = 5000;

/** `blitzbild start`: prints one line with the room's address and serves until it is told to stop. */
export async function serve(args: readonly string[], { stdout, stderr, root }: Io): Promise<void> {
  const { positionals } = readOptions(args, {});
  if (positionals.length > 0)
    throw new UsageError('start takes no arguments: addresses are set in .env, the rest in config/blitzbild.yaml.');
  const config = readConfig(fileURLToPath(root));
  // A person at a terminal wants the address, not the log; a service manager wants the log.
  const log = createLog(config.logLevel ?? (stderr.isTTY ? 'warn' : 'info'));
  if (config.failpoints.length > 0) {
    log.warn({ points: config.failpoints.map(({ name }) => name) }, 'BLITZBILD_FAILPOINTS is set: this process breaks on purpose');
    setFailpoints(config.failpoints);
  }
  const stopping = new AbortController();
  const stopped = new Promise<void>((resolve) => stopping.signal.addEventListener('abort', () => resolve(), { once: true }));
  // Ctrl-C comes twice, from the terminal and from the launcher: the second must not end what the first began to close.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort());

  const running = await start(config, log, { say: (line) => stdout.write(`${line}\n`), signal: stopping.signal });
  // The token is shown to a person at a terminal, not to a log.
  const url = stdout.isTTY ? running.roomUrlWithToken : running.roomUrl;
  stdout.write(url === undefined ? 'Blitzbild is ready.\n' : `Blitzbild is ready: ${url}\n`);
  const broken = await Promise.race([stopped, running.broken]);
  const closing = running.close();
  if (broken === undefined) return closing;
  // Without its store nothing can be brought to an end: what the file holds is taken up at the next start.
  await Promise.race([closing.catch(() => {}), delay(CLOSE_BROKEN_MS, undefined, { ref: false })]);
  throw broken;
}
