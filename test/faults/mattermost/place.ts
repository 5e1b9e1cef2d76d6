/** A program on a Mattermost, to be broken: a team of its own with Ada, who administers it, and a channel with the bot in it. */
import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { FakeMattermost } from '../../chat/mattermost/fake/fake.ts';
import type { Person } from '../../chat/mattermost/fake/person.ts';
import { defaultSettings } from '../../chat/mattermost/fake/settings.ts';
import { until, Workplace, type Program } from '../../e2e/program/program.ts';
import type { RawEvent } from '../../e2e/synapse/person.ts';
import { compileCache, lifted, Ordeal, type Environment } from '../ordeal.ts';
import type { Counts } from '../row.ts';
import { asEvents } from './history.ts';
import { keptPosts, wrongPosts } from './kept-posts.ts';

export type PlaceOptions = {
  readonly server?: Parameters<typeof FakeMattermost.start>[0];
  /** Of this machine, from the beginning on. */
  readonly serverAheadMs?: number;
  /** The program's clock can be set, by `setBotClock`. */
  readonly hasOwnClock?: boolean;
};

/** Beside the program's settings. */
const clockFile = 'ahead';
const ownClock: Environment = { NODE_OPTIONS: `--import=${join(import.meta.dirname, 'moved-clock.mjs')}`, TEST_CLOCK_FILE: clockFile };

type Parts = Pick<MattermostPlace, 'server' | 'ada' | 'bot' | 'teamId' | 'workplace'>;
/** A place that is free, with its program that runs. */
type Free = Parts & { readonly program: Program; readonly token: string };

let free: Free[] | undefined;

/** From now on a place is lent to one row after the other, each in a channel of its own, where its row does not want a special one. */
export const sharePlaces = (): void => void (free ??= []);

export async function endSharedPlaces(): Promise<void> {
  const places = free ?? [];
  free = undefined;
  for (const { workplace, server } of places) {
    await workplace[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  }
}

export class MattermostPlace extends Ordeal {
  readonly server: FakeMattermost;
  /** Administers the team. */
  readonly ada: Person;
  readonly bot: { readonly userId: string; readonly token: string };
  readonly teamId: string;
  readonly channelId: string;
  /** With which the program is started. */
  token: string;
  readonly #parts: Parts;
  readonly #isLent: boolean;
  readonly #seenBefore: number;
  #isReckoned = false;
  /** How many sockets the bot had opened when one was last broken. */
  #socketsBefore = 0;
  #known: { readonly key: string; readonly events: readonly RawEvent[] } | undefined;

  private constructor(parts: Parts, running?: Pick<Free, 'program' | 'token'>, isLent = false) {
    super({ workplace: parts.workplace, botId: parts.bot.userId, connected: /Mattermost: connected\./ });
    ({ server: this.server, ada: this.ada, bot: this.bot, teamId: this.teamId } = parts);
    this.#parts = parts;
    this.#isLent = isLent;
    this.staysRunning = isLent;
    this.token = running?.token ?? parts.bot.token;
    this.#seenBefore = parts.server.seen.length;
    this.channelId = this.secondChannel('pictures');
    if (running !== undefined) this.takeOver(running.program);
  }

  /** The program runs, is connected and in the channel. */
  static async open(options: PlaceOptions = {}): Promise<MattermostPlace> {
    const isLent = free !== undefined && Object.keys(options).length === 0;
    const known = isLent ? free?.pop() : undefined;
    if (known !== undefined) {
      healed(known);
      return new MattermostPlace(known, known, true);
    }
    const server = await FakeMattermost.start(options.server);
    server.clock.offsetMs = options.serverAheadMs ?? 0;
    const [bot, ada, teamId] = [server.createBot('blitzbild'), server.createUser('ada'), server.createTeam('team')];
    server.addToTeam(teamId, bot);
    server.addToTeam(teamId, ada, { isAdmin: true });
    const workplace = await Workplace.open(
      { styles: { previews: false }, limits: lifted, room: { enabled: false } },
      {
        MATTERMOST_URL: server.url,
        NODE_COMPILE_CACHE: compileCache,
        ...(options.hasOwnClock === true ? ownClock : {}),
      },
    );
    const place = new MattermostPlace({ server, ada, bot, teamId, workplace }, undefined, isLent);
    try {
      if (options.hasOwnClock === true) await place.setBotClock(0);
      await place.start();
    } catch (error) {
      await place[Symbol.asyncDispose]();
      throw error;
    }
    return place;
  }

  override launch(environment: Environment = {}): Program {
    return super.launch({ MATTERMOST_TOKEN: this.token, ...environment });
  }

  override async reckon(runs: number): Promise<Counts> {
    const counts = await super.reckon(runs);
    this.#isReckoned = true;
    return counts;
  }

  // ---------------------------------------------------------------- what people see

  get events(): readonly RawEvent[] {
    return this.eventsOf(this.channelId);
  }

  async history(): Promise<readonly RawEvent[]> {
    return Promise.resolve(this.events);
  }

  /** What a channel holds, by the server's own account. */
  eventsOf(channelId: string): readonly RawEvent[] {
    const { posts } = this.server.world;
    const key = [channelId, posts.size, [...posts.values()].filter((post) => post.delete_at > 0).length].join(' ');
    // Every edit is a row more, every deletion one that is deleted.
    if (this.#known?.key !== key) this.#known = { key, events: asEvents(keptPosts(this.server, channelId, this.bot.userId)) };
    return this.#known.events;
  }

  protected override otherwiseWrong(): readonly string[] {
    return wrongPosts(this.server, this.bot.userId);
  }

  /** Another channel with Ada and the bot in it. */
  secondChannel(name: string): string {
    const { server, teamId, bot, ada } = this;
    return server.createChannel({ teamId, name: `${name}-${server.world.channels.size}`, members: [bot], admins: [ada] });
  }

  /** Says something that must be answered once. Resolves with its post's id. */
  async say(text: string, more: { readonly rootId?: string } = {}): Promise<string> {
    const command = await this.ada.say(this.channelId, text, more);
    this.commands.push(command);
    return command;
  }

  /** Says something that is none of the bot's business. */
  async chat(text: string): Promise<string> {
    return this.ada.say(this.channelId, text);
  }

  /** What was asked of the server in this row. */
  get requests(): FakeMattermost['seen'] {
    return this.server.seen.slice(this.#seenBefore);
  }

  // ---------------------------------------------------------------- what is broken

  /** Every socket ends. */
  drop(how: Parameters<FakeMattermost['dropSockets']>[0] = {}): void {
    this.#socketsBefore = this.#sockets;
    this.server.dropSockets(how);
  }

  /** Nothing goes through the sockets any more, which stay open. */
  stall(): void {
    this.#socketsBefore = this.#sockets;
    this.server.stallSockets();
  }

  /** The next events do not arrive. With `isKept`, the server has them still when the bot comes back. */
  swallow(count: number, options: { readonly isKept: boolean }): void {
    this.#socketsBefore = this.#sockets;
    this.server.loseEvents(count, options);
  }

  /** Resolves when the bot has opened another socket since one was broken; `meanwhile` is done until then, again and again. */
  async reconnected(meanwhile: () => Promise<unknown> = async () => delay(0)): Promise<void> {
    await until('the bot opens another socket', async () => {
      if (this.#sockets > this.#socketsBefore && this.server.hub.sockets.length > 0) return true;
      await meanwhile();
      return undefined;
    });
  }

  /** Each event comes twice, a random one again much later, and some only when others have overtaken them. */
  scramble(random: () => number): void {
    const later = (ms: number, deliver: () => void): void => void setTimeout(deliver, ms).unref();
    this.server.interceptEvents((event, deliver) => {
      const isLate = random() < 0.3;
      if (isLate) later(random() * 1200, () => deliver(event));
      else deliver(event);
      if (random() < 0.5) deliver(event);
      else later(random() * 400, () => deliver(event));
      if (random() < 0.2) later(1000 + random() * 4000, () => deliver(event));
    });
  }

  /** The program's clock is so far ahead of the machine's from now on. */
  async setBotClock(aheadMs: number): Promise<void> {
    await writeFile(this.workplace.path(clockFile), String(aheadMs));
    // It looks every now and then.
    await delay(60);
  }

  get #sockets(): number {
    return this.server.seen.filter(({ status }) => status === 101).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (free !== undefined && this.#isLent && this.#isReckoned && this.program.isRunning) {
      free.push({ ...this.#parts, program: this.program, token: this.token });
      return;
    }
    await this.workplace[Symbol.asyncDispose]();
    await this.server[Symbol.asyncDispose]();
  }
}

/** As it was in the beginning, but for what was said. */
function healed({ server, bot }: Parts): void {
  server.heal();
  Object.assign(server.settings, defaultSettings);
  server.clock.frozenAtMs = undefined;
  server.newConnectionIds = false;
  server.interceptEvents((event, deliver) => deliver(event));
  server.loseEvents(0);
  server.dropFileIds(0);
  server.allowAgain(bot);
}
