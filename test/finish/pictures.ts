/** A picture with gradients, an edge and fine noise, the same on every run. */
export const paintedPicture = (
  widthPx: number,
  heightPx: number,
): { readonly pixels: Uint8Array; readonly widthPx: number; readonly heightPx: number } => {
  const pixels = new Uint8Array(widthPx * heightPx * 3);
  for (let y = 0; y < heightPx; y++)
    for (let x = 0; x < widthPx; x++) {
      const at = (y * widthPx + x) * 3;
      pixels[at] = Math.round((255 * x) / widthPx);
      pixels[at + 1] = Math.round((255 * y) / heightPx);
      pixels[at + 2] = x > y ? 200 + ((x * 7 + y * 13) % 11) : 40;
    }
  return { pixels, widthPx, heightPx };
};

/** The same numbers on every run, about normally distributed around 0 with a deviation of 1. */
export const grain = (seed: number): (() => number) => {
  let state = seed;
  const uniform = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return () => (uniform() + uniform() + uniform() + uniform() - 2) * Math.sqrt(3);
};

/** An orange disc with a dark spot on a blue ground that darkens downwards; `noise`: standard deviation of added grain, in bytes. */
export const drawnPicture = (
  widthPx: number,
  heightPx: number,
  noise = 0,
): { readonly pixels: Uint8Array; readonly widthPx: number; readonly heightPx: number } => {
  const pixels = new Uint8ClampedArray(widthPx * heightPx * 3);
  const next = grain(7);
  const radius = heightPx / 3;
  // Edges are one pixel soft, as drawn ones are.
  const inside = (distance: number, edge: number): number => Math.min(1, Math.max(0, edge - distance + 0.5));
  for (let y = 0; y < heightPx; y++)
    for (let x = 0; x < widthPx; x++) {
      const disc = inside(Math.hypot(x - widthPx / 2, y - heightPx / 2), radius);
      const spot = inside(Math.hypot(x - widthPx / 2, y - heightPx / 2 - radius / 2), radius / 5);
      const shade = 1 - (0.4 * y) / heightPx;
      const ground = [60 * shade, 120 * shade, 215 * shade];
      const orange = [240, 120, 20];
      for (let channel = 0; channel < 3; channel++) {
        const colour = ground[channel]! + (orange[channel]! - ground[channel]!) * disc;
        pixels[(y * widthPx + x) * 3 + channel] = colour + (14 - colour) * spot + (noise === 0 ? 0 : noise * next());
      }
    }
  return { pixels: new Uint8Array(pixels.buffer), widthPx, heightPx };
};
