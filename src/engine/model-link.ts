import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { CallFailed, ChildCrashed } from '#src/engine/failures.ts';
import { parseModelChildMessage } from '#src/engine/model-messages.ts';
import type { LoadModelCall, LookCall, ModelChildMessage } from '#src/engine/model-messages.ts';

type Answer = Exclude<ModelChildMessage, { kind: 'failed' }>;
type Call = Omit<LoadModelCall, 'id'> | Omit<LookCall, 'id'>;
type Pending = { readonly id: number; readonly resolve: (answer: Answer) => void; readonly reject: (error: Error) => void };

/** It was ended because it took too long: another try would take as long. */
export class TookTooLong extends ChildCrashed {}

/** One forked process for picture models. One call at a time; every call ends with an answer, a `CallFailed` or a `ChildCrashed`. */
export class ModelLink {
  readonly #process: ChildProcess;
  /** Keys of the models it has. */
  readonly loaded = new Set<string>();
  #pending: Pending | undefined;
  #nextId = 0;
  #brokenBecause: string | undefined;
  #isGone = false;
  #isTooSlow = false;
  /** Resolves when the process is gone. Never rejects. */
  readonly gone: Promise<void>;

  constructor(modulePath: string, environment: Readonly<Record<string, string>>) {
    this.#process = fork(modulePath, [], {
      execPath: process.execPath,
      execArgv: [],
      env: environment,
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.#process.on('message', (received) => this.#receive(received));
    this.gone = new Promise((resolve) => {
      const end = (reason: string): void => {
        this.#isGone = true;
        this.#finish()?.reject(new (this.#isTooSlow ? TookTooLong : ChildCrashed)(this.#brokenBecause ?? reason));
        resolve();
      };
      this.#process.once('exit', (code, signal) => end(signal === null ? `exit code ${code}` : `signal ${signal}`));
      this.#process.once('error', (error) => end(`could not be started: ${error.message}`));
    });
    // It alone keeps no program alive.
    this.#process.unref();
    this.#process.channel?.unref();
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  async load(call: Omit<LoadModelCall, 'id' | 'kind'>, limitMs: number): Promise<void> {
    await this.#call({ kind: 'load', ...call }, limitMs);
    this.loaded.add(call.key);
  }

  async look(call: Omit<LookCall, 'id' | 'kind'>, limitMs: number): Promise<Float32Array> {
    const answer = await this.#call({ kind: 'look', ...call }, limitMs);
    if (answer.kind === 'seen') return answer.values;
    throw new ChildCrashed(`it answered ${answer.kind} in place of seen`);
  }

  /** The call that runs ends with `ChildCrashed` when the process is gone. */
  kill(reason: string): void {
    this.#brokenBecause ??= reason;
    if (!this.#isGone) this.#process.kill('SIGKILL');
  }

  /** Lets the process leave by itself, and kills it if it has not after `graceMs`. */
  async end(graceMs: number): Promise<void> {
    if (this.#process.connected) this.#process.disconnect();
    const timer = setTimeout(() => this.kill('it did not leave'), graceMs);
    await this.gone;
    clearTimeout(timer);
  }

  async #call(call: Call, limitMs: number): Promise<Answer> {
    if (this.#pending) throw new Error('the process does one thing at a time');
    const id = this.#nextId++;
    // While somebody waits for an answer the program does not end, and a process that is gone has none to give.
    this.#process.channel?.ref();
    const timer = setTimeout(() => {
      this.#isTooSlow = true;
      this.kill(`it took longer than ${Math.round(limitMs / 1000)} s`);
    }, limitMs);
    try {
      return await new Promise<Answer>((resolve, reject) => {
        this.#pending = { id, resolve, reject };
        if (this.#isGone || !this.#process.connected)
          this.#finish()?.reject(new ChildCrashed(this.#brokenBecause ?? 'it had ended before'));
        // A failure to send means the process is going: `exit` will tell.
        else this.#process.send({ ...call, id }, () => {});
      });
    } finally {
      clearTimeout(timer);
      this.#process.channel?.unref();
    }
  }

  #receive(received: unknown): void {
    const message = parseModelChildMessage(received);
    if (!message) return this.kill('it sent something that is no message');
    if (message.id !== this.#pending?.id) return;
    if (message.kind === 'failed') this.#finish()?.reject(new CallFailed(message));
    else this.#finish()?.resolve(message);
  }

  #finish(): Pending | undefined {
    const pending = this.#pending;
    this.#pending = undefined;
    return pending;
  }
}
