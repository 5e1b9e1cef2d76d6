import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Bot } from '#src/app/bot.ts';
import type { PictureChecks } from '#src/app/check-picture.ts';
import { defaultPrefixes } from '#core/command.ts';
import { AppError } from '#core/errors.ts';
import type { Meter } from '#core/operations-port.ts';
import type { PromptLists } from '#core/prompt-judgement.ts';
import { limits as defaultLimits, type Limits } from '#core/limits.ts';
import type {
  Attachment,
  ChatPlatform,
  Delivery,
  EngineStatus,
  GeneratedPicture,
  ImageEngine,
  ModelCatalogue,
  PictureFinisher,
  PictureRequest,
  PictureStudio,
  Pixels,
} from '#core/ports.ts';
import type { Marking } from '#core/marks-port.ts';
import type { Size } from '#core/options.ts';
import { toPlainText } from '#core/rich-text.ts';
import { drawnSize } from '#core/upscale.ts';
import type { JobRecord } from '#core/job-store-port.ts';
import { eventId, roomId, userId, type EventId, type PlatformName, type RoomId, type UserId } from '#core/types.ts';
import type { EnlargeFactor, ModelInfo } from '#core/model-info.ts';
import type { IncomingEvent } from '#core/incoming.ts';
import { SharpStudio } from '#src/finish/sharp-studio.ts';
import { zipFiles } from '#src/finish/zip.ts';
import { styleFiles } from '#src/styles/style-files.ts';
import { SharpFinisher } from '#src/finish/sharp-finisher.ts';
import { FileImageStore } from '#src/store/images-files.ts';
import { SqliteStore } from '#src/store/sqlite.ts';
import { readStylesFile } from '#src/styles-file.ts';
import { seedStyles } from '#src/app/seed-styles.ts';
import { plainMarking } from './plain-marking.ts';
import { privacyParts } from './privacy-parts.ts';
import { TestClock } from './test-clock.ts';

const shippedFolder = join(import.meta.dirname, '../../config');

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

const testUpscaler: NonNullable<ModelCatalogue['upscaler']> = {
  name: 'squares',
  title: 'Squares',
  licence: 'MIT',
  domain: 'illustrations',
  factors: [2, 4],
};

/** The first is the active one. */
export const catalogueOf = (models: readonly ModelInfo[]): ModelCatalogue => ({
  list: () => models,
  get: (name) => models.find((model) => model.name === name),
  active: models[0]?.name ?? '',
  upscaler: testUpscaler,
});

/** Colours a square by its seed; a test decides when a step goes on and what goes wrong. */
export class ScriptedEngine implements ImageEngine {
  readonly made: PictureRequest[] = [];
  readonly enlarged: { readonly widthPx: number; readonly factor: EnlargeFactor }[] = [];
  /** The pixels of a square; a test may change how the model draws. */
  paint: (request: PictureRequest) => number = ({ seed }) => seed % 251;
  provider = 'cpu';
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
    return { state: this.state, provider: this.provider, attempts: [] };
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
    if (request.upscale === undefined) return this.#picture(drawnSize(request), request, timings);
    if (notUpscaled !== undefined) return { ...this.#picture(drawnSize(request), request, timings), notUpscaled };
    await this.#step(signal);
    onStep(request.steps + 1, request.steps + 1);
    return this.#picture(request, request, { ...timings, upscaleMs: 5, totalMs: 16 });
  }

  #picture({ widthPx, heightPx }: Size, request: PictureRequest, timings: GeneratedPicture['timings']): GeneratedPicture {
    const pixels = new Uint8Array(widthPx * heightPx * 3).fill(this.paint(request));
    return { pixels, widthPx, heightPx, seed: request.seed, timings, provider: this.provider };
  }

  /** Nothing is smoothed: every pixel becomes a square. */
  async enlarge(
    { pixels, widthPx, heightPx }: Pixels,
    factor: EnlargeFactor,
    { signal, onStep }: Parameters<ImageEngine['enlarge']>[2],
  ): ReturnType<ImageEngine['enlarge']> {
    this.enlarged.push({ widthPx, factor });
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

export type Post = { readonly id: EventId; readonly delivery: Delivery; text: string; edits: number };

/** Remembers what a room would show; a test may let sending fail. */
export class RecordingPlatform implements ChatPlatform {
  readonly name: PlatformName;
  editIntervalMs = 0;
  readonly posts: Post[] = [];
  readonly byTransaction = new Map<string, EventId>();
  admins: readonly string[] = [];
  onSend: (delivery: Delivery) => void | Promise<void> = () => {};

  constructor(name: PlatformName = 'room') {
    this.name = name;
  }

  async start(): Promise<void> {}
  async close(): Promise<void> {}
  async isAdmin(_room: RoomId, user: UserId): Promise<boolean> {
    return this.admins.includes(user);
  }

  /** Files of people, by the message that carries them. */
  readonly files = new Map<EventId, Attachment>();

  /** Waited for before a file is handed out. */
  onAttachment: (signal: AbortSignal) => void | Promise<void> = () => {};

  async attachment(_room: RoomId, event: EventId, maxBytes: number, signal: AbortSignal): Promise<Attachment | undefined> {
    await this.onAttachment(signal);
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
        text: content.kind === 'text' ? toPlainText(content.text) : content.kind === 'reaction' ? '' : toPlainText(content.caption),
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

  /** Pictures of jobs, without sheets and previews. */
  get pictures(): Post[] {
    return this.posts.filter(({ delivery }) => delivery.event?.type === 'image');
  }

  get sheets(): Post[] {
    return this.posts.filter(({ delivery }) => delivery.event?.type === 'sheet');
  }

  get offered(): Post[] {
    return this.posts.filter(({ delivery }) => delivery.content.kind === 'file');
  }

  /** Codes of the refusals, in the order they came. */
  get refusals(): string[] {
    return this.posts.flatMap(({ delivery }) => (delivery.event?.type === 'error' ? [delivery.event.code ?? ''] : []));
  }
}

type Said = {
  readonly from?: string;
  readonly replyTo?: EventId;
  readonly threadId?: EventId;
  readonly room?: string;
  readonly isDirect?: boolean;
  readonly isAdmin?: boolean;
  /** Where it is not the chat of everybody. */
  readonly on?: PlatformName;
  /** A file that the message carries. */
  readonly file?: Attachment;
};

export type WorldOptions = {
  /** Ids of those who may do everything everywhere. */
  readonly admins?: readonly string[];
  /** The styles that come with the program. */
  readonly styles?: boolean;
  /** Of the clock and of every timer; real time where it is left out. */
  readonly clock?: TestClock;
  readonly previews?: boolean;
  /** What is looked at before pictures are posted. */
  readonly checks?: PictureChecks;
  readonly promptLists?: PromptLists;
  readonly meter?: Meter;
  /** Without keys where it is left out. */
  readonly marking?: Marking;
  /** How long rooms keep what is theirs: for ever where it is left out. */
  readonly privacyParts?: Partial<typeof privacyParts>;
  readonly finisher?: PictureFinisher;
  readonly studio?: PictureStudio;
  /** The chat that everybody talks in; the local room where it is left out. */
  readonly platform?: PlatformName;
  /** Further ones of the same bot. */
  readonly beside?: readonly PlatformName[];
};

/** The use cases on the real store, finisher and files, with a scripted engine and room. */
export class World implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'blitzbild-app-'));
  readonly engine = new ScriptedEngine();
  readonly platform: RecordingPlatform;
  readonly #beside: readonly RecordingPlatform[];
  readonly limits: Limits;
  readonly models: ModelCatalogue;
  store: SqliteStore;
  images!: FileImageStore;
  bot!: Bot;
  /** Short hash of the model's files. */
  modelHash = 'abc123';
  /** Errors and warnings of the program. */
  readonly logged: string[] = [];
  readonly errors: unknown[] = [];
  readonly #options: WorldOptions;
  #events = 0;

  private constructor(limits: Partial<Limits>, models: readonly ModelInfo[], options: WorldOptions) {
    this.limits = { ...defaultLimits, ...limits };
    this.#options = options;
    this.models = catalogueOf(models);
    this.platform = new RecordingPlatform(options.platform);
    this.#beside = (options.beside ?? []).map((name) => new RecordingPlatform(name));
    this.store = new SqliteStore(join(this.folder, 'test.sqlite'));
  }

  static async open(limits: Partial<Limits> = {}, models: readonly ModelInfo[] = [testModel], options: WorldOptions = {}): Promise<World> {
    const world = new World(limits, models, options);
    if (options.styles === true) seedStyles(world.store.styles, readStylesFile([shippedFolder], world.limits), world.now());
    await world.startBot();
    return world;
  }

  async startBot(): Promise<void> {
    this.images = await FileImageStore.open({ folder: join(this.folder, 'images'), maxBytes: 1e9 });
    const note = (fields: object, sentence: string): void => {
      this.logged.push(sentence);
      if ('err' in fields) this.errors.push(fields.err);
    };
    const { clock, previews = false, admins = [], marking = plainMarking, checks, promptLists, meter } = this.#options;
    const { finisher = new SharpFinisher(), studio = new SharpStudio() } = this.#options;
    this.bot = new Bot({
      store: this.store,
      images: this.images,
      engine: this.engine,
      models: this.models,
      finisher,
      studio,
      styleFiles,
      zip: zipFiles,
      admins,
      timeZone: 'Europe/Berlin',
      platforms: [this.platform, ...this.#beside],
      prefixes: defaultPrefixes,
      limits: this.limits,
      fingerprint: (model) => (model === testModel.name ? this.modelHash : `hash of ${model}`),
      voice: { language: 'en', prefix: '!img' },
      log: { debug: () => {}, info: () => {}, warn: note, error: note },
      now: () => this.now(),
      random: Math.random,
      previews,
      checks,
      promptLists,
      ...(meter === undefined ? {} : { meter }),
      ...marking,
      ...privacyParts,
      ...this.#options.privacyParts,
      ...(clock === undefined ? {} : { timers: clock }),
    });
    this.store.onAccepted = () => this.bot.wake();
    this.store.onQueued = (platform) => this.bot.deliver(platform);
    this.bot.start();
  }

  now(): number {
    return this.#options.clock?.now() ?? Date.now();
  }

  /** As a process that ends and another that begins on the same files. */
  async restart(meanwhile: () => void = () => {}): Promise<void> {
    await this.bot.close();
    this.reopenStore();
    meanwhile();
    await this.startBot();
  }

  reopenStore(): void {
    this.store.close();
    this.store = new SqliteStore(join(this.folder, 'test.sqlite'));
  }

  say(
    text: string,
    { from = '@ada:room', room = '!room', replyTo, threadId, isDirect = false, isAdmin = false, on = this.platform.name, file }: Said = {},
  ): EventId {
    const id = eventId(`$person-${(this.#events += 1)}`);
    if (file !== undefined) this.chat(on).files.set(id, file);
    this.accept({
      kind: 'message',
      platform: on,
      roomId: roomId(room),
      eventId: id,
      sender: userId(from),
      text,
      isAdmin,
      isDirect,
      receivedAtMs: this.now(),
      ...(file === undefined ? {} : { attachment: { name: file.name } }),
      ...(replyTo === undefined ? {} : { replyTo }),
      ...(threadId === undefined ? {} : { threadId }),
    });
    return id;
  }

  react(emoji: string, target: EventId, from = '@ada:room', room = '!room'): EventId {
    const id = eventId(`$person-${(this.#events += 1)}`);
    this.accept({
      kind: 'reaction',
      platform: this.platform.name,
      roomId: roomId(room),
      eventId: id,
      sender: userId(from),
      target,
      emoji,
      isAdmin: false,
      receivedAtMs: this.now(),
    });
    return id;
  }

  redact(target: EventId, from = '@ada:room'): void {
    const id = eventId(`$person-${(this.#events += 1)}`);
    this.accept({
      kind: 'redaction',
      platform: this.platform.name,
      roomId: roomId('!room'),
      eventId: id,
      sender: userId(from),
      target,
      receivedAtMs: this.now(),
    });
  }

  /** What somebody says, once everything that comes of it is done. */
  async asks(text: string, said: Said = {}): Promise<EventId> {
    const id = this.say(text, said);
    await this.settled();
    return id;
  }

  chat(name: PlatformName): RecordingPlatform {
    const found = [this.platform, ...this.#beside].find((platform) => platform.name === name);
    if (found === undefined) throw new Error(`this bot is not on ${name}`);
    return found;
  }

  /** The job of a command. */
  jobOf(command: EventId): JobRecord {
    const job = this.store.jobs.ofCommand(this.platform.name, command);
    if (job === undefined) throw new Error('this command made no job');
    return job;
  }

  /** The newest words of the bot, edits included. */
  get lastText(): string {
    return this.platform.texts.at(-1) ?? '';
  }

  accept(event: IncomingEvent): void {
    this.store.inbox(event.platform).accept([event]);
  }

  /** Where everybody talks who does not say otherwise. */
  readonly roomId = roomId('!room');

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
