import { inBands } from '#src/finish/bands.ts';
import { measure, type Measured } from '#src/finish/measure.ts';
import { blurPlane, type Size } from '#src/finish/raw-pixels.ts';

/** Below the first a picture looks soft; sharpening ends at the second. */
const softBelow = 0.165;
const wanted = 0.2;
/** Softer than this, edges are so wide that a narrow mask would find nothing. */
const verySoftBelow = 0.09;
const amounts = [0.5, 1, 1.5, 2, 2.5] as const;
/** How far, in bytes, a pixel may leave the range of its neighbours: more would draw a bright rim around everything. */
const overshoot = 3;

/**
 * An unsharp mask on luma, just strong enough that the measured sharpness is what it should be, and at its strongest where it can't be.
 * Returns what is to be added to every pixel's luma, [heightPx, widthPx]; `undefined` for a picture that is sharp or has no edges.
 */
export const decideSharpening = async (luma: Uint8Array, size: Size, measured: Measured): Promise<Int16Array | undefined> => {
  if (measured.sharpness >= softBelow || measured.sharpness === 0) return undefined;
  const blurred = await blurPlane(luma, size, measured.sharpness < verySoftBelow ? 2 : 1.2);
  let change: Int16Array | undefined;
  for (const amount of amounts) {
    change = await unsharpMask(luma, blurred, size, amount, 1 + 2 * measured.noise);
    const { sharpness } = await measure(await add(luma, change, size), size);
    if (sharpness >= wanted) break;
  }
  return change;
};

/** Differences up to `core` bytes are grain and are left alone. */
const unsharpMask = async (luma: Uint8Array, blurred: Uint8Array, size: Size, amount: number, core: number): Promise<Int16Array> => {
  const { widthPx, heightPx } = size;
  const change = new Int16Array(luma.length);
  await inBands(size, (fromRow, toRow) => {
    for (let y = fromRow; y < toRow; y++)
      for (let x = 0; x < widthPx; x++) {
        const at = y * widthPx + x;
        const detail = luma[at]! - blurred[at]!;
        if (Math.abs(detail) <= core) continue;
        let low = 255;
        let high = 0;
        for (let row = Math.max(0, y - 1); row <= Math.min(heightPx - 1, y + 1); row++)
          for (let column = Math.max(0, x - 1); column <= Math.min(widthPx - 1, x + 1); column++) {
            const value = luma[row * widthPx + column]!;
            if (value < low) low = value;
            if (value > high) high = value;
          }
        const value = luma[at]! + amount * (detail - Math.sign(detail) * core);
        change[at] = Math.round(Math.min(high + overshoot, Math.max(low - overshoot, value))) - luma[at]!;
      }
  });
  return change;
};

const add = async (luma: Uint8Array, change: Int16Array, size: Size): Promise<Uint8Array> => {
  const sum = new Uint8ClampedArray(luma.length);
  await inBands(size, (fromRow, toRow) => {
    for (let at = fromRow * size.widthPx; at < toRow * size.widthPx; at++) sum[at] = luma[at]! + change[at]!;
  });
  return new Uint8Array(sum.buffer);
};
