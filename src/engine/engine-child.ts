import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { CallFailed, ChildCrashed } from '#src/engine/failures.ts';
import { parseChildMessage } from '#src/engine/protocol.ts';
import { StandstillWatch, type StandstillLimits } from '#src/engine/standstill.ts';
import type {
  ChildMessage,
  EnlargeCall,
  EnlargedAnswer,
  GenerateCall,
  LoadCall,
  ParentMessage,
  Ready,
  Result,
} from '#src/engine/protocol.ts';

type Answer = Exclude<ChildMessage, { kind: 'progress' | 'failed' }>;

/** `tiles`: how many of the steps, the last ones, are the upscaler's. */
export type OnStep = (step: number, steps: number, tiles: number) => void;

type Pending = {
  readonly id: number;
  readonly onStep: OnStep;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: CallFailed | ChildCrashed) => void;
};

/** Enough for the line in which a driver names the library it misses. */
const stderrTailLength = 2000;
const stderrLimitMs = 200;

/**
 * One forked process with one model, or the upscaler alone, on one provider. One call at a time; every call ends with an answer, a `CallFailed`
 * or a `ChildCrashed`, whatever the process does.
 */
export class EngineChild {
  readonly #process: ChildProcess;
  readonly #limits: StandstillLimits;
  #watch: StandstillWatch | undefined;
  #pending: Pending | undefined;
  #nextId = 0;
  #ended = false;
  #mayLeave = false;
  #brokenBecause: string | undefined;
  #stderrTail = '';
  /** Resolves with what became of it when the process is gone. Never rejects. */
  readonly gone: Promise<ChildCrashed>;

  /** @param limits of every call; loading as a whole has one of its own besides */
  constructor(modulePath: string, environment: Readonly<Record<string, string>>, limits: StandstillLimits) {
    this.#limits = limits;
    this.#process = fork(modulePath, [], {
      execPath: process.execPath,
      execArgv: [],
      env: environment,
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderrTail = (this.#stderrTail + text).slice(-stderrTailLength);
    });
    this.#process.on('message', (received) => this.#receive(received));
    // A child without a channel is of no use, even if it lives.
    this.#process.on('disconnect', () => this.#mayLeave || this.kill());
    // Whatever goes wrong with the process ends in `gone`; the listener keeps it from becoming an uncaught exception.
    this.#process.on('error', () => {});
    this.gone = this.#untilGone();
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** What the process last wrote to stderr. */
  get stderrTail(): string {
    return this.#stderrTail.trim();
  }

  load(call: Omit<LoadCall, 'kind' | 'id'>): Promise<Ready> {
    return this.#call({ kind: 'load', id: this.#nextId++, ...call }, () => {}, 'ready');
  }

  generate(call: Omit<GenerateCall, 'kind' | 'id'>, onStep: OnStep): Promise<Result> {
    return this.#call({ kind: 'generate', id: this.#nextId++, ...call }, onStep, 'result');
  }

  enlarge(call: Omit<EnlargeCall, 'kind' | 'id'>, onStep: OnStep): Promise<EnlargedAnswer> {
    return this.#call({ kind: 'enlarge', id: this.#nextId++, ...call }, onStep, 'enlarged');
  }

  /** Asks for an end of the running call between two steps; the call then fails with `cancelled`. */
  cancel(): void {
    if (this.#pending) this.#send({ kind: 'cancel', id: this.#pending.id });
  }

  kill(): void {
    if (!this.#ended) this.#process.kill('SIGKILL');
  }

  /** Lets the process leave by itself, and kills it if it has not after `graceMs`. Resolves when it is gone. */
  async end(graceMs: number): Promise<void> {
    this.#mayLeave = true;
    if (this.#process.connected) this.#process.disconnect();
    const timer = setTimeout(() => this.kill(), graceMs);
    await this.gone;
    clearTimeout(timer);
  }

  #call<Kind extends Answer['kind']>(
    message: LoadCall | GenerateCall | EnlargeCall,
    onStep: OnStep,
    kind: Kind,
  ): Promise<Extract<ChildMessage, { kind: Kind }>> {
    if (this.#pending) throw new Error('the engine computes one thing at a time');
    return new Promise((resolve, reject) => {
      this.#pending = {
        id: message.id,
        onStep,
        reject,
        resolve: (answer) => {
          if (answer.kind === kind) resolve(answer as Extract<ChildMessage, { kind: Kind }>);
          else reject(new ChildCrashed(`it answered ${answer.kind} in place of ${kind}`));
        },
      };
      if (this.#ended) return this.#finish()?.reject(new ChildCrashed('it had ended before'));
      if (this.pid !== undefined) this.#watch = new StandstillWatch(this.pid, this.#limits, (reason) => this.#break(reason));
      this.#send(message);
    });
  }

  #send(message: ParentMessage): void {
    // A failure to send means the process is going: `gone` will tell.
    if (this.#process.connected) this.#process.send(message, () => {});
  }

  #receive(received: unknown): void {
    const message = parseChildMessage(received);
    if (!message) return this.#break('it sent something that is no message');
    this.#watch?.heard();
    // An answer to a call that is over.
    if (message.id !== this.#pending?.id) return;
    if (message.kind === 'progress') this.#pending.onStep(message.step, message.steps, message.tiles);
    else if (message.kind === 'failed') this.#finish()?.reject(new CallFailed(message));
    else this.#finish()?.resolve(message);
  }

  #finish(): Pending | undefined {
    const pending = this.#pending;
    this.#pending = undefined;
    this.#watch?.stop();
    return pending;
  }

  /** The running call fails when the process is gone, so that nobody calls it again before. */
  #break(reason: string): void {
    this.#brokenBecause = reason;
    this.kill();
  }

  async #untilGone(): Promise<ChildCrashed> {
    // Not `close`: it never comes after a disconnect from this side. `once` rejects where the process could not be started.
    const reason = await once(this.#process, 'exit').then(
      ([code, signal]: (string | number | null)[]) => (signal === null ? `exit code ${code}` : `signal ${signal}`),
      (error: unknown) => `could not be started: ${error instanceof Error ? error.message : String(error)}`,
    );
    await this.#lastWords();
    this.#ended = true;
    const crash = new ChildCrashed(this.#brokenBecause ?? reason);
    this.#finish()?.reject(crash);
    return crash;
  }

  /** What the process wrote just before its end may still be in the pipe. */
  async #lastWords(): Promise<void> {
    const { stderr } = this.#process;
    if (stderr && !stderr.closed) await once(stderr, 'close', { signal: AbortSignal.timeout(stderrLimitMs) }).catch(() => {});
  }
}
