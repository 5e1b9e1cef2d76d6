import { fork, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ReadReply, ReadRequest } from '#src/c2pa/reading/protocol.ts';

export type ReaderProcessOptions = {
  /** For one file; then the process is ended. */
  readonly timeLimitMs?: number;
  /** Without a file, before the process ends. */
  readonly idleMs?: number;
  /** What it may hold in memory, where the system tells it (Linux); then it is ended. */
  readonly memoryLimitBytes?: number;
  /** The program of the process. */
  readonly modulePath?: string;
};

/** `too_large`: it took too much memory; `too_slow`: too long; `failed`: it ended the process, twice. */
export type ReadOutcome = ReadReply | { readonly kind: 'failed'; readonly reason: 'too_large' | 'too_slow' | 'failed' };

const defaults = {
  timeLimitMs: 10_000,
  idleMs: 30_000,
  memoryLimitBytes: 1024 ** 3,
  modulePath: join(import.meta.dirname, 'child.ts'),
};
const LOOK_MS = 25;

type Ended = 'ended' | 'late' | 'heavy';

/** A process of its own that is there while it is needed; one file at a time, so that a file that ends it harms no other. */
export class ReaderProcess {
  readonly #options: Required<ReaderProcessOptions>;
  #process: ChildProcess | undefined;
  #idle: NodeJS.Timeout | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #id = 0;

  constructor(options: ReaderProcessOptions = {}) {
    this.#options = { ...defaults, ...options };
  }

  /** Of the process, while there is one. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  async read(request: Omit<ReadRequest, 'id'>): Promise<ReadOutcome> {
    const turn = this.#turn.then(async () => this.#readNow(request));
    this.#turn = turn;
    return turn;
  }

  /** After the file that is being read. */
  async close(): Promise<void> {
    await this.#turn;
    this.#end();
  }

  async #readNow(request: Omit<ReadRequest, 'id'>): Promise<ReadOutcome> {
    clearTimeout(this.#idle);
    try {
      const outcome = await this.#try(request);
      // It may have been ended from outside, for want of memory say.
      return outcome === 'ended' ? refused(await this.#try(request)) : refused(outcome);
    } finally {
      this.#idle = setTimeout(() => this.#end(), this.#options.idleMs);
      this.#idle.unref();
    }
  }

  async #try(request: Omit<ReadRequest, 'id'>): Promise<ReadReply | Ended> {
    const child = (this.#process ??= this.#start());
    const id = (this.#id += 1);
    child.ref();
    child.channel?.ref();
    let limit: NodeJS.Timeout | undefined;
    let look: NodeJS.Timeout | undefined;
    try {
      return await new Promise<ReadReply | Ended>((resolve) => {
        limit = setTimeout(() => resolve('late'), this.#options.timeLimitMs);
        look = setInterval(() => {
          if (memoryOf(child.pid) > this.#options.memoryLimitBytes) resolve('heavy');
        }, LOOK_MS);
        const ended = (): void => resolve('ended');
        child.on('message', (reply: ReadReply) => {
          if (reply.id === id) resolve(reply);
        });
        for (const event of ['exit', 'error', 'disconnect']) child.once(event, ended);
        child.send({ ...request, id } satisfies ReadRequest, (error) => {
          if (error !== null) ended();
        });
      }).then((outcome) => {
        if (typeof outcome === 'string') this.#end();
        return outcome;
      });
    } finally {
      clearTimeout(limit);
      clearInterval(look);
      for (const event of ['message', 'exit', 'error', 'disconnect']) child.removeAllListeners(event);
      // What arrives late, such as that it could not be started, harms nobody.
      child.on('error', () => {});
      child.unref();
      child.channel?.unref();
    }
  }

  #start(): ChildProcess {
    return fork(this.#options.modulePath, [], {
      execPath: process.execPath,
      execArgv: [],
      // Neither tokens nor addresses, and nothing that leads it to another library.
      env: {},
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
  }

  #end(): void {
    clearTimeout(this.#idle);
    this.#process?.kill('SIGKILL');
    this.#process = undefined;
  }
}

const reasons = { ended: 'failed', late: 'too_slow', heavy: 'too_large' } as const satisfies Record<Ended, string>;

const refused = (outcome: ReadReply | Ended): ReadOutcome =>
  typeof outcome === 'string' ? { kind: 'failed', reason: reasons[outcome] } : outcome;

/** Bytes in memory; 0 where nobody tells. Source: proc_pid_status(5). */
function memoryOf(pid: number | undefined): number {
  try {
    return Number(/^VmRSS:\s*(\d+) kB/mu.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
