import { z } from 'zod';
import type { MarkPolicy } from '#core/marks-port.ts';

/** Layers of origin of rooms that have chosen none. The caption and the XMP packet are in every picture, so there is no key for them. */
export type MarksConfig = MarkPolicy;

export const marksFile = z
  .strictObject({
    /** Has an effect where `keys init` was run. */
    manifest: z.boolean().default(true),
    watermark: z.boolean().default(true),
    prompt: z.boolean().default(false),
  })
  .prefault({});
