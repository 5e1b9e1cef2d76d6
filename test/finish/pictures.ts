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
