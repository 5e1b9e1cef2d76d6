import { setImmediate } from 'node:timers/promises';
import { Bot } from '#src/app/bot.ts';
import { defaultPrefixes } from '#core/command.ts';
import { AppError, DeliveryError } from '#core/errors.ts';
import { armFailpoints, type FailpointName } from '#core/failpoints.ts';
import { limits } from '#core/limits.ts';
import type { ChatPlatform, Delivery, ImageStore, PictureFinisher } from '#core/ports.ts';
import { imageKey, type EventId } from '#core/types.ts';
import type { IncomingEvent } from '#core/incoming.ts';
import { SharpStudio } from '#src/finish/sharp-studio.ts';
import { zipFiles } from '#src/finish/zip.ts';
import { SqliteStore } from '#src/store/sqlite.ts';
import { styleFiles } from '#src/styles/style-files.ts';
import { plainMarking } from '../../app/plain-marking.ts';
import { privacyParts } from '../../app/privacy-parts.ts';
import { catalogueOf, ScriptedEngine, testModel } from '../../app/world.ts';
import type { ModelRoom } from './model-room.ts';

export type Surroundings = {
  readonly storePath: string;
  readonly room: ModelRoom;
  /** What people did, in the server's order. */
  readonly timeline: readonly IncomingEvent[];
  readonly files: Map<string, Uint8Array>;
  readonly now: () => number;
  readonly random: () => number;
};

/** One life of the program: the real use cases on the real store. After `crash` nothing of it reaches the store or the room. */
export class ModelProcess {
  readonly engine = new ScriptedEngine();
  readonly store: SqliteStore;
  readonly #around: Surroundings;
  readonly #bot: Bot;
  #isDead = false;
  #ending: Promise<void> | undefined;

  constructor(around: Surroundings) {
    this.#around = around;
    this.store = new SqliteStore(around.storePath);
    const { store } = this;
    this.#bot = new Bot({
      store,
      images: imagesIn(around.files),
      engine: this.engine,
      models: catalogueOf([testModel]),
      finisher,
      studio: new SharpStudio(),
      styleFiles,
      zip: zipFiles,
      ...plainMarking,
      ...privacyParts,
      admins: [],
      timeZone: 'UTC',
      platforms: [this.#platform()],
      prefixes: defaultPrefixes,
      limits,
      fingerprint: () => 'abc123',
      voice: { language: 'en', prefix: '!img' },
      log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
      now: around.now,
      random: around.random,
    });
    store.onAccepted = () => this.#bot.wake();
    store.onQueued = (platform) => this.#bot.deliver(platform);
    this.#bot.start();
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** As a sync does it: what was not stored is fetched again, and now and then more than that. */
  sync(repeated = 0): void {
    if (this.#isDead) return;
    const { timeline } = this.#around;
    const inbox = this.store.inbox('matrix');
    const since = Math.max(0, Number(inbox.cursor() ?? 0) - repeated);
    try {
      inbox.accept(timeline.slice(since), String(timeline.length));
    } catch (error) {
      if (!this.#isDead) throw error;
    }
  }

  /** Dies when it is next at this point. */
  dieAt(name: FailpointName): void {
    armFailpoints((reached) => {
      if (reached !== name) return;
      this.crash();
      throw new Error('the process is dead');
    });
  }

  get isAtRest(): boolean {
    const { store } = this;
    return !this.#isDead && store.unhandled().length === 0 && store.jobs.open().length === 0 && store.outbox.pendingCount('matrix') === 0;
  }

  /** As SIGKILL: what is in the store stays, nothing else happens. */
  crash(): void {
    if (this.#isDead) return;
    this.#isDead = true;
    armFailpoints(undefined);
    this.store.close();
    // Its parts are still in memory, and find that they can do nothing any more.
    this.#ending = this.#bot.close().catch(() => {});
  }

  /** As SIGTERM. */
  async stop(): Promise<void> {
    if (this.#isDead) return;
    armFailpoints(undefined);
    await this.#bot.close();
    // It may be killed while it ends.
    if (this.#isDead) return;
    this.#isDead = true;
    this.store.close();
  }

  async ended(): Promise<void> {
    await this.#ending;
  }

  #platform(): ChatPlatform {
    const dead = (): never => {
      throw new DeliveryError('uncertain', 'the process is dead');
    };
    return {
      name: 'matrix',
      editIntervalMs: 1000,
      seedsReactions: true,
      start: async () => {},
      close: async () => {},
      attachment: async () => undefined,
      isAdmin: async () => false,
      send: async (delivery: Delivery): Promise<EventId> => {
        await setImmediate();
        if (this.#isDead) dead();
        const id = this.#around.room.send(delivery, () => this.crash());
        await setImmediate();
        return this.#isDead ? dead() : id;
      },
    };
  }
}

const imagesIn = (files: Map<string, Uint8Array>): ImageStore => ({
  put: async (bytes, extension) => {
    const key = imageKey(`${Buffer.from(bytes).toString('hex').padStart(64, '0').slice(-64)}.${extension}`);
    files.set(key, bytes);
    return key;
  },
  read: async (key) => {
    const bytes = files.get(key);
    if (bytes === undefined) throw new AppError('picture_gone');
    return bytes;
  },
  path: (key) => key,
});

/** What is done to pixels is tested elsewhere: a picture is its first pixel. */
const finisher: PictureFinisher = {
  finish: async ({ pixels, widthPx, heightPx }) => {
    await setImmediate();
    const bytes = pixels.slice(0, 1);
    return { png: bytes, thumbnail: { jpeg: bytes, widthPx, heightPx }, blurhash: '', encodeMs: 1, marks: [] };
  },
  watermarked: async (picture) => picture,
};
