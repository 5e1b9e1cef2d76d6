/** A program on a homeserver, to be broken: fresh users in a fresh room, and an account of every command that was said there. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { patienceMs, until, Workplace, type Program } from '../e2e/program/program.ts';
import { Person, type NewRoom, type RawEvent } from '../e2e/synapse/person.ts';
import { startSynapse, type Account, type Synapse } from '../e2e/synapse/server.ts';
import { WatchedRoom } from '../e2e/synapse/watched-room.ts';
import { judge, strays, tally, unedited, unevenJobs, type Verdict } from './oracle.ts';
import { FaultProxy } from './proxy.ts';
import type { Counts } from './row.ts';

type Environment = Readonly<Record<string, string>>;

/** Hundreds of starts: what Node has compiled once need not be compiled again. */
const compileCache = join(import.meta.dirname, '../../.cache/compiled');

export type PlaceOptions = {
  /** The shared one where absent. */
  readonly synapse?: Synapse;
  /** The bot talks to the homeserver through a proxy that can be told to break things. */
  readonly isProxied?: boolean;
  /** Of `blitzbild.yaml`, apart from provider, previews and whose invitations are followed. */
  readonly settings?: { readonly matrix?: object } & Readonly<Record<string, unknown>>;
  readonly environment?: Environment;
  readonly room?: NewRoom;
};

/** So that what piles up while nothing works is drawn, not refused. */
const lifted = {
  maxWaitingJobsPerPerson: 1000,
  maxWaitingJobs: 2000,
  maxPicturesPerPersonPerDay: 10_000,
  maxPicturesPerRoomPerDay: 10_000,
};

let shared: Promise<Synapse> | undefined;

/** One homeserver with lifted limits for all rows of this process. */
export const sharedSynapse = async (): Promise<Synapse> => (shared ??= startSynapse({ maxUploadBytes: 50 * 1024 * 1024 }));

/** So large may a file be on the rough one. */
export const roughUploadBytes = 40_000;

let rough: Promise<Synapse> | undefined;
let roughIsFree: Promise<unknown> = Promise.resolve();

/** Another one, as it comes out of the box: few messages, small files. It may be killed, and one row has it at a time. */
export async function onRoughSynapse<Result>(work: (synapse: Synapse) => Promise<Result>): Promise<Result> {
  const mine = roughIsFree.then(async () =>
    work(await (rough ??= startSynapse({ rcMessageDefault: true, maxUploadBytes: roughUploadBytes }))),
  );
  roughIsFree = mine.catch(() => {});
  return mine;
}

export async function endSharedSynapse(): Promise<void> {
  const started = [shared, rough];
  shared = undefined;
  rough = undefined;
  for (const synapse of started) await (await synapse)?.stop();
}

/** The cheapest thing to draw. */
export const fox = (seed: number, count = 1): string => `!img a red fox --steps 2 --seed ${seed}${count === 1 ? '' : ` --n ${count}`}`;

export class FaultPlace implements AsyncDisposable {
  readonly synapse: Synapse;
  readonly bot: Account;
  /** Made the room and administers it; the one who reads what became of everything. */
  readonly ada: Person;
  readonly roomId: string;
  readonly workplace: Workplace;
  /** Messages that ask for something, in their order. */
  readonly commands: string[] = [];
  /** Messages that the bot may answer or not, such as one that nobody's client sends. */
  readonly others: string[] = [];
  /** Every start of the program, the last one newest. */
  readonly programs: Program[] = [];
  readonly #watched: WatchedRoom;
  readonly #proxy: FaultProxy | undefined;

  private constructor(parts: Pick<FaultPlace, 'synapse' | 'bot' | 'ada' | 'roomId' | 'workplace'> & { proxy: FaultProxy | undefined }) {
    ({ synapse: this.synapse, bot: this.bot, ada: this.ada, roomId: this.roomId, workplace: this.workplace } = parts);
    this.#proxy = parts.proxy;
    this.#watched = new WatchedRoom(parts.ada, parts.roomId);
  }

  /** The program runs, is connected and in the room. */
  static async open(options: PlaceOptions = {}): Promise<FaultPlace> {
    const synapse = options.synapse ?? (await sharedSynapse());
    const suffix = randomBytes(4).toString('hex');
    const bot = await synapse.registerUser(`bot-${suffix}`);
    const ada = new Person(synapse.url, await synapse.registerUser(`ada-${suffix}`));
    const proxy = options.isProxied === true ? await FaultProxy.start(synapse.url) : undefined;
    const workplace = await Workplace.open(
      {
        styles: { previews: false },
        limits: lifted,
        ...options.settings,
        matrix: { allowedInviters: [ada.userId], ...options.settings?.matrix },
      },
      {
        MATRIX_HOMESERVER_URL: proxy?.url ?? synapse.url,
        MATRIX_ACCESS_TOKEN: bot.accessToken,
        NODE_COMPILE_CACHE: compileCache,
        ...options.environment,
      },
    );
    const roomId = await ada.createRoom({ ...options.room, invite: [bot.userId, ...(options.room?.invite ?? [])] });
    const place = new FaultPlace({ synapse, bot, ada, roomId, workplace, proxy });
    try {
      await place.start();
      await until('the bot joins', async () => ((await ada.members(roomId)).includes(bot.userId) ? true : undefined));
    } catch (error) {
      await place[Symbol.asyncDispose]();
      throw error;
    }
    return place;
  }

  get proxy(): FaultProxy {
    if (this.#proxy === undefined) throw new Error('This place was opened without a proxy.');
    return this.#proxy;
  }

  /** The one that was started last. */
  get program(): Program {
    const program = this.programs.at(-1);
    if (program === undefined) throw new Error('The program was not started.');
    return program;
  }

  /** All that every start has written. */
  get output(): string {
    return this.programs.map(({ stdout, stderr }) => stdout + stderr).join('\n');
  }

  /** The room as Ada's client has it so far. */
  get events(): readonly RawEvent[] {
    return this.#watched.events;
  }

  /** Somebody else, in the room. */
  async newcomer(name: string): Promise<Person> {
    const person = new Person(this.synapse.url, await this.synapse.registerUser(`${name}-${randomBytes(4).toString('hex')}`));
    await this.ada.invite(this.roomId, person.userId);
    await person.join(this.roomId);
    return person;
  }

  /** Says something that must be answered once. Resolves to its event id. */
  async say(
    text: string,
    options: { readonly from?: Person; readonly threadId?: string; readonly replyTo?: string } = {},
  ): Promise<string> {
    const { from = this.ada, ...where } = options;
    const command = await from.say(this.roomId, text, where);
    this.commands.push(command);
    return command;
  }

  /** Starts the program and waits until it listens to the homeserver. */
  async start(environment: Environment = {}): Promise<Program> {
    const program = this.launch(environment);
    await program.says(/Matrix: connected\./).catch((error: unknown) => {
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

  /** What became of every command so far, as far as Ada's client knows. */
  verdicts(): readonly Verdict[] {
    return judge(this.#watched.events, this.bot.userId, this.commands);
  }

  /** Waits until every command, or these, have their end and their pictures. */
  async answered(commands: readonly string[] = this.commands, withinMs = patienceMs): Promise<void> {
    const deadline = performance.now() + withinMs;
    let known = -1;
    let open: readonly Verdict[] = [];
    for (;;) {
      const { events } = this.#watched;
      if (events.length !== known) {
        known = events.length;
        open = judge(events, this.bot.userId, commands).filter(({ isLost }) => isLost);
        if (open.length === 0) return;
      }
      if (!this.program.isRunning)
        throw new Error(`The program ended while ${open.length} commands waited:\n${this.program.stderr.slice(-3000)}`);
      if (performance.now() > deadline) {
        throw new Error(
          `${open.length} of ${commands.length} commands have no end after ${withinMs / 1000} s:\n` +
            `${open.map((verdict) => this.#described(verdict)).join('\n')}\n${this.program.stderr.slice(-3000)}`,
        );
      }
      await delay(60);
    }
  }

  /**
   * The end of a row: waits for every answer, stops the program as a service manager does, and looks whether its store
   * holds anything that it would still send; if so, it is started again. Then counts what the room holds by the
   * server's own account. Rejects where the bot said something that nobody asked for.
   */
  async reckon(runs: number): Promise<Counts> {
    for (let attempt = 1; ; attempt += 1) {
      if (!this.program.isRunning) await this.start();
      await this.answered();
      await this.program.stop();
      if (this.isAtRest()) break;
      if (attempt === 5) throw new Error('The program is answering still, although every command has its answer.');
      await this.start();
      await delay(500 * attempt);
    }
    const events = await this.ada.events(this.roomId);
    const verdicts = judge(events, this.bot.userId, this.commands);
    const counts = tally(verdicts, runs);
    this.#expectNothingElse(events);
    for (const verdict of verdicts) if (verdict.isLost || verdict.isDoubled) process.stderr.write(`${this.#described(verdict)}\n`);
    return counts;
  }

  /** Whatever is wrong in the room and is not a matter of one command. */
  #expectNothingElse(events: readonly RawEvent[]): void {
    const wrong = [
      ...strays(events, this.bot.userId, new Set([...this.commands, ...this.others])).map((said) => `nobody asked for: ${said}`),
      ...unevenJobs(events, this.bot.userId).map((job) => `job ${job} has not exactly one end, one acknowledgement and each picture once`),
      ...unedited(events, this.bot.userId).map((job) => `the acknowledgement of job ${job} still stands as it was, and the job has ended`),
    ];
    if (wrong.length > 0) throw new Error(`The room holds what it should not:\n${wrong.slice(0, 10).join('\n')}`);
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

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#proxy?.[Symbol.asyncDispose]();
    await this.workplace[Symbol.asyncDispose]();
    const watched = this.#watched[Symbol.asyncDispose]();
    // Her client waits for news, and this is some.
    await this.ada.say(this.roomId, '.').catch(() => {});
    await watched;
  }

  #described({ command, ends, pictures, acknowledgements }: Verdict): string {
    const said = this.#watched.events.find(({ event_id }) => event_id === command)?.content['body'];
    const came = [...pictures].map(([name, times]) => `${name} ×${times}`).join(', ');
    return `«${String(said)}»: ${acknowledgements} acknowledgements, pictures: ${came || 'none'}, ends: ${ends.join(' | ') || 'none'}`;
  }
}
