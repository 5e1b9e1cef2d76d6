/** Programs under strace, in the network that this process is in. */
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { judge, tracedCalls, type Allowed, type Silence } from './attempts.ts';
import { ensureStrace } from './strace.ts';

export class Tracer implements AsyncDisposable {
  readonly #calls: string;
  readonly #folder: string;
  /** Empty at first. */
  readonly home: string;
  /** Goes before the program's own words. The program stays the child of whoever starts it: signals reach it, not the tracer. */
  readonly through: readonly string[];

  private constructor(folder: string, through: readonly string[]) {
    this.#folder = folder;
    this.#calls = join(folder, 'calls');
    this.home = join(folder, 'home');
    this.through = through;
  }

  /** @throws where this machine has no strace */
  static async open(): Promise<Tracer> {
    const strace = await ensureStrace();
    if ('skip' in strace) throw new Error(strace.skip);
    const folder = await mkdtemp(join(tmpdir(), 'blitzbild-egress-'));
    await mkdir(join(folder, 'home'));
    await mkdir(join(folder, 'calls'));
    const { program, libraries } = strace;
    // A ring takes orders that no tracer sees; refused one, the program does without, as on an older kernel.
    const rules = ['signal=none', `trace=${tracedCalls}`, 'inject=?io_uring_setup:error=ENOSYS'].flatMap((rule) => ['-e', rule]);
    const call = [program, '-D', '-ff', '--seccomp-bpf', '-q', '-s', '0', '-o', join(folder, 'calls/of'), ...rules];
    return new Tracer(folder, libraries === '' ? call : ['env', `LD_LIBRARY_PATH=${libraries}`, ...call]);
  }

  /**
   * What everything that was started did.
   * @throws where some of it has not ended within half a minute
   */
  async verdict(allowed: Allowed): Promise<Silence & { readonly processes: number }> {
    const deadline = performance.now() + 30_000;
    while (await isTracing()) {
      if (performance.now() > deadline) throw new Error('A traced process goes on, though the program has ended.');
      await delay(50);
    }
    const files = await this.#written();
    const lines = files.flatMap((text) => text.split('\n'));
    return { ...judge(lines, allowed), processes: files.length };
  }

  /** What has been attempted so far, while programs run. */
  async findings(allowed: Allowed): Promise<readonly string[]> {
    // A last line may be half written.
    const lines = (await this.#written()).flatMap((text) => text.split('\n').slice(0, -1));
    return judge(lines, allowed).findings;
  }

  async #written(): Promise<readonly string[]> {
    const names = await readdir(this.#calls);
    return Promise.all(names.map((name) => readFile(join(this.#calls, name), 'utf8')));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

/** A tracer ends with the last of its processes. In here there are no others' (see `unshare` in strace.ts). */
async function isTracing(): Promise<boolean> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/u.test(name));
  const stats = await Promise.all(names.map((name) => readFile(`/proc/${name}/stat`, 'utf8').catch(() => '')));
  return stats.some((stat) => /^\d+ \(strace\) [^ZX]/u.test(stat));
}
