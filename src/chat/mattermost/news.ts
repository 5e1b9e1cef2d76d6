import type { Inbox, PlatformMemory } from '#core/ports.ts';

import { backoffMs, pause } from '../common/backoff.ts';
import { CatchUp } from './catch-up.ts';
import type { Channels } from './channels.ts';
import type { ServerClient } from './client.ts';
import { Condition } from './condition.ts';
import { EventStream } from './event-stream.ts';
import type { Activity, Health } from '../common/health.ts';
import { Incoming } from './incoming.ts';
import { Lanes } from './lanes.ts';
import { reason, type Log } from '../common/log.ts';
import type { People } from './people.ts';
import { Roster } from './roster.ts';
import { isUnauthorised, ServerError } from './server-error.ts';
import { SignedCommands } from './signed-command.ts';
import { told } from './told.ts';
import { TokenWatch } from './token-watch.ts';

export type NewsOptions = {
  readonly client: ServerClient;
  readonly ownUserId: string;
  readonly inbox: Inbox;
  readonly memory: PlatformMemory;
  readonly channels: Channels;
  readonly people: Pick<People, 'isBot' | 'isAdmin'>;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** 0 … 1, for the pauses after failures. */
  readonly random: () => number;
  readonly now: () => number;
  /** Shortest pause before a lost connection is made anew. */
  readonly reconnectMs?: number;
  /** Between two questions whether the connection lives; ten times as long where absent. */
  readonly pingMs?: number;
  /** Time for a connection to be made and accepted. */
  readonly helloMs?: number;
  /** Between two looks at the list of channels, for what no event has told. */
  readonly sweepMs?: number;
  /** Between two tries while the token is not valid. */
  readonly unauthorisedMs?: number;
};

/** What lasts from one successful `start` to the end. */
type Parts = {
  readonly stream: EventStream;
  readonly catchUp: CatchUp;
  readonly lanes: Lanes;
  readonly token: TokenWatch;
  readonly signal: AbortSignal;
};

/**
 * What happens in the bot's channels → the inbox, each thing once and in order. Events tell it at once; what they leave out, at the start
 * and whenever they may have been interrupted, is read from the channels themselves.
 */
export class News {
  readonly #options: NewsOptions;
  readonly #condition = new Condition();
  /** Of channels that an event has named and the list may not have yet. */
  readonly #wanted = new Set<string>();
  #parts: Parts | undefined;
  #starting: PromiseWithResolvers<void> | undefined;
  #wantsLook = false;
  #looking: Promise<void> | undefined;
  #isConnected = false;
  #wasConnected = false;
  /** How often it was made anew. */
  #connections = 0;
  /** Another connection was made while the first look was under way. */
  #isReconnected = false;
  #sweeping: NodeJS.Timeout | undefined;

  readonly #roster: Roster;

  constructor(options: NewsOptions) {
    this.#options = options;
    this.#roster = new Roster(options);
  }

  /**
   * Resolves when events flow and every channel was looked at. Rejects with a `ServerError` where the server can't be reached, does not
   * take the token, or sends no events; then it may be called again.
   */
  async start(): Promise<void> {
    if (this.#parts) throw new TypeError('the news were started already');
    const ending = new AbortController();
    const signal = AbortSignal.any([this.#options.signal, ending.signal]);
    const parts = this.#assemble(signal);
    this.#parts = parts;
    signal.addEventListener('abort', () => this.#end(parts), { once: true });
    try {
      this.#starting = Promise.withResolvers();
      this.#wasConnected = false;
      this.#isReconnected = false;
      parts.stream.start();
      await this.#starting.promise;
      await this.#look();
      await parts.lanes.looked();
      signal.throwIfAborted();
    } catch (error) {
      ending.abort();
      this.#parts = undefined;
      if (this.#options.signal.aborted) throw new ServerError('the bot is stopping');
      throw error;
    } finally {
      this.#starting = undefined;
    }
    this.#sweeping = setInterval(() => this.#lookSoon(), this.#options.sweepMs ?? 5 * 60_000);
    // What happened while the channels were looked at.
    if (this.#isReconnected) this.#connected();
    else if (this.#wantsLook) this.#lookSoon();
  }

  /** Resolves when nothing is under way any more, after the signal. */
  async stopped(): Promise<void> {
    await this.#looking;
    await this.#parts?.lanes.stopped();
  }

  health(): Health {
    return this.#condition.health();
  }

  activity(): Activity {
    return this.#condition.activity();
  }

  get #isRunning(): boolean {
    return this.#parts?.signal.aborted === false;
  }

  #assemble(signal: AbortSignal): Parts {
    const { client, ownUserId, inbox, memory, channels, people, now } = this.#options;
    const { reconnectMs = 3000, pingMs = reconnectMs * 10, helloMs = 10_000 } = this.#options;
    const commands = new SignedCommands(memory, now);
    const incoming = new Incoming({ client, ownUserId, people, kindOf: (id) => channels.kindOf(id), now, commands });
    const onStored = (): void => {
      this.#condition.stepped();
      this.#condition.over('inbox');
    };
    const catchUp = new CatchUp({ client, ownUserId, inbox, memory, channels, incoming, signal, onStored });
    const stream = new EventStream({
      client,
      reconnectMs,
      pingMs,
      helloMs,
      onConnected: () => this.#connected(),
      onEvent: (event) => this.#tell(told(event, ownUserId)),
      onAlive: () => this.#condition.stepped(),
      onLost: () => this.#lost(),
      onDoubt: () => (this.#starting ? undefined : void token.doubted()),
      onBroken: (error) => this.#options.log.error({ reason: reason(error) }, 'What Mattermost sent as an event could not be read'),
    });
    const lanes = new Lanes({
      ...this.#options,
      catchUp,
      roster: this.#roster,
      condition: this.#condition,
      signal,
      onUnauthorised: () => {
        if (!this.#starting) token.refused();
      },
      onRefused: () => this.#lookSoon(),
    });
    const token = new TokenWatch({
      ...this.#options,
      condition: this.#condition,
      signal,
      onRefused: () => {
        stream.stop();
        lanes.hold();
      },
      onTaken: () => stream.start(),
    });
    return { stream, catchUp, lanes, token, signal };
  }

  #end({ stream }: Parts): void {
    stream.stop();
    clearInterval(this.#sweeping);
    this.#starting?.reject(new ServerError('the bot is stopping'));
  }

  // ---------------------------------------------------------------- the connection

  #connected(): void {
    if (this.#starting) {
      this.#isReconnected = this.#wasConnected;
      this.#wasConnected = true;
      this.#isConnected = true;
      return this.#starting.resolve();
    }
    this.#isConnected = true;
    this.#connections += 1;
    // Nothing that comes now is taken in before what was missed.
    this.#parts?.lanes.hold();
    this.#lookSoon();
  }

  #lost(): void {
    if (!this.#isRunning) return;
    this.#condition.failed();
    this.#isConnected = false;
    const starting = this.#starting;
    if (starting) return void this.#parts?.token.whyNot().then((error) => starting.reject(error));
    if (!this.#condition.has('connection')) this.#options.log.warn({}, 'The connection for events of Mattermost was lost; it is made anew');
    this.#condition.set('connection', 'the connection for events was lost; it is made anew');
  }

  // ---------------------------------------------------------------- channels

  #lookSoon(): void {
    this.#wantsLook = true;
    if (this.#starting) return;
    this.#looking ??= this.#keepLooking().finally(() => (this.#looking = undefined));
  }

  async #keepLooking(): Promise<void> {
    const { log, random } = this.#options;
    for (let failures = 0; this.#wantsLook && this.#isRunning;) {
      try {
        await this.#look();
        failures = 0;
      } catch (error) {
        if (!this.#isRunning) return;
        failures += 1;
        this.#condition.failed();
        this.#wantsLook = true;
        if (isUnauthorised(error)) return this.#parts?.token.refused();
        this.#condition.set('channels', reason(error));
        if (failures % 10 === 1) log.warn({ failures, reason: reason(error) }, 'The channels of Mattermost could not be listed');
        await pause(backoffMs(failures, error, random), this.#options.signal);
      }
    }
  }

  /** Learns which channels there are, and lets those be read that may have something new. */
  async #look(): Promise<void> {
    this.#wantsLook = false;
    const connections = this.#connections;
    const wanted = [...this.#wanted];
    const { present, gone } = await this.#roster.look(wanted);
    if (!this.#isRunning) return;
    const changed = this.#roster.enter(present);
    for (const facts of present) this.#parts?.lanes.provide(facts, changed.has(facts.id));
    for (const [id, why] of gone) this.#parts?.lanes.vanish(id, why, undefined);
    for (const id of wanted) this.#wanted.delete(id);
    // Connected anew while this was asked: it is asked again, for the lanes are held because of what was missed since.
    if (connections === this.#connections || this.#starting) this.#released();
  }

  #released(): void {
    const { log } = this.#options;
    if (this.#condition.has('connection') && this.#isConnected && !this.#starting)
      log.info({ failures: this.#condition.failures }, 'Events of Mattermost flow again');
    this.#condition.over('token', 'channels');
    if (this.#isConnected) this.#condition.over('connection');
    this.#condition.stepped();
    this.#parts?.lanes.release();
  }

  // ---------------------------------------------------------------- events

  #tell(news: ReturnType<typeof told>): void {
    if (news === undefined || this.#parts === undefined) return;
    const { catchUp, lanes } = this.#parts;
    const id = news.channelId;
    if (news.kind === 'look') {
      if (id !== undefined) this.#wanted.add(id);
      return this.#lookSoon();
    }
    if (this.#roster.isIgnored(news.channelId)) return;
    if (news.kind === 'gone') return lanes.vanish(news.channelId, news.why, news.by);
    const lane = lanes.of(news.channelId);
    if (!this.#roster.isThere(news.channelId)) {
      lane.hold();
      this.#wanted.add(news.channelId);
      this.#lookSoon();
    }
    switch (news.kind) {
      case 'post':
        return lane.push(async () => catchUp.take(news.channelId, [news.post], true));
      case 'reaction':
        return lane.push(async () => catchUp.takeReaction(news.channelId, news.reaction, true));
      case 'reaction-taken-back':
        return lane.push(() => catchUp.takeBack(news.channelId, news.reaction));
      case 'deletion':
        return lane.push(() => catchUp.takeDeletion(news.channelId, news.post, news.by));
    }
  }
}
