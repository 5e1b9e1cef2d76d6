/**
 * What the two halves of the engine say to each other, by Node's IPC with advanced serialization, so that pixels travel
 * as bytes. Everything received is checked: a half that says something else is broken.
 */
import { z } from 'zod';
import { enlargeFactors } from '#core/model-info.ts';
import { providerNames } from '#src/engine/providers.ts';

const count = z.int().nonnegative();
const durationMs = z.number().nonnegative();
const detail = z.record(z.string(), z.union([z.string(), z.number()]));

// ---------------------------------------------------------------- parent → child

/** RGB, [height, width, 3]. */
const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array);
const side = z.int().positive();
const fills = ({ width, height, pixels }: { width: number; height: number; pixels: Uint8Array }): boolean =>
  pixels.length === width * height * 3;
const unfilled = 'the pixels do not fill the size';

const graphCache = z.strictObject({ folder: z.string(), maxBytes: count, leastBytes: count.optional() });

const load = z.strictObject({
  kind: z.literal('load'),
  id: count,
  /** A child that only enlarges needs no model. */
  what: z.enum(['model', 'upscaler']),
  folder: z.string(),
  provider: z.enum(providerNames),
  /** Threads of one operator; the machine's cores where it is not given. */
  intraOpThreads: z.int().positive().optional(),
  /** Where optimised graphs are kept; without it each load optimises. */
  graphCache: graphCache.optional(),
});

/** Enlarging by the upscaler in this folder, on the first of these providers that can. */
const upscale = z.strictObject({ factor: z.literal(enlargeFactors), folder: z.string(), providers: z.array(z.enum(providerNames)) });

const generate = z.strictObject({
  kind: z.literal('generate'),
  id: count,
  prompt: z.string(),
  negativePrompt: z.string(),
  width: count,
  height: count,
  steps: count,
  guidanceScale: z.number(),
  seed: count,
  /** The picture to start from, of the same size. */
  init: z.strictObject({ pixels: bytes, strength: z.number() }).optional(),
  /** What is done afterwards. */
  upscale: upscale.optional(),
});

const enlarge = z
  .strictObject({ kind: z.literal('enlarge'), id: count, width: side, height: side, pixels: bytes, upscale })
  .refine(fills, unfilled);

const cancel = z.strictObject({ kind: z.literal('cancel'), id: count });

const parentMessage = z.discriminatedUnion('kind', [load, generate, enlarge, cancel]);

// ---------------------------------------------------------------- child → parent

const ready = z.strictObject({ kind: z.literal('ready'), id: count, loadMs: durationMs, warmUpMs: durationMs, weightsBytes: count });

/** `tiles`: how many of the steps, the last ones, are the upscaler's. */
const progress = z.strictObject({ kind: z.literal('progress'), id: count, step: count, steps: count, tiles: count });

const result = z
  .strictObject({
    kind: z.literal('result'),
    id: count,
    width: side,
    height: side,
    pixels: bytes,
    seed: count,
    timings: z.strictObject({
      textMs: durationMs,
      denoiseMs: durationMs,
      decodeMs: durationMs,
      upscaleMs: durationMs.optional(),
      totalMs: durationMs,
      sessionRunMs: durationMs,
    }),
    droppedPrompt: z.string().optional(),
    /** Why the picture was not enlarged. */
    notUpscaled: z.string().optional(),
  })
  .refine(fills, unfilled);

const enlarged = z
  .strictObject({
    kind: z.literal('enlarged'),
    id: count,
    width: side,
    height: side,
    pixels: bytes,
    upscaleMs: durationMs,
    provider: z.enum(providerNames),
  })
  .refine(fills, unfilled);

/** The call of this id did not work; the child lives. `code` is one of the inference's, or `internal`. */
const failed = z.strictObject({ kind: z.literal('failed'), id: count, code: z.string(), message: z.string(), detail });

const childMessage = z.discriminatedUnion('kind', [ready, progress, result, enlarged, failed]);

export type LoadCall = z.infer<typeof load>;
export type GenerateCall = z.infer<typeof generate>;
export type EnlargeCall = z.infer<typeof enlarge>;
export type UpscaleCall = z.infer<typeof upscale>;
export type ParentMessage = z.infer<typeof parentMessage>;
export type Ready = z.infer<typeof ready>;
export type Result = z.infer<typeof result>;
export type EnlargedAnswer = z.infer<typeof enlarged>;
export type Failed = z.infer<typeof failed>;
export type ChildMessage = z.infer<typeof childMessage>;

/** `undefined` for anything that is no message of the parent. */
export const parseParentMessage = (received: unknown): ParentMessage | undefined => parentMessage.safeParse(received).data;

/** `undefined` for anything that is no message of the child. */
export const parseChildMessage = (received: unknown): ChildMessage | undefined => childMessage.safeParse(received).data;
