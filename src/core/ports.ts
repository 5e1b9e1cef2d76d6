/**
 * What the use cases need from the world. Each port has a contract suite under test/contract/ or its own tests, and
 * every implementation lives in the folder that owns its library.
 */
import type { MarkWishes, OptionalLayer } from '#core/marks-port.ts';
import type { RichText } from '#core/rich-text.ts';
import type { EnlargeFactor, ModelInfo, UpscalerInfo } from '#core/model-info.ts';
import type {
  Enhancement,
  EventId,
  FilterName,
  ImageKey,
  ImageRequest,
  JobId,
  JobTimings,
  PlatformName,
  RoomId,
  StageTimings,
  StoredImage,
  UserId,
} from '#core/types.ts';
import type { IncomingEvent } from '#core/incoming.ts';

// ---------------------------------------------------------------- chat

export type Content =
  | { readonly kind: 'text'; readonly text: RichText }
  /** Replaces the text of an own earlier message. */
  | { readonly kind: 'edit'; readonly target: EventId; readonly text: RichText }
  | { readonly kind: 'image'; readonly image: StoredImage; readonly fileName: string; readonly caption: RichText; readonly altText: string }
  | { readonly kind: 'file'; readonly file: StoredFile; readonly caption: RichText }
  | { readonly kind: 'reaction'; readonly target: EventId; readonly emoji: string };

/** A file that is no picture, such as a ZIP of pictures or exported styles. */
export type StoredFile = { readonly key: ImageKey; readonly name: string; readonly bytes: number; readonly mimeType: string };

export type Delivery = {
  /** The same id never makes two messages, however often it is sent. */
  readonly transactionId: string;
  /** No attempt to send it was made before this; absent for what is tried once only. */
  readonly queuedAtMs?: number;
  readonly roomId: RoomId;
  readonly threadId?: EventId;
  readonly replyTo?: EventId;
  /** For everybody in the room: where threads are folded away, it stands beside the one that it belongs to. */
  readonly isForRoom?: true;
  readonly content: Content;
  /** What the message reports about a job, for readers that are programs: the terminal's `--json`, the room's progress bar. */
  readonly event?: JobEventSummary;
};

export type JobEventSummary = {
  /** `ask` is a question that waits for 👍, `sheet` a picture with all pictures of a batch on it. */
  readonly type: 'ack' | 'progress' | 'image' | 'sheet' | 'text' | 'ask' | 'error' | 'done';
  readonly jobId?: JobId;
  /** Code of the problem, with type `error`. */
  readonly code?: string;
  /** Part of the job's steps that is done, 0 … 1, with type `ack` and `progress`. */
  readonly progress?: number;
  /** Of one picture with type `image`, of the whole job with type `done`. */
  readonly timings?: StageTimings | JobTimings;
};

export interface ChatPlatform {
  readonly name: PlatformName;
  /** Shortest polite time between two edits of one message. */
  readonly editIntervalMs: number;
  /** The bot may add reactions of its own as hints: nothing that matters has to wait for them. Absent: it may not. */
  readonly seedsReactions?: boolean;
  /** Resolves when events flow into the inbox; rejects with an explained error when the server can't be reached. */
  start(inbox: Inbox): Promise<void>;
  /** Resolves with the platform's id of the message; rejects with a `DeliveryError`. */
  send(delivery: Delivery): Promise<EventId>;
  /**
   * The file of a message in this room: the one it carries itself. `undefined` where it carries none. Rejects with
   * `attachment_too_large` as soon as more than `maxBytes` came, with `attachment_unavailable`, and with `attachment_unprotected` where
   * it came in the clear in an encrypted room.
   */
  attachment(roomId: RoomId, event: EventId, maxBytes: number, signal: AbortSignal): Promise<Attachment | undefined>;
  /**
   * Takes an own message, or another one where the bot may, out of the room, with its files where the server lets it; never rejects.
   * `keepsMedia`: its files are shown elsewhere as well, and stay.
   */
  remove?(roomId: RoomId, event: EventId, signal: AbortSignal, options?: { readonly keepsMedia?: boolean }): Promise<Removal>;
  /** Asked again when an admin's command is carried out. */
  isAdmin(roomId: RoomId, user: UserId): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * What became of a message that was to be removed. `gone`: nobody can read it any more. `hidden`: members don't see it, whoever runs the server
 * can. `missing`: it was not there any more. `failed`: the bot may not. `later`: it could not be done now, such as while the server is away.
 * `media`: the same for its files; absent where it had none.
 */
export type Removal = {
  readonly message: 'gone' | 'hidden' | 'missing' | 'failed' | 'later';
  /** With `later`: how long the server wants to be left alone. */
  readonly retryAfterMs?: number;
  readonly media?: 'gone' | 'kept' | 'failed';
};

export type Attachment = { readonly name: string; readonly mimeType?: string; readonly bytes: Uint8Array };

/** Where a platform puts what it received. */
export interface Inbox {
  /**
   * Stores the events and the new cursor in ONE transaction and returns once both are on disk. An event whose
   * (platform, eventId) is known already is dropped. What `along` tells the platform's memory is stored in the same
   * transaction, or not at all.
   */
  accept(events: readonly IncomingEvent[], cursor?: string, along?: () => void): void;
  /** The last cursor, such as a sync token; `undefined` on the first start. */
  cursor(): string | undefined;
}

/** Small durable facts of one platform, such as the MXC address of an uploaded picture. */
export interface PlatformMemory {
  get(key: string): string | undefined;
  set(key: string, value: string): void;
  delete(key: string): void;
  /** Keys that begin with `prefix`, and what stands there. */
  entries(prefix: string): readonly (readonly [key: string, value: string])[];
  /** Several changes as one: all of them, or none. */
  together(change: () => void): void;
}

/** The local room has no server of its own: its messages live here. */
export interface RoomHistory {
  /** Appends, or returns the existing event of this `transactionId`. */
  append(event: { readonly transactionId: string; readonly atMs: number; readonly body: unknown }): RoomEvent;
  /** Events after `sequence`, oldest first, at most `limit`. */
  after(sequence: number, limit: number): readonly RoomEvent[];
  /** The newest `limit` events, oldest first. */
  latest(limit: number): readonly RoomEvent[];
  get(eventId: EventId): RoomEvent | undefined;
  /** Replaces what an event holds, such as a deleted message's words; its place stays. */
  rewrite(eventId: EventId, body: unknown): void;
  /** The same, and nobody can tell any more who sent it: its transaction id goes, too. */
  erase(eventId: EventId, body: unknown): void;
}

export type RoomEvent = {
  readonly sequence: number;
  readonly eventId: EventId;
  readonly transactionId: string;
  readonly atMs: number;
  readonly body: unknown;
};

// ---------------------------------------------------------------- pictures

export type PictureRequest = Pick<
  ImageRequest,
  'prompt' | 'negativePrompt' | 'seed' | 'widthPx' | 'heightPx' | 'upscale' | 'steps' | 'guidanceScale' | 'model'
> & {
  /** The picture to start from, at the size that is drawn (before any enlarging). */
  readonly init?: Pixels & { readonly strength: number };
};

/** RGB, [heightPx, widthPx, 3] in 0 … 255. */
export type Pixels = { readonly pixels: Uint8Array; readonly widthPx: number; readonly heightPx: number };

export type GeneratedPicture = {
  /** RGB, [heightPx, widthPx, 3]. */
  readonly pixels: Uint8Array;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly seed: number;
  readonly timings: Omit<StageTimings, 'encodeMs'> & { readonly totalMs: number; readonly sessionRunMs: number };
  readonly provider: string;
  /** Words past the model's token limit, which were not used. */
  readonly droppedPrompt?: string;
  /** Why the picture has the size it was drawn at, though it was to be enlarged; one sentence for an operator. */
  readonly notUpscaled?: string;
};

export type ProviderAttempt = { readonly provider: string; readonly ok: boolean; readonly reason?: string };

export type EngineStatus = {
  readonly state: 'starting' | 'ready' | 'restarting' | 'failed' | 'closed';
  readonly provider?: string;
  readonly attempts: readonly ProviderAttempt[];
  readonly loadMs?: number;
  /** Why it failed, as an error code of `core/errors.ts`. */
  readonly failure?: string;
};

export interface ImageEngine {
  status(): EngineStatus;
  /**
   * One picture. Rejects with an `AppError`; `cancelled` within one step of `signal`, and after a grace period by
   * force. Calls must not overlap. The steps of `onStep` are the request's, and after them those of enlarging.
   */
  generate(
    request: PictureRequest,
    hooks: { readonly signal: AbortSignal; readonly onStep: (step: number, steps: number) => void },
  ): Promise<GeneratedPicture>;
  /**
   * A picture enlarged by the installed upscaler, tile by tile; `onStep` counts tiles. Rejects with an `AppError`: `upscaler_missing`,
   * `cancelled`, `size_unsupported`, … Calls must not overlap with each other or with `generate`.
   */
  enlarge(
    picture: Pixels,
    factor: EnlargeFactor,
    hooks: { readonly signal: AbortSignal; readonly onStep: (step: number, steps: number) => void },
  ): Promise<Pixels & { readonly upscaleMs: number; readonly provider: string }>;
  close(): Promise<void>;
}

/** The installed model folders. */
export interface ModelCatalogue {
  list(): readonly ModelInfo[];
  get(name: string): ModelInfo | undefined;
  /** The one used where a request names none. */
  readonly active: string;
  /** `fingerprint`: short hash of its files, once it is known. */
  readonly upscaler?: (UpscalerInfo & { readonly fingerprint?: string }) | undefined;
}

export type FinishedPicture = {
  readonly png: Uint8Array;
  readonly thumbnail: { readonly jpeg: Uint8Array; readonly widthPx: number; readonly heightPx: number };
  readonly blurhash: string;
  /** Marking included. */
  readonly encodeMs: number;
  /** The optional layers of origin that are in the files. */
  readonly marks: readonly OptionalLayer[];
  /** Payload of the watermark, 12 hexadecimal digits, where there is one. */
  readonly watermark?: string;
};

/** Pixels → the files that are stored and shown, marked as AI-generated. */
export interface PictureFinisher {
  /** `alpha`: [heightPx, widthPx], where the picture has transparency. */
  finish(picture: Pixels & { readonly alpha?: Uint8Array }, marks?: MarkWishes): Promise<FinishedPicture>;
  /** The pixels as they are in a file that has the watermark; as they are where there is no key. */
  watermarked(picture: Pixels): Promise<Pixels>;
}

/** Everything done to pixels outside of the engine. */
export interface PictureStudio {
  /**
   * A file somebody uploaded, or one of ours → pixels, upright, in sRGB; of an animation the first picture is NOT taken, it is refused.
   * Rejects with an `AppError`: `picture_unreadable`, `picture_too_large`, `picture_animated`. The header is read before the pixels are.
   */
  decode(file: Uint8Array, limits: { readonly maxPixels: number }): Promise<Pixels & { readonly alpha?: Uint8Array }>;
  /** Cut and scaled to fill exactly this size; transparent parts become white. */
  cover(picture: Pixels & { readonly alpha?: Uint8Array }, size: { readonly widthPx: number; readonly heightPx: number }): Promise<Pixels>;
  /** An exact filter; deterministic. */
  filter(picture: Pixels, name: FilterName): Promise<Pixels>;
  /** Contrast and sharpness decided from the picture's own histogram and gradient; a good picture is left nearly alone. */
  enhance(picture: Pixels): Promise<Pixels & { readonly enhancement: Enhancement }>;
  /** One channel, enlarged smoothly. */
  enlargeAlpha(
    alpha: Uint8Array,
    size: { readonly widthPx: number; readonly heightPx: number },
    factor: EnlargeFactor,
  ): Promise<Uint8Array>;
  /**
   * A file of ours as a JPEG of at most so many bytes; `undefined` where none is small enough. It keeps the watermark, is signed anew where
   * `marks` has the manifest, and tells no words.
   */
  smallerCopy(file: Uint8Array, maxBytes: number, marks?: readonly OptionalLayer[]): Promise<SmallerCopy | undefined>;
  /** Even tiles with a legend that stays legible at the width of a phone; RGB pixels, to be finished like a picture. */
  contactSheet(sheet: ContactSheet): Promise<Pixels>;
}

export type SmallerCopy = {
  readonly jpeg: Uint8Array;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly marks: readonly OptionalLayer[];
};

export type ContactSheet = {
  readonly title: string;
  /** One line under the tiles, such as the timings and the mark of origin. */
  readonly footer: string;
  readonly columns: number;
  readonly tiles: readonly {
    /** A PNG or its pixels: called once, when its place on the sheet is painted; it may take until the picture is made. `undefined`: it is not shown. */
    readonly read: () => Promise<Uint8Array | Pixels | undefined>;
    readonly widthPx: number;
    readonly heightPx: number;
    /** Such as `A1`. */
    readonly cell: string;
    /** Such as `seed 42`. */
    readonly note: string;
  }[];
  /** One per row of tiles where rows differ, such as the style; shown over the row. */
  readonly rowLabels?: readonly string[];
  /** Stands in place of a picture that is not shown. */
  readonly withheld?: string;
};

/** A file on its way into an archive. */
export type ZipEntry = { readonly name: string; readonly bytes: Uint8Array };

/** `bin` is a file of any other kind that somebody uploaded. */
export const fileExtensions = ['png', 'jpg', 'webp', 'gif', 'zip', 'csv', 'json', 'yaml', 'bin'] as const;
export type FileExtension = (typeof fileExtensions)[number];

export interface ImageStore {
  /** Writes the file under its hash and returns once it is on disk. Rejects with `image_store_full` or `disk_full`. */
  put(bytes: Uint8Array, extension: FileExtension): Promise<ImageKey>;
  /** Rejects with `picture_gone` where the file is no longer there. */
  read(key: ImageKey): Promise<Uint8Array>;
  /** Absolute path of the file. */
  path(key: ImageKey): string;
  /**
   * Takes the file away, for good. `fresh`: it was written a moment ago, and whoever wrote it may not have said yet what for; it stays.
   * Absent: files stay.
   */
  remove?(key: ImageKey): Promise<'gone' | 'fresh'>;
}
