import { AppError, DeliveryError } from '#core/errors.ts';
import type { Content, Delivery, ImageStore, PlatformMemory } from '#core/ports.ts';
import { paragraph } from '#core/rich-text.ts';
import { eventId, roomId } from '#core/types.ts';
import type { Buttons } from '#src/chat/mattermost/buttons.ts';
import { ServerClient } from '#src/chat/mattermost/client.ts';
import { EditTurns } from '#src/chat/mattermost/edit-turns.ts';
import { Sender } from '#src/chat/mattermost/sender.ts';

import { ImagesInTest, LogInTest, MemoryInTest } from '../matrix/fakes.ts';
import { FakeMattermost } from './fake/fake.ts';
import type { Person, WirePost } from './fake/person.ts';
import type { Settings } from './fake/settings.ts';

/** A platform's memory on a disk that may be full. */
export class DiskInTest extends MemoryInTest {
  isFull = false;

  override set(key: string, value: string): void {
    if (this.isFull) throw new AppError('disk_full');
    super.set(key, value);
  }
}

type SenderAbout = {
  readonly memory?: PlatformMemory;
  readonly images?: ImageStore;
  readonly timeoutMs?: number;
  readonly queuedBeforeMs?: number;
  readonly buttons?: Buttons;
  readonly now?: () => number;
};

/** A channel with a person and the bot's sender in it, which may die and begin anew on the same memory. */
export class SenderInTest implements AsyncDisposable {
  readonly fake: FakeMattermost;
  readonly bot: ReturnType<FakeMattermost['createBot']>;
  readonly anna: Person;
  readonly teamId: string;
  readonly channelId: string;
  readonly memory = new DiskInTest();
  readonly images = new ImagesInTest();
  readonly log = new LogInTest();
  /** What is known to stand in the channel before anything is sent. */
  anchor: string | undefined;
  sender: Sender;
  readonly #closing = new AbortController();

  private constructor(fake: FakeMattermost, about: SenderAbout) {
    this.fake = fake;
    this.bot = fake.createBot('blitzbild');
    this.anna = fake.createUser('anna');
    this.teamId = fake.createTeam('design');
    this.channelId = fake.createChannel({ teamId: this.teamId, name: 'pictures', members: [this.anna, this.bot] });
    this.sender = this.another(about);
  }

  static async open(settings: Partial<Settings> = {}, about: SenderAbout = {}): Promise<SenderInTest> {
    const made = new SenderInTest(await FakeMattermost.start(settings), about);
    made.anchor = await made.anna.say(made.channelId, 'draw me something');
    // Later than the anchor, also for a clock of milliseconds.
    made.fake.clock.pass(5);
    return made;
  }

  /** As a new process would have it, which knows what is in the memory. */
  another({ timeoutMs = 5000, queuedBeforeMs = 0, memory, images, buttons, now = Date.now }: SenderAbout = {}): Sender {
    const { signal } = this.#closing;
    const client = new ServerClient({
      serverUrl: this.fake.url,
      accessToken: this.bot.token,
      signal,
      timeoutMs,
      maxAnswerBytes: 1e7,
    });
    return new Sender({
      client,
      ownUserId: this.bot.userId,
      images: images ?? this.images,
      memory: memory ?? this.memory,
      channels: { newestPost: () => this.anchor },
      now,
      queuedBeforeMs,
      turns: new EditTurns(),
      log: this.log,
      ...(buttons === undefined ? {} : { buttons }),
    });
  }

  delivery(content: Content, more: Partial<Delivery> = {}): Delivery {
    return { transactionId: 'k7f3-1', queuedAtMs: Date.now(), roomId: roomId(this.channelId), content, ...more };
  }

  async image(altText = 'AI-generated picture: a red fox'): Promise<Content & { readonly kind: 'image' }> {
    const image = await this.images.store(Buffer.from('png'), Buffer.from('jpeg'), { widthPx: 8, heightPx: 8 });
    return { kind: 'image', image, fileName: 'k7f3-A1.png', altText, caption: [paragraph('a red fox')] };
  }

  async file(name = 'styles.csv', bytes = Buffer.from('a,b')): Promise<Content & { readonly kind: 'file' }> {
    const key = await this.images.put(bytes, 'csv');
    return { kind: 'file', file: { key, name, bytes: bytes.length, mimeType: 'text/csv' }, caption: [paragraph('all styles')] };
  }

  /** The bot's posts as people have them on screen, oldest first. */
  async posts(): Promise<readonly WirePost[]> {
    return (await this.anna.history(this.channelId)).filter(({ user_id: id, type }) => id === this.bot.userId && type === '');
  }

  /** As the outbox does it: again after a failure whose outcome is unknown, such as that of a connection which ended while nobody looked. */
  async sendAgain(delivery: Delivery): Promise<string> {
    for (let left = 3; ; left -= 1) {
      try {
        return await this.sender.send(delivery);
      } catch (error) {
        if (left === 0 || !(error instanceof DeliveryError) || error.failure !== 'uncertain') throw error;
      }
    }
  }

  /** How often that was asked. */
  asked(method: string, path: string): number {
    return this.fake.seen.filter((request) => request.method === method && request.path === `/api/v4${path}`).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.fake[Symbol.asyncDispose]();
  }
}

export const text = (words: string): Content & { readonly kind: 'text' } => ({ kind: 'text', text: [paragraph(words)] });
export const edit = (target: string, words: string): Content => ({ kind: 'edit', target: eventId(target), text: [paragraph(words)] });
export const reaction = (target: string, emoji: string): Content => ({ kind: 'reaction', target: eventId(target), emoji });

/** How a delivery failed; fails itself where it did not. */
export async function failure(sent: Promise<unknown>): Promise<DeliveryError> {
  try {
    await sent;
  } catch (error) {
    if (error instanceof DeliveryError) return error;
    throw error;
  }
  throw new Error('it was delivered');
}
