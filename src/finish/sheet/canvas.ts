import type { Pixels } from '#core/ports.ts';
import type { TextImage } from '#src/finish/sheet/text-image.ts';

export type Colour = readonly [red: number, green: number, blue: number];
export type Box = { readonly left: number; readonly top: number; readonly widthPx: number; readonly heightPx: number };

/** RGB pixels to paint on. Whatever lies outside is cut. */
export class Canvas {
  readonly pixels: Uint8Array;
  readonly widthPx: number;
  readonly heightPx: number;

  constructor(widthPx: number, heightPx: number, background: Colour) {
    this.widthPx = widthPx;
    this.heightPx = heightPx;
    this.pixels = new Uint8Array(widthPx * heightPx * 3);
    for (let x = 0; x < widthPx; x++) this.pixels.set(background, x * 3);
    for (let done = 1; done < heightPx; done *= 2)
      this.pixels.copyWithin(done * widthPx * 3, 0, Math.min(done, heightPx - done) * widthPx * 3);
  }

  /** A box with round corners. */
  fill(box: Box, radiusPx: number, colour: Colour): void {
    this.#paint(
      box,
      (x, y) => roundness(x, y, box, radiusPx),
      () => colour,
    );
  }

  /** A picture with round corners, at its own size, within the canvas. */
  picture({ pixels, widthPx, heightPx }: Pixels, left: number, top: number, radiusPx: number): void {
    const box = { left, top, widthPx, heightPx };
    const colour = (x: number, y: number): Colour => {
      const at = (y * widthPx + x) * 3;
      return [pixels[at]!, pixels[at + 1]!, pixels[at + 2]!];
    };
    const paintRows = (from: number, to: number): void =>
      this.#paint(
        { ...box, top: top + from, heightPx: to - from },
        (x, y) => roundness(x, y + from, box, radiusPx),
        (x, y) => colour(x, y + from),
      );
    const cornerRows = Math.min(Math.ceil(radiusPx), Math.floor(heightPx / 2));
    paintRows(0, cornerRows);
    for (let y = cornerRows; y < heightPx - cornerRows; y++)
      this.pixels.set(pixels.subarray(y * widthPx * 3, (y + 1) * widthPx * 3), ((top + y) * this.widthPx + left) * 3);
    paintRows(heightPx - cornerRows, heightPx);
  }

  /** A line of text whose letters stand on `baseline`. */
  text(image: TextImage, left: number, baseline: number, colour: Colour): void {
    const { coverage, widthPx, heightPx, descentPx } = image;
    const box = { left, top: baseline + descentPx - heightPx, widthPx, heightPx };
    this.#paint(
      box,
      (x, y) => coverage[y * widthPx + x]! / 255,
      () => colour,
    );
  }

  /** `cover` and `colour` are asked by places within the box. */
  #paint(box: Box, cover: (x: number, y: number) => number, colour: (x: number, y: number) => Colour): void {
    for (let y = Math.max(0, -box.top); y < Math.min(box.heightPx, this.heightPx - box.top); y++)
      for (let x = Math.max(0, -box.left); x < Math.min(box.widthPx, this.widthPx - box.left); x++) {
        const part = cover(x, y);
        if (part === 0) continue;
        const at = ((box.top + y) * this.widthPx + box.left + x) * 3;
        const paint = colour(x, y);
        for (let channel = 0; channel < 3; channel++)
          this.pixels[at + channel] = Math.round(this.pixels[at + channel]! * (1 - part) + paint[channel]! * part);
      }
  }
}

/** How much of a pixel lies inside of a box with round corners, 0 … 1. */
const roundness = (x: number, y: number, { widthPx, heightPx }: Box, radiusPx: number): number => {
  const across = Math.max(0, radiusPx - Math.min(x + 0.5, widthPx - x - 0.5));
  const down = Math.max(0, radiusPx - Math.min(y + 0.5, heightPx - y - 0.5));
  return across === 0 || down === 0 ? 1 : Math.min(1, Math.max(0, radiusPx + 0.5 - Math.hypot(across, down)));
};
