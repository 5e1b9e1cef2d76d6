import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Bot } from '#src/app/bot.ts';
import { defaultPrefixes } from '#core/command.ts';
import { AppError } from '#core/errors.ts';
import { limits as defaultLimits, type Limits } from '#core/limits.ts';
import type { Attachment, ChatPlatform, Delivery, EngineStatus, GeneratedPicture, ImageEngine, ModelCatalogue, PictureRequest, Pixels } from '#core/ports.ts';
import type { Size } from '#core/options.ts';
import { toPlainText } from '#core/rich-text.ts';
import { drawnSize } from '#core/upscale.ts';
import { eventId, roomId, userId, type EnlargeFactor, type EventId, type IncomingEvent, type ModelInfo, type RoomId, type UserId } from '#core/types.ts';
import { SharpStudio } from '#src/finish/sharp-studio.ts';
import { zipFiles } from '#src/finish/zip.ts';
import { styleFiles } from '#src/styles/style-files.ts';
import { SharpFinisher } from '#src/finish/sharp-finisher.ts';
import { FileImageStore } from '#src/store/images-files.ts';
import { SqliteStore } from '#src/store/sqlite.ts';

export const testModel: ModelInfo = {
  name: 'tiny',
  title: 'Tiny',
  licence: 'MIT',
  sizes: { kind: 'fixed', list: [[16, 16]] },
  fast: { widthPx: 16, heightPx: 16, steps: 4, guidanceScale: 2 },
  high: { widthPx: 64, heightPx: 64, upscale: 4, steps: 8, guidanceScale: 2 },
  enlargedBy: [2, 4],
  maxSteps: 50,
  guidance: true,
  examples: { en: ['a red fox'], de: ['ein roter Fuchs'] },
};

/** The first is the active one. */
const catalogueOf = (models: readonly ModelInfo[]): ModelCatalogue => ({
  list: () => models,
  get: (name) => models.find((model) => model.name === name),
  active: models[0]?.name ?? '',
});

/** Colours a square by its seed; a test decides when a step goes on and what goes wrong. */
export class ScriptedEngine implements ImageEngine {
  readonly made: PictureRequest[] = [];
  /** Waited for in every step. */
  gate: Promise<void> = Promise.resolve();
  /** Called with the number of the picture that begins, from 1. */
  onBegin: (picture: number) => void = () => {};
  /** Thrown instead of the next pictures, one each. */
  failures: Error[] = [];
  state: EngineStatus['state'] = 'ready';
  /** Why nothing can be enlarged. */
  notUpscaled: string | undefined;

  status(): EngineStatus {
    return { state: this.state, provider: 'cpu', attempts: [] };
  }

  async generate(request: PictureRequest, { signal, onStep }: Parameters<ImageEngine['generate']>[1]): Promise<GeneratedPicture> {
    this.made.push(request);
    this.onBegin(this.made.length);
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
    for (let step = 1; step <= request.steps; step++) {
      await this.#step(signal);
      onStep(step, request.steps + (request.upscale === undefined || this.notUpscaled !== undefined ? 0 : 1));
    }
    const timings = { textMs: 1, denoiseMs: 8, decodeMs: 2, totalMs: 11, sessionRunMs: 10 };
    const { notUpscaled } = this;
    if (request.upscale === undefined) return picture(drawnSize(request), request.seed, timings);
    if (notUpscaled !== undefined) return { ...picture(drawnSize(request), request.seed, timings), notUpscaled };
    await this.#step(signal);
    onStep(request.steps + 1, request.steps + 1);
    return picture(request, request.seed, { ...timings, upscaleMs: 5, totalMs: 16 });
  }

  /** Nothing is smoothed: every pixel becomes a square. */
  async enlarge(
    { pixels, widthPx, heightPx }: Pixels,
    factor: EnlargeFactor,
    { signal, onStep }: Parameters<ImageEngine['enlarge']>[2],
  ): ReturnType<ImageEngine['enlarge']> {
    await this.#step(signal);
    onStep(1, 1);
    const [width, height] = [widthPx * factor, heightPx * factor];
    const larger = new Uint8Array(width * height * 3);
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const from = (Math.floor(y / factor) * widthPx + Math.floor(x / factor)) * 3;
        larger.set(pixels.subarray(from, from + 3), (y * width + x) * 3);
      }
    return { pixels: larger, widthPx: width, heightPx: height, upscaleMs: 5, provider: 'cpu' };
  }

  async #step(signal: AbortSignal): Promise<void> {
    await Promise.race([this.gate, new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))]);
    if (signal.aborted) throw new AppError('cancelled');
  }

  async close(): Promise<void> {}
}

const picture = ({ widthPx, heightPx }: Size, seed: number, timings: GeneratedPicture['timings']): GeneratedPicture => ({
  pixels: new Uint8Array(widthPx * heightPx * 3).fill(seed % 251),
  widthPx,
  heightPx,
  seed,
  timings,
  provider: 'cpu',
});

export type Post = { readonly id: EventId; readonly delivery: Delivery; text: string; edits: number };

/** Remembers what a room would show; a test may let sending fail. */
export class RecordingPlatform implements ChatPlatform {
  readonly name = 'room';
  editIntervalMs = 0;
  readonly posts: Post[] = [];
  readonly byTransaction = new Map<string, EventId>();
  admins: readonly string[] = [];
  onSend: (delivery: Delivery) => void | Promise<void> = () => {};

  async start(): Promise<void> {}
  async close(): Promise<void> {}
  async isAdmin(_room: RoomId, user: UserId): Promise<boolean> {
    return this.admins.includes(user);
  }

  /** Files of people, by the message that carries them. */
  readonly files = new Map<EventId, Attachment>();

  async attachment(_room: RoomId, event: EventId, maxBytes: number): Promise<Attachment | undefined> {
    const file = this.files.get(event);
    if (file !== undefined && file.bytes.byteLength > maxBytes) throw new AppError('attachment_too_large', { maxMb: maxBytes / 1e6 });
    return file;
  }

  async send(delivery: Delivery): Promise<EventId> {
    await this.onSend(delivery);
    const known = this.byTransaction.get(delivery.transactionId);
    if (known !== undefined) return known;
    const { content } = delivery;
    const id = eventId(`$bot-${this.byTransaction.size}`);
    this.byTransaction.set(delivery.transactionId, id);
    if (content.kind === 'edit') {
      const post = this.posts.find((candidate) => candidate.id === content.target);
      if (post === undefined) throw new Error('edited a message that is not there');
      post.text = toPlainText(content.text);
      post.edits++;
    } else {
      this.posts.push({
        id,
        delivery,
        text: content.kind === 'text' ? toPlainText(content.text) : content.kind === 'image' ? toPlainText(content.caption) : '',
        edits: 0,
      });
    }
    return id;
  }

  get texts(): string[] {
    return this.posts.filter(({ delivery }) => delivery.content.kind === 'text').map(({ text }) => text);
  }

  get images(): Post[] {
    return this.posts.filter(({ delivery }) => delivery.content.kind === 'image');
  }
}

type Said = {
  readonly from?: string;
  readonly replyTo?: EventId;
  readonly threadId?: EventId;
  readonly room?: string;
  readonly isDirect?: boolean;
  readonly isAdmin?: boolean;
};

/** The use cases on the real store, finisher and files, with a scripted engine and room. */
export class World implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'blitzbild-app-'));
  readonly engine = new ScriptedEngine();
  readonly platform = new RecordingPlatform();
  readonly limits: Limits;
  readonly models: ModelCatalogue;
  store: SqliteStore;
  bot!: Bot;
  #events = 0;

  private constructor(limits: Partial<Limits>, models: readonly ModelInfo[]) {
    this.limits = { ...defaultLimits, ...limits };
    this.models = catalogueOf(models);
    this.store = new SqliteStore(join(this.folder, 'test.sqlite'));
  }

  static async open(limits: Partial<Limits> = {}, models: readonly ModelInfo[] = [testModel]): Promise<World> {
    const world = new World(limits, models);
    await world.startBot();
    return world;
  }

  async startBot(): Promise<void> {
    const images = await FileImageStore.open({ folder: join(this.folder, 'images'), maxBytes: 1e9 });
    const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
    this.bot = new Bot({
      store: this.store,
      images,
      engine: this.engine,
      models: this.models,
      finisher: new SharpFinisher(),
      studio: new SharpStudio(),
      styleFiles,
      zip: zipFiles,
      admins: [],
      timeZone: 'Europe/Berlin',
      platforms: [this.platform],
      prefixes: defaultPrefixes,
      limits: this.limits,
      fingerprint: () => 'abc123',
      voice: { language: 'en', prefix: '!img' },
      log: silent,
      now: Date.now,
      random: Math.random,
    });
    this.store.onAccepted = () => this.bot.wake();
    this.store.onQueued = (platform) => this.bot.deliver(platform);
    this.bot.start();
  }

  /** As a process that ends and another that begins on the same files. */
  async restart(): Promise<void> {
    await this.bot.close();
    this.reopenStore();
    await this.startBot();
  }

  reopenStore(): void {
    this.store.close();
    this.store = new SqliteStore(join(this.folder, 'test.sqlite'));
  }

  say(text: string, { from = '@ada:room', room = '!room', replyTo, threadId, isDirect = false, isAdmin = false }: Said = {}): EventId {
    const id = eventId(`$person-${(this.#events += 1)}`);
    this.accept({
      kind: 'message',
      platform: 'room',
      roomId: roomId(room),
      eventId: id,
      sender: userId(from),
      text,
      isAdmin,
      isDirect,
      receivedAtMs: Date.now(),
      ...(replyTo === undefined ? {} : { replyTo }),
      ...(threadId === undefined ? {} : { threadId }),
    });
    return id;
  }

  react(emoji: string, target: EventId, from = '@ada:room'): void {
    const id = eventId(`$person-${(this.#events += 1)}`);
    this.accept({
      kind: 'reaction',
      platform: 'room',
      roomId: roomId('!room'),
      eventId: id,
      sender: userId(from),
      target,
      emoji,
      isAdmin: false,
      receivedAtMs: Date.now(),
    });
  }

  redact(target: EventId, from = '@ada:room'): void {
    const id = eventId(`$person-${(this.#events += 1)}`);
    this.accept({
      kind: 'redaction',
      platform: 'room',
      roomId: roomId('!room'),
      eventId: id,
      sender: userId(from),
      target,
      receivedAtMs: Date.now(),
    });
  }

  accept(event: IncomingEvent): void {
    this.store.inbox('room').accept([event]);
  }

  /** Until nothing is left to do. */
  async settled(): Promise<void> {
    await this.bot.idle();
  }

  async until(condition: () => boolean, what: string): Promise<void> {
    const deadline = Date.now() + 5000;
    while (!condition()) {
      if (Date.now() > deadline) throw new Error(`waited in vain for: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.engine.gate = Promise.resolve();
    await this.bot.close();
    this.store.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
