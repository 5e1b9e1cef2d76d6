/**
 * The nouns of Blitzbild: plain readonly data, made here and passed through every layer.
 * Nothing in this file performs I/O, reads a clock or draws a random number.
 */
import type { OptionalLayer } from '#core/marks-port.ts';
import type { EnlargeFactor, UpscaleFactor } from '#core/model-info.ts';
import type { HeldBack } from '#core/safety-port.ts';
import type { SimilarityVerdict } from '#core/similarity-port.ts';

type Brand<Value, Name extends string> = Value & { readonly __brand: Name };

/** Short name of a job that people type, such as `k7f3`. */
export type JobId = Brand<string, 'JobId'>;
/** Name of a stored file: SHA-256 of its bytes in hex plus the extension, such as `9f…a1.png`. */
export type ImageKey = Brand<string, 'ImageKey'>;
/** Immutable id of a person on a platform, such as `@ada:example.org`. Never a display name. */
export type UserId = Brand<string, 'UserId'>;
export type RoomId = Brand<string, 'RoomId'>;
/** Id that a platform gave to a message, its own or somebody else's. */
export type EventId = Brand<string, 'EventId'>;

export const jobId = (text: string): JobId => text as JobId;
export const imageKey = (text: string): ImageKey => text as ImageKey;
export const userId = (text: string): UserId => text as UserId;
export const roomId = (text: string): RoomId => text as RoomId;
export const eventId = (text: string): EventId => text as EventId;

export const languages = ['en', 'de'] as const;
export type Language = (typeof languages)[number];

/** Which chat a message came from or goes to; one of each in a process. */
export const platformNames = ['room', 'matrix', 'mattermost', 'terminal'] as const;
export type PlatformName = (typeof platformNames)[number];

// ---------------------------------------------------------------- what comes in

/** Everything that decides a picture: the same request gives the same bytes on the same provider. */
export type ImageRequest = {
  readonly prompt: string;
  /** What must not be in the picture; empty for none. */
  readonly negativePrompt: string;
  /** Number of pictures; picture `i` is made from `seed + i`. */
  readonly count: number;
  /** 0 … 2³²−1, fixed when the request is accepted. */
  readonly seed: number;
  /** Of the finished picture. */
  readonly widthPx: number;
  readonly heightPx: number;
  /** The picture is drawn this many times smaller and then enlarged by the upscaler; absent where the model draws it itself. */
  readonly upscale?: UpscaleFactor;
  readonly steps: number;
  readonly guidanceScale: number;
  readonly quality: 'fast' | 'high';
  readonly model: string;
  /** Names of the styles as they were asked for, the room's default included. */
  readonly styles?: readonly string[];
  /** Contrast and sharpness are optimised afterwards. */
  readonly enhance?: true;
  /**
   * What the pictures of a batch differ in, `count / variants.length` pictures each, in this order; the same seeds in every variant.
   * Absent where every picture is made from the request itself.
   */
  readonly variants?: readonly Variant[];
  /** The picture that this one starts from; absent where it starts from noise alone. */
  readonly init?: InitImage;
};

/** One row of a batch: a style, a permutation, or both. What it leaves out is the request's. */
export type Variant = {
  /** As the legend shows it, such as `watercolor` or `watercolor · blue bird`. */
  readonly label: string;
  /** What was asked for, without the style's words. */
  readonly words: string;
  /** Name and version of the style that was applied. */
  readonly style?: { readonly name: string; readonly version: number };
  /** What the model sees, the style's words included. */
  readonly prompt: string;
  readonly negativePrompt: string;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly upscale?: UpscaleFactor;
  readonly steps: number;
  readonly guidanceScale: number;
  readonly model: string;
  /** Applied to the finished pixels, where the model itself can't draw the style. */
  readonly filter?: FilterName;
  /** Contrast and sharpness are optimised afterwards. */
  readonly enhance?: true;
  /** The style is drawn as near as this model can. */
  readonly needsLargerModel?: true;
};

/** Exact filters of finished pixels. */
export const filterNames = ['black-and-white', 'sketch', 'pixel', 'watercolor', 'neon'] as const;
export type FilterName = (typeof filterNames)[number];

/** `strength`: 0 keeps the picture, 1 keeps nothing of it. */
export type InitImage = { readonly key: ImageKey; readonly strength: number };

/** A picture that a job starts from. */
export type Source = {
  readonly key: ImageKey;
  readonly widthPx: number;
  readonly heightPx: number;
  /** Which picture of which job it is; absent for one that somebody uploaded. */
  readonly job?: JobId;
  readonly index?: number;
  /** Its name in that job's grid, such as `B1`. */
  readonly cell?: string;
  /** Somebody's own, whatever was done to it since by enlarging and optimising. */
  readonly uploaded?: true;
};

/** What a job does, where it is not drawing from words alone. */
export type Task =
  | { readonly kind: 'vary'; readonly source: Source }
  /** An earlier request with edited words. */
  | { readonly kind: 'edit'; readonly job: JobId }
  /** The very same again: its pixels are compared with those of this job, from picture `first` on. */
  | { readonly kind: 'replay'; readonly job: JobId; readonly first: number }
  | { readonly kind: 'upscale'; readonly source: Source; readonly factor: EnlargeFactor }
  | { readonly kind: 'enhance'; readonly source: Source };

export const jobStates = ['waiting', 'running', 'done', 'failed', 'cancelled'] as const;
export type JobState = (typeof jobStates)[number];

/** Where an answer goes. */
export type Origin = {
  readonly platform: PlatformName;
  readonly roomId: RoomId;
  /** The command itself. */
  readonly eventId: EventId;
  /** Root of the thread the answers stand in: the command's own thread, or the command. */
  readonly threadId: EventId;
};

export type Job = {
  readonly id: JobId;
  readonly request: ImageRequest;
  readonly origin: Origin;
  readonly requestedBy: UserId;
  readonly language: Language;
  readonly queuedAtMs: number;
  /** Absent for drawing from words alone. Of `upscale` and `enhance`, the request describes the source, at the size that is made. */
  readonly task?: Task;
  /** The schedule that asked for it. */
  readonly plan?: { readonly id: number; readonly run: number };
};

/** Milliseconds spent on one picture, by stage. */
export type StageTimings = {
  readonly textMs: number;
  readonly denoiseMs: number;
  readonly decodeMs: number;
  /** Only where a picture was enlarged. */
  readonly upscaleMs?: number;
  /** Only where a picture was filtered or enhanced. */
  readonly enhanceMs?: number;
  /** Only where a picture was compared or classified; it goes on beside the encoding. */
  readonly checkMs?: number;
  readonly encodeMs: number;
};

/** A finished picture as it is stored and shown. */
export type StoredImage = {
  readonly key: ImageKey;
  /** Position in the job, from 0. */
  readonly index: number;
  readonly seed: number;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly bytes: number;
  /** A copy that was made smaller for a server is a JPEG. */
  readonly mimeType: 'image/png' | 'image/jpeg';
  readonly thumbnail: {
    readonly key: ImageKey;
    readonly widthPx: number;
    readonly heightPx: number;
    readonly bytes: number;
    readonly mimeType: 'image/jpeg';
  };
  readonly blurhash: string;
  readonly timings: StageTimings;
  /** Short hash of the files of the model that drew it, as they were then. */
  readonly modelHash?: string;
  /** Where contrast and sharpness were optimised. */
  readonly enhancement?: Enhancement;
  /** Of a replay: bytes of the pixels that differ from the earlier picture's, and by how much at most, 0 … 255. */
  readonly comparison?: { readonly differing: number; readonly most: number };
  /** What the comparison with protected works said. */
  readonly similarity?: SimilarityVerdict;
  /** Why it is not shown: its message says so instead. */
  readonly heldBack?: HeldBack;
  /** The optional layers of origin that are in the file. */
  readonly marks?: readonly OptionalLayer[];
  /** Payload of its watermark, 12 hexadecimal digits. */
  readonly watermark?: string;
};

/** Measured on the luminance, 0 … 1. */
export type PictureMeasures = {
  /** Between the first and the last percent of the pixels. */
  readonly contrast: number;
  /** How steep edges are, compared with their height: 1 where each is one pixel wide, 0 where there are none. */
  readonly sharpness: number;
};

/** What enhancing changed; `isUnchanged` where the picture was good already. */
export type Enhancement = { readonly before: PictureMeasures; readonly after: PictureMeasures; readonly isUnchanged: boolean };

/** What a finished job reports in its timing line. */
export type JobTimings = StageTimings & {
  /** From acceptance to the first step of the first picture. */
  readonly waitedMs: number;
  /** From that first step to the last stored picture, other people's turns in between not counted. */
  readonly workMs: number;
};
