import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';
import sharp from 'sharp';

import { pictureSize } from '#src/chat/web/picture-size.ts';

const blank = (width: number, height: number) => sharp({ create: { width, height, channels: 3, background: '#123' } });

describe('the size in a picture file', () => {
  it('is read from every format that a page shows', async () => {
    for (const [widthPx, heightPx] of [
      [1, 1],
      [640, 3],
      [257, 300],
    ] as const) {
      const picture = blank(widthPx, heightPx);
      const files = await Promise.all([
        picture.clone().png().toBuffer(),
        picture.clone().gif().toBuffer(),
        picture.clone().jpeg().toBuffer(),
        picture
          .clone()
          .withExif({ IFD0: { Copyright: 'x'.repeat(4000) } })
          .jpeg({ progressive: true })
          .toBuffer(),
        picture.clone().webp().toBuffer(),
        picture.clone().webp({ lossless: true }).toBuffer(),
        picture.clone().ensureAlpha(0.5).webp().toBuffer(),
      ]);
      for (const file of files) assert.deepEqual(pictureSize(file), { widthPx, heightPx }, file.subarray(0, 16).toString('latin1'));
    }
  });

  it('is unknown where the file is cut off, broken or something else', async () => {
    const jpeg = await blank(20, 10).jpeg().toBuffer();
    for (const length of [0, 1, 2, 5, 60]) assert.equal(pictureSize(jpeg.subarray(0, length)), undefined, String(length));
    assert.equal(pictureSize(new TextEncoder().encode('<svg width="20" height="10"/>')), undefined);
    // A segment that is no longer than nothing would be read for ever.
    assert.equal(pictureSize(Uint8Array.from([0xff, 0xd8, 0xff, 0xe0, 0, 0, 0xff, 0xe0, 0, 0])), undefined);
    assert.equal(pictureSize(Uint8Array.from([0xff, 0xd8, ...Buffer.alloc(5000, 0xff)])), undefined);
  });

  it('never breaks, whatever the bytes are', () => {
    const heads = [[], [0x89, 0x50, 0x4e, 0x47], [0xff, 0xd8, 0xff], [...Buffer.from('GIF89a')], [...Buffer.from('RIFF....WEBPVP8L')]];
    fc.assert(
      fc.property(fc.constantFrom(...heads), fc.uint8Array({ maxLength: 200 }), (head, rest) => {
        const size = pictureSize(Uint8Array.from([...head, ...rest]));
        return size === undefined || (size.widthPx > 0 && size.heightPx > 0);
      }),
    );
  });
});
