/** The program as people run it, in a room that somebody else reads: every start of it, and an account of every command that was said. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { patienceMs, until, type Program, type Workplace } from '../e2e/program/program.ts';
import type { RawEvent } from '../e2e/synapse/person.ts';
import { judge, strays, tally, unedited, unevenJobs, type Verdict } from './oracle.ts';
import type { Counts } from './row.ts';

export type Environment = Readonly<Record<string, string>>;

/** Hundreds of starts: what Node has compiled once need not be compiled again. */
export const compileCache = join(import.meta.dirname, '../../.cache/compiled');

/** So that what piles up while nothing works is drawn, not refused. */
export const lifted = {
  maxWaitingJobsPerPerson: 1000,
  maxWaitingJobs: 2000,
  maxPicturesPerPersonPerDay: 10_000,
  maxPicturesPerRoomPerDay: 10_000,
};

/** The cheapest thing to draw. */
export const fox = (seed: number, count = 1): string => `!img a red fox --steps 2 --seed ${seed}${count === 1 ? '' : ` --n ${count}`}`;

export abstract class Ordeal implements AsyncDisposable {
  readonly workplace: Workplace;
  readonly botId: string;
  /** Messages that ask for something, in their order. */
  readonly commands: string[] = [];
  /** Messages that the bot may answer or not, such as one that nobody's client sends. */
  readonly others: string[] = [];
  /** Every start of the program, the last one newest. */
  readonly programs: Program[] = [];
  /** An end may stand beside its acknowledgement. */
  editsMayFail = false;
  /** The program goes on when it is reckoned with. */
  protected staysRunning = false;
  /** What it prints when it listens to its server. */
  readonly #connected: RegExp;
  /** What the first program had written when it was taken over. */
  #writtenBefore = { stdout: 0, stderr: 0 };

  protected constructor(about: { readonly workplace: Workplace; readonly botId: string; readonly connected: RegExp }) {
    ({ workplace: this.workplace, botId: this.botId, connected: this.#connected } = about);
  }

  /** The room as somebody's client has it so far. */
  abstract get events(): readonly RawEvent[];

  /** The room by the server's own account. */
  abstract history(): Promise<readonly RawEvent[]>;

  abstract [Symbol.asyncDispose](): Promise<void>;

  /** The one that was started last. */
  get program(): Program {
    const program = this.programs.at(-1);
    if (program === undefined) throw new Error('The program was not started.');
    return program;
  }

  /** All that every start has written. */
  get output(): string {
    const { stdout: from, stderr: fromError } = this.#writtenBefore;
    return this.programs
      .map(({ stdout, stderr }, index) => (index === 0 ? stdout.slice(from) + stderr.slice(fromError) : stdout + stderr))
      .join('\n');
  }

  /** Takes over a program that runs already. */
  protected takeOver(program: Program): void {
    this.programs.push(program);
    this.#writtenBefore = { stdout: program.stdout.length, stderr: program.stderr.length };
  }

  /** Starts the program and waits until it listens to its server. */
  async start(environment: Environment = {}): Promise<Program> {
    const program = this.launch(environment);
    await program.says(this.#connected).catch((error: unknown) => {
      throw new Error(`The program did not connect:\n${program.stdout}\n${program.stderr.slice(-3000)}`, { cause: error });
    });
    return program;
  }

  /** Starts it without waiting. */
  launch(environment: Environment = {}): Program {
    const program = this.workplace.launch(environment);
    this.programs.push(program);
    return program;
  }

  /** Starts it with failpoints such as `message.sent:kill@2`, without waiting. */
  launchWith(failpoints: string): Program {
    return this.launch({ BLITZBILD_FAILPOINTS: failpoints });
  }

  /** Starts it with failpoints, and waits until one of them has killed it. Rejects where it ends in another way. */
  async dieAt(failpoints: string): Promise<void> {
    const program = this.launchWith(failpoints);
    const exitCode = await program.ended();
    if (exitCode !== null)
      throw new Error(`It was to be killed at ${failpoints}, and ended with ${exitCode}:\n${program.stderr.slice(-2000)}`);
  }

  /** Waits until the program has written this to its log. */
  async logged(pattern: RegExp): Promise<void> {
    const { program } = this;
    await until(`the log holds ${pattern}`, () => {
      if (pattern.test(program.stderr)) return true;
      if (!program.isRunning) throw new Error(`The program ended:\n${program.stderr.slice(-3000)}`);
      return undefined;
    });
  }

  /** What became of every command so far, or of these, as far as a client knows. */
  verdicts(commands: readonly string[] = this.commands): readonly Verdict[] {
    return judge(this.events, this.botId, commands);
  }

  /** Waits until every command, or these, have their end and their pictures. */
  async answered(commands: readonly string[] = this.commands, withinMs = patienceMs): Promise<void> {
    const deadline = performance.now() + withinMs;
    let known: readonly RawEvent[] = [];
    let open: readonly Verdict[] = [];
    for (;;) {
      const { events } = this;
      if (known.length !== events.length || known.at(-1) !== events.at(-1)) {
        known = [...events];
        open = this.verdicts(commands).filter(({ isLost }) => isLost);
      }
      if (open.length === 0) return;
      if (!this.program.isRunning)
        throw new Error(`The program ended while ${open.length} commands waited:\n${this.program.stderr.slice(-3000)}`);
      if (performance.now() > deadline) {
        throw new Error(
          `${open.length} of ${commands.length} commands have no end after ${withinMs / 1000} s:\n` +
            `${open.map((verdict) => this.described(verdict)).join('\n')}\n${this.program.stderr.slice(-3000)}`,
        );
      }
      await delay(60);
    }
  }

  /**
   * The end of a row: waits for every answer, stops the program as a service manager does, and looks whether its store
   * holds anything that it would still send; if so, it is started again. Then counts what the room holds by the
   * server's own account. Rejects where the bot said something that nobody asked for. A program that is shared with other rows is not
   * stopped: it is waited for until nothing is left in its store.
   */
  async reckon(runs: number): Promise<Counts> {
    for (let attempt = 1; ; attempt += 1) {
      if (!this.program.isRunning) await this.start();
      await this.answered();
      if (this.staysRunning) {
        await until('nothing waits in the store', async () => ((await this.#isIdle()) ? true : undefined));
        break;
      }
      await this.program.stop();
      if (this.isAtRest()) break;
      if (attempt === 5) throw new Error('The program is answering still, although every command has its answer.');
      await this.start();
      await delay(500 * attempt);
    }
    const events = await this.history();
    const verdicts = judge(events, this.botId, this.commands);
    this.#expectNothingElse(events);
    for (const verdict of verdicts) if (verdict.isLost || verdict.isDoubled) process.stderr.write(`${this.described(verdict)}\n`);
    return tally(verdicts, runs);
  }

  /** Asks `/readyz` or `/metrics` of the program. */
  async operations(path: string): Promise<{ readonly status: number; readonly text: string }> {
    const [, port] = /"port":(\d+),"msg":"Health and metrics/.exec(this.program.stderr) ?? [];
    const answer = await fetch(`http://127.0.0.1:${port}${path}`);
    return { status: answer.status, text: await answer.text() };
  }

  /** Nothing waits in the store of the program, which runs, and nobody else can open it. */
  async #isIdle(): Promise<boolean> {
    const { text } = await this.operations('/metrics');
    const numbers = [...text.matchAll(/^blitzbild_(queue_jobs|inbox_events|outbox_pending)(?:\{.*\})? (\S+)$/gm)];
    if (new Set(numbers.map(([, name]) => name)).size < 3) throw new Error(`The metrics lack what waits:\n${text.slice(0, 2000)}`);
    return numbers.every(([, , number]) => Number(number) === 0);
  }

  /** Nothing waits in the store of the program, which must not run. */
  isAtRest(): boolean {
    const store = new DatabaseSync(this.workplace.path('data', 'blitzbild.sqlite'), { readOnly: true });
    try {
      const waiting = store
        .prepare(
          `SELECT (SELECT count(*) FROM inbox WHERE handled = 0) + (SELECT count(*) FROM outbox WHERE state = 'pending')
            + (SELECT count(*) FROM jobs WHERE state IN ('waiting', 'running')) AS waiting`,
        )
        .get();
      return Number(waiting?.['waiting']) === 0;
    } finally {
      store.close();
    }
  }

  /** Whatever is wrong in the room and is not a matter of one command. */
  #expectNothingElse(events: readonly RawEvent[]): void {
    const wrong = [
      ...strays(events, this.botId, new Set([...this.commands, ...this.others])).map((said) => `nobody asked for: ${said}`),
      ...unevenJobs(events, this.botId).map((job) => `job ${job} has not exactly one end, one acknowledgement and each picture once`),
      ...(this.editsMayFail ? [] : unedited(events, this.botId)).map(
        (job) => `the acknowledgement of job ${job} still stands as it was, and the job has ended`,
      ),
      ...this.otherwiseWrong(),
    ];
    if (wrong.length > 0) throw new Error(`The room holds what it should not:\n${wrong.slice(0, 10).join('\n')}`);
  }

  /** What only this server can show. */
  protected otherwiseWrong(): readonly string[] {
    return [];
  }

  protected described({ command, ends, pictures, acknowledgements }: Verdict): string {
    const said = this.events.find(({ event_id }) => event_id === command)?.content['body'];
    const came = [...pictures].map(([name, times]) => `${name} ×${times}`).join(', ');
    return `«${String(said)}»: ${acknowledgements} acknowledgements, pictures: ${came || 'none'}, ends: ${ends.join(' | ') || 'none'}`;
  }
}
