import type { Pixels } from '#core/ports.ts';
import type { Enhancement, PictureMeasures } from '#core/types.ts';
import { inBands } from '#src/finish/bands.ts';
import { blueWeight, greenWeight, lumaPlane, redWeight } from '#src/finish/luminance.ts';
import { measure } from '#src/finish/measure.ts';
import { decideSharpening } from '#src/finish/sharpen.ts';
import { decideStretch, type Stretch } from '#src/finish/stretch.ts';

const asIs: Stretch = { gain: 1, offset: 0 };
/** Colours grow a little less than the tones: what was grey with age does not become loud. */
const chromaPower = 0.85;

/**
 * Contrast and sharpness as the picture's own histogram and gradient ask for, changed in its brightness. A picture that needs nothing
 * comes back with the very same pixels; one that was enhanced needs nothing more.
 */
export const enhancePicture = async (picture: Pixels): Promise<Pixels & { readonly enhancement: Enhancement }> => {
  const { pixels, widthPx, heightPx } = picture;
  const luma = await lumaPlane(picture);
  const measured = await measure(luma, picture);
  const stretch = decideStretch(measured);
  const stretched = stretch === undefined ? luma : spread(luma, stretch);
  const change = await decideSharpening(stretched, picture, stretch === undefined ? measured : await measure(stretched, picture));
  const before = told(measured);
  if (stretch === undefined && change === undefined)
    return { pixels, widthPx, heightPx, enhancement: { before, after: before, isUnchanged: true } };
  const enhanced = await recolour(picture, stretch ?? asIs, change);
  const after = told(await measure(await lumaPlane(enhanced), picture));
  return { ...enhanced, enhancement: { before, after, isUnchanged: false } };
};

const told = ({ contrast, sharpness }: PictureMeasures): PictureMeasures => ({ contrast, sharpness });

const spread = (luma: Uint8Array, { gain, offset }: Stretch): Uint8Array => {
  const curve = Uint8ClampedArray.from({ length: 256 }, (_, tone) => tone * gain + offset);
  return luma.map((tone) => curve[tone]!);
};

/** The new brightness with the old hue; colours that would leave the range become paler instead of turning. */
const recolour = async (picture: Pixels, { gain, offset }: Stretch, change: Int16Array | undefined): Promise<Pixels> => {
  const { pixels, widthPx, heightPx } = picture;
  const enhanced = new Uint8Array(pixels.length);
  const chromaGain = gain ** chromaPower;
  await inBands(picture, (fromRow, toRow) => {
    for (let place = fromRow * widthPx; place < toRow * widthPx; place++) {
      const at = place * 3;
      const tone = redWeight * pixels[at]! + greenWeight * pixels[at + 1]! + blueWeight * pixels[at + 2]!;
      const wanted = Math.min(255, Math.max(0, tone * gain + offset + (change?.[place] ?? 0)));
      let chroma = chromaGain;
      for (let channel = at; channel < at + 3; channel++) {
        const distance = pixels[channel]! - tone;
        if (distance > 0) chroma = Math.min(chroma, (255 - wanted) / distance);
        else if (distance < 0) chroma = Math.min(chroma, wanted / -distance);
      }
      for (let channel = at; channel < at + 3; channel++) enhanced[channel] = Math.round(wanted + (pixels[channel]! - tone) * chroma);
    }
  });
  return { pixels: enhanced, widthPx, heightPx };
};
