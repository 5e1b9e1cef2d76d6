import { News, type NewsOptions } from '#src/chat/mattermost/news.ts';
import { Channels, type AllowList } from '#src/chat/mattermost/channels.ts';
import { ServerClient } from '#src/chat/mattermost/client.ts';
import { People } from '#src/chat/mattermost/people.ts';

import { RecordingInbox } from '../../contract/recording-inbox.ts';
import { LogInTest, MemoryInTest } from '../matrix/fakes.ts';
import { FakeMattermost } from './fake/fake.ts';
import type { Person } from './fake/person.ts';

type About = { readonly allowed?: AllowList; readonly allowDirect?: boolean; readonly options?: Partial<NewsOptions> };

/** A server with a team, a channel with a person and the bot in it, and the bot's news, which may be stopped and started. */
export class NewsInTest implements AsyncDisposable {
  readonly fake: FakeMattermost;
  readonly bot: ReturnType<FakeMattermost['createBot']>;
  readonly anna: Person;
  readonly teamId: string;
  readonly channelId: string;
  readonly inbox = new RecordingInbox();
  readonly memory = new MemoryInTest();
  readonly log = new LogInTest();
  #closing = new AbortController();
  #news: News | undefined;
  #channels: Channels | undefined;

  constructor(fake: FakeMattermost) {
    this.fake = fake;
    this.bot = fake.createBot('blitzbild');
    this.anna = fake.createUser('anna');
    this.teamId = fake.createTeam('design');
    this.channelId = fake.createChannel({ teamId: this.teamId, name: 'pictures', members: [this.anna, this.bot] });
  }

  static async make(): Promise<NewsInTest> {
    return new NewsInTest(await FakeMattermost.start());
  }

  static async started(about: About = {}): Promise<NewsInTest> {
    const made = await NewsInTest.make();
    await made.start(about);
    return made;
  }

  get news(): News {
    return this.#news!;
  }

  get channels(): Channels {
    return this.#channels!;
  }

  /** As a new process would begin: what is remembered is on the disk. */
  async start({ allowed = { teams: [], channels: [] }, allowDirect, options }: About = {}): Promise<void> {
    this.#closing = new AbortController();
    const { signal } = this.#closing;
    const client = new ServerClient({
      serverUrl: this.fake.url,
      accessToken: this.bot.token,
      signal,
      timeoutMs: 2000,
      maxAnswerBytes: 2 ** 24,
    });
    const ownUserId = this.bot.userId;
    const { memory, inbox, log } = this;
    this.#channels = new Channels({ client, ownUserId, memory, allowed, allowDirect });
    this.#news = new News({
      client,
      ownUserId,
      inbox,
      memory,
      channels: this.#channels,
      people: new People({ client }),
      log,
      signal,
      random: () => 0,
      now: Date.now,
      reconnectMs: 50,
      pingMs: 400,
      helloMs: 1500,
      unauthorisedMs: 200,
      ...options,
    });
    await this.#news.start();
  }

  async stop(): Promise<void> {
    this.#closing.abort();
    await this.#news?.stopped();
  }

  async restart(whileDown?: () => Promise<unknown> | void, about: About = {}): Promise<void> {
    await this.stop();
    await whileDown?.();
    await this.start(about);
  }

  /** Texts of all messages that came, in their order. */
  get texts(): readonly string[] {
    return this.inbox.events.flatMap((event) => (event.kind === 'message' ? [event.text] : []));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.fake[Symbol.asyncDispose]();
  }
}
