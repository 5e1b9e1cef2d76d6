import type { Pixels } from '#core/ports.ts';
import type { Enhancement, PictureMeasures } from '#core/types.ts';
import { inBands } from '#src/finish/bands.ts';
import { lumaPlane } from '#src/finish/luminance.ts';
import { measure, toneEnds } from '#src/finish/measure.ts';
import type { Size } from '#src/finish/raw-pixels.ts';
import { decideSharpening } from '#src/finish/sharpen.ts';
import { decideStretch, type Stretch } from '#src/finish/stretch.ts';

const asIs: Stretch = { gain: 1, offset: 0 };

/**
 * Contrast and sharpness as the picture's own histogram and gradient ask for. A picture that needs nothing
 * comes back with the very same pixels; one that was enhanced needs nothing more.
 */
export const enhancePicture = async (picture: Pixels): Promise<Pixels & { readonly enhancement: Enhancement }> => {
  const { pixels, widthPx, heightPx } = picture;
  const luma = await lumaPlane(picture);
  const measured = await measure(luma, picture);
  const stretch = decideStretch(await toneEnds(picture), measured.noise);
  const stretched = stretch === undefined ? luma : await spread(luma, picture, stretch);
  const sharpening = await decideSharpening(stretched, picture, stretch === undefined ? measured : await measure(stretched, picture));
  const before = told(measured);
  if (stretch === undefined && sharpening === undefined)
    return { pixels, widthPx, heightPx, enhancement: { before, after: before, isUnchanged: true } };
  const enhanced = await change(picture, stretch ?? asIs, sharpening);
  const after = told(await measure(await lumaPlane(enhanced), picture));
  return { ...enhanced, enhancement: { before, after, isUnchanged: false } };
};

const told = ({ contrast, sharpness }: PictureMeasures): PictureMeasures => ({ contrast, sharpness });

const spread = async (luma: Uint8Array, size: Size, { gain, offset }: Stretch): Promise<Uint8Array> => {
  const curve = Uint8ClampedArray.from({ length: 256 }, (_, tone) => tone * gain + offset);
  const stretched = new Uint8Array(luma.length);
  await inBands(size, (fromRow, toRow) => {
    for (let at = fromRow * size.widthPx; at < toRow * size.widthPx; at++) stretched[at] = curve[luma[at]!]!;
  });
  return stretched;
};

const change = async (picture: Pixels, { gain, offset }: Stretch, sharpening: Int16Array | undefined): Promise<Pixels> => {
  const { pixels, widthPx, heightPx } = picture;
  const enhanced = new Uint8ClampedArray(pixels.length);
  await inBands(picture, (fromRow, toRow) => {
    for (let place = fromRow * widthPx; place < toRow * widthPx; place++) {
      const added = offset + (sharpening?.[place] ?? 0);
      for (let at = place * 3; at < place * 3 + 3; at++) enhanced[at] = pixels[at]! * gain + added;
    }
  });
  return { pixels: new Uint8Array(enhanced.buffer), widthPx, heightPx };
};
