/** The program as a process of its own, the way people start it, in a folder of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { programFlags } from '#src/node-flags.mjs';

const root = resolve(import.meta.dirname, '../../..');
/** As `src/launch.mjs` starts it. */
const program = [...programFlags, join(root, 'src/cli.ts')];
/** As `npm start` and `npx blitzbild` start it. */
const launcher = [join(root, 'src/launch.mjs')];

/** For everything that ends on its own: a machine whose cores are busy is slow, not wrong. */
export const patienceMs = 120_000;

type Environment = Readonly<Record<string, string>>;
export type Outcome = { readonly exitCode: number | null; readonly stdout: string; readonly stderr: string };

/** Data, configuration and pictures of one test; removed at the end, with the processes that are left. */
export class Workplace implements AsyncDisposable {
  readonly folder: string;
  readonly #environment: Environment;
  readonly #through: readonly string[];
  readonly #running = new Set<ChildProcess>();

  private constructor(folder: string, environment: Environment, through: readonly string[]) {
    this.folder = folder;
    this.#environment = environment;
    this.#through = through;
  }

  /**
   * @param settings of `blitzbild.yaml` apart from the provider, which is the one that every machine has
   * @param through words that go before the program's, such as a tracer's
   */
  static async open(settings: object = {}, environment: Environment = {}, through: readonly string[] = []): Promise<Workplace> {
    const folder = await mkdtemp(join(tmpdir(), 'blitzbild-program-'));
    // JSON is YAML.
    await writeFile(join(folder, 'blitzbild.yaml'), JSON.stringify({ providers: ['cpu'], ...settings }));
    return new Workplace(folder, environment, through);
  }

  path(...names: readonly string[]): string {
    return join(this.folder, ...names);
  }

  /** Runs a command to its end. */
  async run(args: readonly string[], options: { readonly stdin?: string; readonly environment?: Environment } = {}): Promise<Outcome> {
    const child = this.spawn(args, options.environment);
    const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
    // A program that ends before it has read everything is not at fault.
    child.stdin?.on('error', () => {});
    child.stdin?.end(options.stdin ?? '');
    const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
    const [exitCode] = (await once(child, 'close')) as [number | null];
    clearTimeout(timer);
    return { exitCode, stdout: stdout.text, stderr: stderr.text };
  }

  /** `blitzbild start`, ready. */
  async start(environment: Environment = {}): Promise<Program> {
    const program = this.launch(environment);
    await program.says(/Blitzbild is ready.*\n/);
    return program;
  }

  /** `blitzbild start`, not waited for. */
  launch(environment: Environment = {}): Program {
    return new Program(this.spawn(['start'], environment));
  }

  /** @param door how it is started; by the launcher in a process group of its own, as a shell does it */
  spawn(args: readonly string[], environment: Environment = {}, door: 'program' | 'launcher' = 'program'): ChildProcess {
    const [file = process.execPath, ...words] = [...this.#through, process.execPath, ...(door === 'program' ? program : launcher), ...args];
    const child = spawn(file, words, {
      detached: door === 'launcher',
      cwd: this.folder,
      env: {
        ...machineEnvironment(),
        ORT_DISABLE_TELEMETRY: '1',
        BLITZBILD_DATA: this.path('data'),
        BLITZBILD_CONFIG: this.folder,
        BLITZBILD_PORT: '0',
        BLITZBILD_OPERATIONS_PORT: '0',
        ...this.#environment,
        ...environment,
      },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#running.add(child);
    child.once('exit', () => this.#running.delete(child));
    return child;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#running) child.kill('SIGKILL');
    await rm(this.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}

/** A running `blitzbild start`. */
export class Program {
  readonly #child: ChildProcess;
  readonly #stdout: Collected;
  readonly #stderr: Collected;
  readonly #closed: Promise<number | null>;

  constructor(child: ChildProcess) {
    this.#child = child;
    this.#stdout = collect(child.stdout);
    this.#stderr = collect(child.stderr);
    this.#closed = once(child, 'close').then(([exitCode]) => exitCode as number | null);
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('The program did not start.');
    return this.#child.pid;
  }

  get stdout(): string {
    return this.#stdout.text;
  }

  get stderr(): string {
    return this.#stderr.text;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Address of the local room, without a slash at its end and without the token. */
  get url(): string {
    const found = /Blitzbild is ready: (http:\/\/127\.0\.0\.1:\d+)\//.exec(this.stdout)?.[1];
    if (found === undefined) throw new Error(`No address was printed:\n${this.stdout}`);
    return found;
  }

  /** Resolves when stdout holds it. */
  async says(pattern: RegExp): Promise<void> {
    await until(`the program says ${pattern}`, () => {
      if (pattern.test(this.stdout)) return true;
      if (!this.isRunning) throw new Error(`The program ended with ${this.#child.exitCode}:\n${this.stdout}\n${this.stderr.slice(-3000)}`);
      return undefined;
    });
  }

  /** As a service manager does it. Resolves to the exit code and how long it took. */
  async stop(): Promise<{ readonly exitCode: number | null; readonly tookMs: number }> {
    const startedAt = performance.now();
    this.#child.kill('SIGTERM');
    return { exitCode: await this.ended(), tookMs: performance.now() - startedAt };
  }

  /** As a power cut does it. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended();
  }

  /** Resolves to the exit code when the process and everything that shares its output have ended. */
  async ended(): Promise<number | null> {
    const outcome = await Promise.race([this.#closed, delay(patienceMs, 'late' as const, { ref: false })]);
    if (outcome !== 'late') return outcome;
    this.#child.kill('SIGKILL');
    throw new Error(`The program did not end within ${patienceMs / 1000} s.`);
  }
}

/** Asks again and again until the answer is not `undefined`. */
export async function until<Answer>(what: string, ask: () => Promise<Answer | undefined> | Answer | undefined): Promise<Answer> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > deadline) throw new Error(`It did not happen within ${patienceMs / 1000} s: ${what}`);
    await delay(40);
  }
}

/** Processes that `pid` started and that run, theirs included; empty where the system has no `/proc`. */
export async function descendants(pid: number): Promise<readonly number[]> {
  const names = await readdir('/proc').catch(() => []);
  const parents = await Promise.all(
    names
      .filter((name) => /^\d+$/.test(name))
      .map(async (name) => {
        const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
        return [Number(name), Number(/\) \S (\d+)/.exec(stat)?.[1] ?? Number.NaN)] as const;
      }),
  );
  const below = (parent: number): number[] => parents.filter(([, of]) => of === parent).flatMap(([child]) => [child, ...below(child)]);
  return below(pid);
}

/** Of these, the ones that still run; one that waits to be reaped does not. */
export async function stillRunning(pids: readonly number[]): Promise<readonly number[]> {
  const states = await Promise.all(
    pids.map(async (pid) => /\) (\S)/.exec(await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''))?.[1] ?? 'gone'),
  );
  return pids.filter((_, index) => !['gone', 'Z', 'X'].includes(states[index] ?? 'gone'));
}

export const sentence = /^blitzbild: [^\n]{10,600}[.?]\n$/;

type Collected = { readonly text: string };

function collect(stream: NodeJS.ReadableStream | null): Collected {
  const collected = { text: '' };
  stream?.setEncoding('utf8').on('data', (chunk: string) => (collected.text += chunk));
  return collected;
}

/** What the machine gives every program; nothing that configures this one, nor what the test runner tells its own. */
const machineEnvironment = (): Record<string, string | undefined> => ({
  ...Object.fromEntries(
    Object.entries(process.env).filter(
      ([key]) => !/^(BLITZBILD_|MATRIX_|MATTERMOST_|NODE_TEST_CONTEXT$|NODE_OPTIONS$|LOG_LEVEL$)/.test(key),
    ),
  ),
  // Empty counts as not set, and wins over a developer's own .env.
  MATRIX_HOMESERVER_URL: '',
  MATRIX_ACCESS_TOKEN: '',
  MATRIX_ACCESS_TOKEN_FILE: '',
  MATTERMOST_URL: '',
  MATTERMOST_TOKEN: '',
  MATTERMOST_TOKEN_FILE: '',
  MATTERMOST_CALLBACK_URL: '',
  BLITZBILD_HOST: '',
  BLITZBILD_TOKEN: '',
  BLITZBILD_TOKEN_FILE: '',
  BLITZBILD_ALLOWED_HOSTS: '',
  LOG_LEVEL: '',
});
