import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { programFlags } from '#src/node-flags.mjs';
import type { LoopReport } from './loop-delay.ts';
import { residentMb } from './process-memory.ts';

const root = join(import.meta.dirname, '../..');
const PATIENCE_MS = 60_000;

/** As shipped, but on the CPU, with room in the queue and the quotas for what a bench puts into it, and nothing drawn unasked. */
const settings = `
providers: [cpu]
limits: { maxWaitingJobs: 2000, maxWaitingJobsPerPerson: 2000, maxPicturesPerPersonPerDay: 100000, maxPicturesPerRoomPerDay: 100000 }
styles: { previews: false }
matrix: { allowedInviters: ['synapse.test'] }
`;

/** The real program as a process of its own, with an empty data folder. */
export class RunningBot implements AsyncDisposable {
  readonly url: string;
  readonly folder: string;
  readonly #process: ChildProcess;

  private constructor(started: ChildProcess, url: string, folder: string) {
    this.#process = started;
    this.url = url;
    this.folder = folder;
  }

  /** Resolves when the room is open and the engine is ready. */
  static async start(environment: Readonly<Record<string, string>> = {}): Promise<RunningBot> {
    const folder = await mkdtemp(join(tmpdir(), 'blitzbild-bench-'));
    await writeFile(join(folder, 'blitzbild.yaml'), settings);
    const preload = pathToFileURL(join(import.meta.dirname, 'loop-delay.ts')).href;
    const started = spawn(process.execPath, [...programFlags, '--import', preload, 'src/cli.ts', 'start'], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...cleanEnvironment(), BLITZBILD_PORT: '0', BLITZBILD_DATA: join(folder, 'data'), BLITZBILD_CONFIG: folder, ...environment },
    });
    const url = await readyUrl(started);
    const bot = new RunningBot(started, url, folder);
    await bot.#untilReady();
    return bot;
  }

  get storePath(): string {
    return join(this.folder, 'data', 'blitzbild.sqlite');
  }

  /** Resident memory in MB; undefined where there is no /proc. */
  async memory(): Promise<{ readonly parentMb: number; readonly childMb: number | undefined } | undefined> {
    const { pid } = this.#process;
    if (process.platform !== 'linux' || pid === undefined) return undefined;
    const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')).trim().split(' ');
    const childMb = children.filter((child) => child !== '').map((child) => residentMb(Number(child)) ?? Number.NaN);
    return { parentMb: residentMb(pid) ?? Number.NaN, childMb: childMb.length === 0 ? undefined : Math.max(...childMb) };
  }

  /** The delay of the program's event loop since it was last asked for. */
  async loop(): Promise<LoopReport> {
    const answer = once(this.#process, 'message', { signal: AbortSignal.timeout(PATIENCE_MS) });
    this.#process.send('measure');
    const [report] = (await answer) as [LoopReport];
    return report;
  }

  /** Ends the program as a service manager does; the data folder stays until this is disposed of. */
  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    const forced = setTimeout(() => this.#process.kill('SIGKILL'), 10_000);
    await gone;
    clearTimeout(forced);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }

  async #untilReady(): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const { engine } = (await (await fetch(new URL('api/status', this.url))).json()) as { engine: { state: string; failure?: string } };
      if (engine.state === 'ready') return;
      if (engine.state === 'failed') throw new Error(`the engine did not start (${engine.failure}); is there a model in models/?`);
      if (Date.now() > deadline) throw new Error('the engine was not ready in time');
      await delay(50);
    }
  }
}

/** Nothing of the person's own `.env`: the bench measures the defaults. */
const unset = ['MATRIX_HOMESERVER_URL', 'MATRIX_ACCESS_TOKEN', 'MATRIX_ACCESS_TOKEN_FILE', 'BLITZBILD_HOST', 'BLITZBILD_TOKEN'].concat([
  'BLITZBILD_TOKEN_FILE',
  'BLITZBILD_ALLOWED_HOSTS',
  'BLITZBILD_CONFIG',
  'LOG_LEVEL',
]);

export const cleanEnvironment = (): Record<string, string | undefined> => ({
  ...process.env,
  ...Object.fromEntries(unset.map((key) => [key, ''])),
});

/** The address in the line that says that the room is open. */
export async function readyUrl(started: ChildProcess): Promise<string> {
  let output = '';
  let complaints = '';
  const found = Promise.withResolvers<string>();
  started.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += output.length < 10_000 ? text : '';
    const url = /http:\/\/127\.0\.0\.1:\d+\/\S*/.exec(output)?.[0];
    if (url !== undefined) found.resolve(url);
  });
  started.stderr?.setEncoding('utf8').on('data', (text: string) => (complaints = (complaints + text).slice(-2000)));
  started.once('exit', () => found.reject(new Error(`the program ended before it was ready:\n${complaints}`)));
  return found.promise;
}
