import type { Pixels } from '#core/ports.ts';
import type { FilterName } from '#core/types.ts';
import { blackAndWhite } from '#src/finish/filters/black-and-white.ts';
import { neon } from '#src/finish/filters/neon.ts';
import { pixelArt } from '#src/finish/filters/pixel.ts';
import { sketch } from '#src/finish/filters/sketch.ts';
import { watercolor } from '#src/finish/filters/watercolor.ts';

/** Exact filters: the same pixels give the same pixels, and the size stays. */
export const filters = {
  'black-and-white': blackAndWhite,
  sketch,
  pixel: pixelArt,
  watercolor,
  neon,
} as const satisfies Record<FilterName, (picture: Pixels) => Promise<Pixels>>;
