/** What the two halves of the process for picture models say to each other, as in protocol.ts: everything received is checked. */
import { z } from 'zod';

const count = z.int().nonnegative();
const side = z.int().positive();
const channels = z.tuple([z.number(), z.number(), z.number()]).readonly();
const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array);
const floats = z.custom<Float32Array>((value) => value instanceof Float32Array);

/** The same as inference's `VisionSpec`. */
const spec = z.strictObject({
  folder: z.string(),
  file: z.string(),
  input: z.strictObject({ widthPx: side, heightPx: side, mean: channels, std: channels, layout: z.enum(['nchw', 'nhwc']) }),
  output: z.string().optional(),
  length: side,
  finish: z.enum(['unit', 'softmax', 'sigmoid', 'none']),
});

/** Loads a model, which then has this key; one that is loaded already stays. */
const load = z.strictObject({ kind: z.literal('load'), id: count, key: z.string(), spec, threads: side });

/** `pixels`: RGB, of the model's own size. */
const look = z.strictObject({ kind: z.literal('look'), id: count, key: z.string(), pixels: bytes });

const parentMessage = z.discriminatedUnion('kind', [load, look]);

const loaded = z.strictObject({ kind: z.literal('loaded'), id: count });
const seen = z.strictObject({ kind: z.literal('seen'), id: count, values: floats });
const failed = z.strictObject({
  kind: z.literal('failed'),
  id: count,
  code: z.string(),
  message: z.string(),
  detail: z.record(z.string(), z.union([z.string(), z.number()])),
});

const childMessage = z.discriminatedUnion('kind', [loaded, seen, failed]);

export type ModelSpec = z.infer<typeof spec>;
export type LoadModelCall = z.infer<typeof load>;
export type LookCall = z.infer<typeof look>;
export type ModelParentMessage = z.infer<typeof parentMessage>;
export type ModelChildMessage = z.infer<typeof childMessage>;

/** `undefined` for anything that is no message of the parent. */
export const parseModelParentMessage = (received: unknown): ModelParentMessage | undefined => parentMessage.safeParse(received).data;

/** `undefined` for anything that is no message of the child. */
export const parseModelChildMessage = (received: unknown): ModelChildMessage | undefined => childMessage.safeParse(received).data;
