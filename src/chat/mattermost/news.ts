import type { Inbox, PlatformMemory } from '#core/ports.ts';

import { CatchUp } from './catch-up.ts';
import type { Channels } from './channels.ts';
import type { ServerClient } from './client.ts';
import { Condition } from './condition.ts';
import { EventStream } from './event-stream.ts';
import type { Activity, Health } from '../common/health.ts';
import { Incoming } from './incoming.ts';
import { Lanes } from './lanes.ts';
import { Lookout } from './lookout.ts';
import { reason, type Log } from '../common/log.ts';
import type { People } from './people.ts';
import { Roster } from './roster.ts';
import { ServerError } from './server-error.ts';
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
  readonly lookout: Lookout;
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
  #parts: Parts | undefined;
  #starting: PromiseWithResolvers<void> | undefined;
  #isConnected = false;
  #wasConnected = false;
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
      await parts.lookout.look();
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
    this.#sweeping = setInterval(() => parts.lookout.soon(), this.#options.sweepMs ?? 5 * 60_000);
    // What happened while the channels were looked at.
    if (this.#isReconnected) this.#connected();
    else if (parts.lookout.isDue) parts.lookout.soon();
  }

  /** Resolves when nothing is under way any more, after the signal. */
  async stopped(): Promise<void> {
    await this.#parts?.lookout.stopped();
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
      onRefused: () => lookout.soon(),
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
    const lookout = new Lookout({
      ...this.#options,
      roster: this.#roster,
      lanes,
      condition: this.#condition,
      signal,
      isStarting: () => this.#starting !== undefined,
      onLooked: () => this.#looked(lanes),
      onUnauthorised: () => token.refused(),
    });
    return { stream, catchUp, lanes, lookout, token, signal };
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
    // Nothing that comes now is taken in before what was missed.
    this.#parts?.lanes.hold();
    this.#parts?.lookout.reconnected();
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

  /** What was missed is read, and then what happens. */
  #looked(lanes: Lanes): void {
    const { log } = this.#options;
    if (this.#condition.has('connection') && this.#isConnected && !this.#starting)
      log.info({ failures: this.#condition.failures }, 'Events of Mattermost flow again');
    this.#condition.over('token', 'channels');
    if (this.#isConnected) this.#condition.over('connection');
    this.#condition.stepped();
    lanes.release();
  }

  // ---------------------------------------------------------------- events

  #tell(news: ReturnType<typeof told>): void {
    if (news === undefined || this.#parts === undefined) return;
    const { catchUp, lanes, lookout } = this.#parts;
    if (news.kind === 'look') return lookout.soon(news.channelId);
    if (this.#roster.isIgnored(news.channelId)) return;
    if (news.kind === 'gone') return lanes.vanish(news.channelId, news.why, news.by);
    const lane = lanes.of(news.channelId);
    if (!this.#roster.isThere(news.channelId)) {
      lane.hold();
      lookout.soon(news.channelId);
    }
    switch (news.kind) {
      case 'post':
        return lane.push(async () => catchUp.take(news.channelId, [news.post], true));
      case 'reaction':
        return lane.push(async () => catchUp.takeReaction(news.channelId, news.reaction, true));
      case 'reaction-taken-back':
        return lane.push(() => catchUp.takeBack(news.channelId, news.reaction));
      case 'deletion':
        lane.push(() => catchUp.takeDeletion(news.channelId, news.post, news.by));
        // With the first post of a thread go its answers, of which the server tells nothing.
        if (news.post.rootId === undefined && this.#roster.isThere(news.channelId)) lane.fallBehind();
    }
  }
}
