import type { Pixels } from '#core/ports.ts';
import { inBands } from '#src/finish/bands.ts';
import { filmPlane, histogramOf, percentile } from '#src/finish/luminance.ts';

/** More would tear smooth skies into steps. */
const maxGain = 1.6;
/** How much of an S-curve is mixed in: deeper shadows, brighter lights, the ends where they are. */
const curvePart = 0.25;

/** Greys as on film, stretched a little towards black and white as a print would be. */
export const blackAndWhite = async (picture: Pixels): Promise<Pixels> => {
  const tones = await filmPlane(picture);
  const curve = curveFor(histogramOf(tones));
  const pixels = new Uint8Array(tones.length * 3);
  await inBands(picture, (fromRow, toRow) => {
    for (let at = fromRow * picture.widthPx; at < toRow * picture.widthPx; at++) pixels.fill(curve[tones[at]!]!, at * 3, at * 3 + 3);
  });
  return { pixels, widthPx: picture.widthPx, heightPx: picture.heightPx };
};

const curveFor = (histogram: Uint32Array): Uint8Array => {
  const low = percentile(histogram, 0.005);
  const high = percentile(histogram, 0.995);
  const gain = Math.min(maxGain, 255 / Math.max(1, high - low));
  // Where the gain is limited, the middle stays where it falls between what would be black and what would be white.
  const offset = -low * gain + (255 - (high - low) * gain) * (low / Math.max(1, 255 - (high - low)));
  return Uint8Array.from({ length: 256 }, (_, tone) => {
    const stretched = Math.min(1, Math.max(0, (tone * gain + offset) / 255));
    const curved = stretched * stretched * (3 - 2 * stretched);
    return Math.round(255 * (stretched + (curved - stretched) * curvePart));
  });
};
