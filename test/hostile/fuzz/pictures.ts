/** Bytes that claim to be a picture → pixels within the limit, or one of three refusals. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import sharp from 'sharp';
import { AppError } from '#core/errors.ts';
import { pictureSize } from '#src/chat/web/picture-size.ts';
import { SharpStudio } from '#src/finish/sharp-studio.ts';
import { announceFrames, flag } from '../../finish/files.ts';
import { target, type FuzzTarget } from './target.ts';

const maxPixels = 10_000;

/** One small file of each kind, the odd ones included. */
async function seeds(): Promise<readonly Buffer[]> {
  const noise = sharp({
    create: { width: 24, height: 18, channels: 3, background: '#888', noise: { type: 'gaussian', mean: 128, sigma: 40 } },
  });
  const png = await flag().png().toBuffer();
  const frames = await sharp([png, await flag().negate().png().toBuffer()], { join: { animated: true } })
    .gif()
    .toBuffer();
  const encoded = await Promise.all([
    flag().png({ progressive: true }).toBuffer(),
    flag().ensureAlpha(0.5).toColourspace('rgb16').png().toBuffer(),
    flag().png({ palette: true }).toBuffer(),
    noise.clone().jpeg().toBuffer(),
    noise
      .clone()
      .jpeg({ progressive: true })
      .withExif({ IFD0: { Orientation: '6' } })
      .toBuffer(),
    flag().withIccProfile('p3').jpeg().toBuffer(),
    noise.clone().webp().toBuffer(),
    flag().ensureAlpha(0.5).webp({ lossless: true }).toBuffer(),
    noise.clone().gif().toBuffer(),
    flag().avif({ effort: 0 }).toBuffer(),
  ]);
  const described = await sharp(png)
    .withExif({ IFD0: { Copyright: 'x' } })
    .withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/"/>')
    .png()
    .toBuffer();
  return [png, described, announceFrames(png, 3), frames, ...encoded];
}

type Damage = { readonly at: number; readonly kind: 'flip' | 'cut' | 'insert' | 'large' | 'repeat'; readonly value: number };

const damage: fc.Arbitrary<Damage> = fc.record({
  // Headers decide most, so most damage is done there.
  at: fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 0, max: 80 }) }, { weight: 1, arbitrary: fc.integer({ min: 0, max: 4000 }) }),
  kind: fc.constantFrom('flip', 'flip', 'flip', 'cut', 'insert', 'large', 'repeat'),
  value: fc.integer({ min: 0, max: 255 }),
});

function damaged(file: Uint8Array, harms: readonly Damage[]): Buffer {
  let bytes = Buffer.from(file);
  for (const { at: wanted, kind, value } of harms) {
    const at = wanted % Math.max(1, bytes.length);
    if (kind === 'flip') bytes[at] = value;
    else if (kind === 'cut') bytes = bytes.subarray(0, at);
    else if (kind === 'insert') bytes = Buffer.concat([bytes.subarray(0, at), Buffer.alloc(1 + (value % 9), value), bytes.subarray(at)]);
    else if (kind === 'repeat') bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at, at + value), bytes.subarray(at)]);
    else if (at + 4 <= bytes.length) bytes.writeUInt32BE(value * 0x10101, at);
  }
  return bytes;
}

export const pictures: FuzzTarget = {
  name: 'pictures',
  what: 'damaged PNG, JPEG, WebP, GIF and AVIF files in the picture intake',
  nightly: 8000,
  bounded: 250,
  open: async () => {
    const studio = new SharpStudio({ threads: 1 });
    const files = await seeds();
    const file = fc.oneof(
      {
        weight: 8,
        arbitrary: fc.tuple(fc.constantFrom(...files), fc.array(damage, { maxLength: 5 })).map(([seed, harms]) => damaged(seed, harms)),
      },
      {
        weight: 1,
        arbitrary: fc
          .tuple(fc.constantFrom(...files.map((seed) => seed.subarray(0, 12))), fc.uint8Array({ maxLength: 200 }))
          .map((parts) => Buffer.concat(parts)),
      },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
    );
    return {
      property: target(
        fc.asyncProperty(file, async (bytes) => {
          pictureSize(bytes);
          try {
            const { pixels, widthPx, heightPx, alpha } = await studio.decode(bytes, { maxPixels });
            assert.ok(widthPx > 0 && heightPx > 0 && widthPx * heightPx <= maxPixels, `${widthPx} × ${heightPx}`);
            assert.equal(pixels.length, widthPx * heightPx * 3);
            assert.ok(alpha === undefined || alpha.length === widthPx * heightPx);
          } catch (error) {
            assert.ok(error instanceof AppError, String(error));
            assert.match(error.code, /^picture_(?:unreadable|too_large|animated)$/u);
          }
        }),
      ),
    };
  },
};
