import sharp from 'sharp';
import type { Pixels } from '#core/ports.ts';
import { inBands } from '#src/finish/bands.ts';
import { joinAlpha } from '#src/finish/raw-pixels.ts';

/** How much smaller the pictures are that the colours are taken from, near ones first. */
const reductions = [4, 32, 256] as const;
/** Less is too little to tell a colour from in bytes. */
const leastAlpha = 24;

/**
 * Under full transparency a file may hold any colour, mostly black. Enlarging would draw it into the rim of what is seen, so hidden pixels
 * get the mean colour of what is seen around them; white where that is far. Everything else stays. [heightPx, widthPx, 3]
 */
export const fillHidden = async (picture: Pixels, alpha: Uint8Array): Promise<Uint8Array> => {
  const { widthPx, heightPx } = picture;
  const joined = await joinAlpha(picture, alpha);
  const hints = await Promise.all(
    reductions.map(async (reduction) => {
      const width = Math.ceil(widthPx / reduction);
      const height = Math.ceil(heightPx / reduction);
      // Sharp weighs colours by their alpha when it reduces them.
      const colours = await sharp(joined, { raw: { width: widthPx, height: heightPx, channels: 4 } })
        .resize(width, height, { fit: 'fill', kernel: 'cubic' })
        .raw()
        .toBuffer();
      return { colours, width, reduction };
    }),
  );
  const filled = picture.pixels.slice();
  await inBands(picture, (fromRow, toRow) => {
    for (let y = fromRow; y < toRow; y++)
      for (let x = 0; x < widthPx; x++) {
        const at = y * widthPx + x;
        if (alpha[at] !== 0) continue;
        filled.fill(255, at * 3, at * 3 + 3);
        for (const { colours, width, reduction } of hints) {
          const hint = (Math.floor(y / reduction) * width + Math.floor(x / reduction)) * 4;
          if (colours[hint + 3]! < leastAlpha) continue;
          filled.set(colours.subarray(hint, hint + 3), at * 3);
          break;
        }
      }
  });
  return filled;
};
