import type { Axis } from '#src/finish/watermark/lapped-transform.ts';

/** Where the plane of the mark lies on a picture, in pixels: unit (u, v) is at (originX + u · unitX, originY + v · unitY). */
export type Place = { readonly originX: number; readonly originY: number; readonly unitX: number; readonly unitY: number };

export const axesOf = (
  { originX, originY, unitX, unitY }: Place,
  { width, height }: { readonly width: number; readonly height: number },
): readonly [across: Axis, down: Axis] => [
  { origin: originX, unit: unitX, length: width },
  { origin: originY, unit: unitY, length: height },
];
