/** The bot under load as a process of its own, seen from outside. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { programFlags } from '#src/node-flags.mjs';
import { residentMb } from '../bench/process-memory.ts';
import { freePort } from '../free-port.ts';
import type { Account, Synapse } from '../e2e/synapse/server.ts';
import type { Start } from './fairness.ts';

const root = join(import.meta.dirname, '../..');
const PATIENCE_MS = 120_000;

/** As shipped, but for the size of the queue: the load is to be carried, not refused. */
const settings = (inviter: string): object => ({
  providers: ['cpu'],
  modelFolders: [join(root, 'models')],
  room: { enabled: false },
  styles: { previews: false },
  limits: { maxWaitingJobs: 2000 },
  matrix: { allowedInviters: [inviter] },
});

export class LoadedBot implements AsyncDisposable {
  readonly folder: string;
  readonly #child: ChildProcess;
  readonly #operations: string;
  #stderr = '';
  /** The most it was seen to have. */
  peakMb = 0;

  private constructor(folder: string, child: ChildProcess, operations: string) {
    this.folder = folder;
    this.#child = child;
    this.#operations = operations;
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (this.#stderr = (this.#stderr + chunk).slice(-20_000)));
  }

  /** @param inviter whose invitations it follows */
  static async start(synapse: Synapse, account: Account, inviter: string): Promise<LoadedBot> {
    const folder = await mkdtemp(join(tmpdir(), 'blitzbild-load-'));
    await writeFile(join(folder, 'blitzbild.yaml'), JSON.stringify(settings(inviter)));
    const port = await freePort();
    const child = spawn(process.execPath, [...programFlags, join(root, 'test/load/bot.ts')], {
      cwd: folder,
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        BLITZBILD_DATA: join(folder, 'data'),
        BLITZBILD_CONFIG: folder,
        BLITZBILD_OPERATIONS_PORT: String(port),
        MATRIX_HOMESERVER_URL: synapse.url,
        MATRIX_ACCESS_TOKEN: account.accessToken,
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const bot = new LoadedBot(folder, child, `http://127.0.0.1:${port}`);
    await bot.#until('it is ready', async () => (await fetch(`${bot.#operations}/readyz`)).ok);
    return bot;
  }

  get residentMb(): number {
    const now = this.#child.pid === undefined ? 0 : (residentMb(this.#child.pid) ?? 0);
    this.peakMb = Math.max(this.peakMb, now);
    return now;
  }

  /** What it logged: warnings and errors alone. */
  get complaints(): readonly string[] {
    return this.#stderr.split('\n').filter((line) => line !== '');
  }

  /** A number of its metrics, labels included in the name. */
  async metric(name: string): Promise<number> {
    const text = await (await fetch(`${this.#operations}/metrics`)).text();
    return Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${name} `))
        ?.slice(name.length + 1) ?? 0,
    );
  }

  /** Until nothing waits in its inbox, queue and outbox any more. */
  async idle(patienceMs: number): Promise<void> {
    const waiting = [
      'blitzbild_inbox_events',
      'blitzbild_outbox_pending{platform="matrix"}',
      'blitzbild_queue_jobs{state="waiting"}',
      'blitzbild_queue_jobs{state="running"}',
    ];
    const isIdle = async (): Promise<boolean> =>
      (await Promise.all(waiting.map((name) => this.metric(name)))).every((count) => count === 0);
    await this.#until(
      'nothing waits any more',
      async () => {
        this.peakMb = Math.max(this.peakMb, this.residentMb);
        // Between the inbox and the queue an event is in neither for a moment.
        return (await isIdle()) && (await delay(300, isIdle())) && (await isIdle());
      },
      patienceMs,
    );
  }

  /** Whose picture began when, from its own books, after it has ended. */
  async stop(): Promise<readonly Start[]> {
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await exited;
    using database = new DatabaseSync(join(this.folder, 'data/blitzbild.sqlite'), { readOnly: true });
    return database
      .prepare('SELECT person, queued_at_ms, started_at_ms FROM jobs ORDER BY started_at_ms, sequence')
      .all()
      .map((row) => ({ person: String(row['person']), queuedMs: Number(row['queued_at_ms']), startedMs: Number(row['started_at_ms']) }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGKILL');
    await rm(this.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }

  async #until(what: string, ask: () => Promise<boolean>, patienceMs = PATIENCE_MS): Promise<void> {
    const deadline = performance.now() + patienceMs;
    while (!(await ask().catch(() => false))) {
      if (this.#child.exitCode !== null) throw new Error(`The bot ended with ${this.#child.exitCode}:\n${this.#stderr}`);
      if (performance.now() > deadline) throw new Error(`It did not happen within ${patienceMs / 1000} s: ${what}\n${this.#stderr}`);
      await delay(100);
    }
  }
}
