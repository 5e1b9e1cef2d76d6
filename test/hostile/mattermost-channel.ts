/** The use cases on the real store and the real platform, in a channel of the server that stands for Mattermost. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Bot } from '#src/app/bot.ts';
import { MattermostPlatform } from '#src/chat/mattermost/mattermost-platform.ts';
import { defaultPrefixes } from '#core/command.ts';
import { limits, type Limits } from '#core/limits.ts';
import { SharpFinisher } from '#src/finish/sharp-finisher.ts';
import { SharpStudio } from '#src/finish/sharp-studio.ts';
import { zipFiles } from '#src/finish/zip.ts';
import { FileImageStore } from '#src/store/images-files.ts';
import { SqliteStore } from '#src/store/sqlite.ts';
import { styleFiles } from '#src/styles/style-files.ts';
import { plainMarking } from '../app/plain-marking.ts';
import { privacyParts } from '../app/privacy-parts.ts';
import { catalogueOf, ScriptedEngine, testModel } from '../app/world.ts';
import { LogInTest } from '../chat/matrix/fakes.ts';
import { FakeMattermost } from '../chat/mattermost/fake/fake.ts';
import type { Person, WirePost } from '../chat/mattermost/fake/person.ts';

export class MattermostChannel implements AsyncDisposable {
  readonly fake: FakeMattermost;
  /** The account of the bot. */
  readonly account: { readonly userId: string; readonly token: string };
  readonly teamId: string;
  readonly id: string;
  readonly ada: Person;
  readonly engine = new ScriptedEngine();
  readonly log = new LogInTest();
  readonly #folder = mkdtempSync(join(tmpdir(), 'blitzbild-mattermost-'));
  readonly #store = new SqliteStore(join(this.#folder, 'test.sqlite'));
  #bot!: Bot;
  #platform!: MattermostPlatform;

  private constructor(fake: FakeMattermost) {
    this.fake = fake;
    this.account = fake.createBot('blitzbild');
    this.ada = fake.createUser('ada');
    this.teamId = fake.createTeam('red');
    this.id = fake.createChannel({ teamId: this.teamId, name: 'pictures', members: [this.ada, this.account] });
  }

  static async open(changed: Partial<Limits> = {}): Promise<MattermostChannel> {
    const channel = new MattermostChannel(await FakeMattermost.start());
    await channel.#start({ ...limits, ...changed });
    return channel;
  }

  async #start(allowed: Limits): Promise<void> {
    const [store, log, now] = [this.#store, { debug: () => {}, ...logOf(this.log) }, Date.now];
    const images = await FileImageStore.open({ folder: join(this.#folder, 'images'), maxBytes: 1e9 });
    this.#platform = new MattermostPlatform({
      serverUrl: this.fake.url,
      accessToken: this.account.token,
      allowed: { teams: [], channels: [] },
      memory: store.memory('mattermost'),
      images,
      log: this.log,
      random: () => 0,
    });
    this.#bot = new Bot({
      store,
      images,
      engine: this.engine,
      models: catalogueOf([testModel]),
      finisher: new SharpFinisher(),
      studio: new SharpStudio(),
      styleFiles,
      zip: zipFiles,
      ...plainMarking,
      ...privacyParts,
      admins: [],
      timeZone: 'Europe/Berlin',
      platforms: [this.#platform],
      prefixes: defaultPrefixes,
      limits: allowed,
      fingerprint: () => 'abc123',
      voice: { language: 'en', prefix: '!img' },
      log,
      now,
      random: Math.random,
    });
    store.onAccepted = () => this.#bot.wake();
    store.onQueued = (platform) => this.#bot.deliver(platform);
    this.#bot.start();
    await this.#platform.start(store.inbox('mattermost'));
  }

  /** Everything that the bot said in a channel, oldest first. */
  async said(channelId = this.id): Promise<readonly WirePost[]> {
    const history = await this.fake.owner.history(channelId);
    return history.filter(({ user_id: author }) => author === this.account.userId);
  }

  /** What the bot said in the thread of a post. */
  async answersTo(postId: string, channelId = this.id): Promise<readonly WirePost[]> {
    return (await this.said(channelId)).filter(({ root_id: root }) => root === postId);
  }

  /** Until the bot has answered this post, and has nothing left to do. */
  async answered(postId: string, channelId = this.id): Promise<readonly WirePost[]> {
    const endMs = Date.now() + 30_000;
    while ((await this.answersTo(postId, channelId)).length === 0) {
      assert.ok(Date.now() < endMs, `no answer; the log: ${this.log.text()}`);
      await delay(25);
    }
    await this.#bot.idle();
    return this.answersTo(postId, channelId);
  }

  /** Whatever was said before in the channel has been carried out by now: events of one channel keep their order. */
  async caughtUp(channelId = this.id): Promise<void> {
    await this.answered(await this.ada.say(channelId, '!img queue'), channelId);
  }

  async settled(): Promise<void> {
    await this.#bot.idle();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#bot.close();
    await this.#platform.close();
    this.#store.close();
    await this.fake[Symbol.asyncDispose]();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const logOf = (log: LogInTest): Pick<LogInTest, 'info' | 'warn' | 'error'> => ({
  info: (facts, message) => log.info(facts, message),
  warn: (facts, message) => log.warn(facts, message),
  error: (facts, message) => log.error(facts, message),
});
