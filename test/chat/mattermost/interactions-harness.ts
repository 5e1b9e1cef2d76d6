import { setTimeout as delay } from 'node:timers/promises';

import { defaultPrefixes } from '#core/command.ts';
import type { Inbox } from '#core/ports.ts';
import { roomId, type Language } from '#core/types.ts';
import type { IncomingReaction } from '#core/incoming.ts';
import { ServerClient } from '#src/chat/mattermost/client.ts';
import { EditTurns } from '#src/chat/mattermost/edit-turns.ts';
import { Interactions, type InteractionsOptions } from '#src/chat/mattermost/interactions.ts';
import { People } from '#src/chat/mattermost/people.ts';
import { SqliteStore } from '#src/store/sqlite.ts';

import { freePort } from '../../free-port.ts';
import { LogInTest } from '../matrix/fakes.ts';
import { FakeMattermost } from './fake/fake.ts';
import type { Person, WirePost } from './fake/person.ts';

type ActionSet = { readonly actions: readonly { readonly id: string; readonly name: string; readonly integration: unknown }[] };

/** A server, a channel with two people and the bot, a real store, and the address that the server calls. */
export class InteractionsInTest implements AsyncDisposable {
  readonly fake: FakeMattermost;
  readonly store = new SqliteStore(':memory:');
  readonly log = new LogInTest();
  readonly teamId: string;
  readonly channelId: string;
  readonly ada: Person;
  readonly bea: Person;
  readonly bot: Person;
  readonly url: string;
  language: Language = 'en';
  /** Questions and jobs that are over. */
  readonly closed = new Set<string>();
  /** Of which the bot does not know yet that it has posted them. */
  readonly unheard = new Set<string>();
  /** Channels in which the bot does not work. */
  readonly refused = new Set<string>();
  /** Of all who edit the bot's posts. */
  readonly turns = new EditTurns();
  nowMs = 1_800_000_000_000;
  /** What stands between a press and the disk. */
  inbox: Inbox;
  interactions: Interactions;
  readonly #port: number;
  #commandTokens: readonly string[] = [];
  #ending = new AbortController();

  private constructor(fake: FakeMattermost, port: number) {
    this.fake = fake;
    this.#port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.ada = fake.createUser('ada');
    this.bea = fake.createUser('bea');
    this.bot = fake.asPerson(fake.createBot('blitzbild'));
    this.teamId = fake.createTeam('team');
    this.channelId = fake.createChannel({ teamId: this.teamId, name: 'pictures', members: [this.ada, this.bea, this.bot] });
    this.inbox = this.store.inbox('mattermost');
    this.interactions = this.#make();
  }

  /** @param trigger of a slash command that the team has */
  static async start(trigger?: string): Promise<InteractionsInTest> {
    const made = new InteractionsInTest(await FakeMattermost.start(), await freePort());
    if (trigger !== undefined) made.#commandTokens = [made.fake.addCommand(made.teamId, trigger, `${made.url}/command`).token];
    made.interactions = made.#make();
    await made.#listen();
    return made;
  }

  /** As after the end of its process. */
  async restart(): Promise<void> {
    await this.end();
    this.#ending = new AbortController();
    this.interactions = this.#make();
    await this.#listen();
  }

  /** Resolves with a post as the bot's sender makes it. */
  async say(type: 'ack' | 'image' | 'ask', transactionId: string, message = 'hello'): Promise<string> {
    const attachments = this.interactions.buttons.attachmentsFor({
      transactionId,
      roomId: roomId(this.channelId),
      content: { kind: 'text', text: [] },
      event: { type },
    });
    return this.bot.say(this.channelId, message, { props: { blitzbild: { delivery: transactionId }, unsafe_links: 'true', attachments } });
  }

  /** All presses that were stored and not handled. */
  get stored(): readonly IncomingReaction[] {
    return this.store.unhandled().flatMap(({ event }) => (event.kind === 'reaction' ? [event] : []));
  }

  /** What only people saw, in order. */
  get said(): readonly string[] {
    return this.fake.ephemeral.map(({ text }) => text);
  }

  /** The buttons of a post with all that only the server knows of them. */
  actions(postId: string): ActionSet['actions'] {
    const sets = (this.fake.stored(postId).props['attachments'] ?? []) as readonly ActionSet[];
    return sets.flatMap(({ actions }) => actions);
  }

  /** What the server would send for a press of this button. */
  call(postId: string, actionId: string, presser: Person = this.ada): Record<string, unknown> & { context: Record<string, unknown> } {
    const integration = this.actions(postId).find(({ id }) => id === actionId)?.integration as { context: Record<string, unknown> };
    return { user_id: presser.userId, channel_id: this.channelId, post_id: postId, context: { ...integration.context } };
  }

  /** Calls the bot as the server would, or somebody who pretends to be it. */
  async post(body: unknown, path = '/buttons'): Promise<{ readonly status: number; readonly ephemeral_text?: string }> {
    const response = await fetch(`${this.url}${path}`, { method: 'POST', body: JSON.stringify(body), headers: { Connection: 'close' } });
    const text = await response.text();
    return { status: response.status, ...(text === '' ? {} : (JSON.parse(text) as object)) };
  }

  /** Resolves when the post has other buttons than these. */
  async renewed(postId: string, before: string): Promise<WirePost> {
    for (let tries = 0; tries < 100; tries += 1) {
      if (this.fingerprint(postId) !== before) return this.bot.post(postId);
      await delay(50);
    }
    throw new Error('the buttons stayed as they were');
  }

  fingerprint(postId: string): string {
    return JSON.stringify(this.actions(postId));
  }

  async end(): Promise<void> {
    this.#ending.abort();
    await this.interactions.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
    await this.fake[Symbol.asyncDispose]();
    this.store.close();
  }

  #make(): Interactions {
    const options: InteractionsOptions = {
      callback: { url: this.url, host: '127.0.0.1', port: this.#port, commandTokens: this.#commandTokens },
      memory: this.store.memory('mattermost'),
      languageOf: () => this.language,
      prefixes: defaultPrefixes,
      isOpen: (message) => !this.closed.has(message),
      isKnown: (message) => !this.unheard.has(message),
      log: this.log,
      now: () => this.nowMs,
      random: () => 0,
    };
    return new Interactions(options);
  }

  async #listen(): Promise<void> {
    const { signal } = this.#ending;
    const client = new ServerClient({
      serverUrl: this.fake.url,
      accessToken: this.bot.token,
      signal,
      timeoutMs: 5000,
      maxAnswerBytes: 1024 * 1024,
    });
    await this.interactions.listen({
      client,
      own: { userId: this.bot.userId, userName: this.bot.username },
      turns: this.turns,
      inbox: { accept: (...stored) => this.inbox.accept(...stored), cursor: () => undefined },
      people: new People({ client }),
      serves: (channelId) => !this.refused.has(channelId),
      signal,
    });
  }
}
