import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import sharp from 'sharp';
import { AppError } from '#core/errors.ts';
import { decodePicture } from '#src/finish/decode.ts';
import { zipFiles } from '#src/finish/zip.ts';
import { animation, announceFrames, flag, pngBomb } from './files.ts';

const limits = { maxPixels: 1_000_000 };

const refusal = async (file: Uint8Array, maxPixels = limits.maxPixels): Promise<AppError> => {
  try {
    await decodePicture(file, { maxPixels });
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    return error;
  }
  return assert.fail('it was not refused');
};

/** The colour in the middle of the left half is red, that of the right half blue, about. */
const assertFlag = async (file: Uint8Array, tolerance: number): Promise<void> => {
  const { pixels, widthPx, heightPx, alpha } = await decodePicture(file, limits);
  assert.deepEqual([widthPx, heightPx, pixels.length, alpha], [40, 20, 40 * 20 * 3, undefined]);
  for (const [x, colour] of [
    [10, [208, 48, 32]],
    [30, [32, 48, 208]],
  ] as const)
    for (let channel = 0; channel < 3; channel++) {
      const value = pixels[(10 * widthPx + x) * 3 + channel]!;
      assert.ok(Math.abs(value - colour[channel]!) <= tolerance, `${value} instead of ${colour[channel]} at ${x}, channel ${channel}`);
    }
};

describe('what is read', () => {
  const files = {
    png: [() => flag().png().toBuffer(), 0],
    'interlaced png': [() => flag().png({ progressive: true }).toBuffer(), 0],
    'png of 16 bits': [() => flag().toColourspace('rgb16').png().toBuffer(), 1],
    'png with a palette': [() => flag().png({ palette: true }).toBuffer(), 2],
    'opaque png with alpha': [() => flag().ensureAlpha(1).png().toBuffer(), 0],
    'png with one frame of animation': [async () => announceFrames(await flag().png().toBuffer(), 1), 0],
    jpeg: [() => flag().jpeg({ quality: 95 }).toBuffer(), 4],
    'cmyk jpeg': [() => flag().toColourspace('cmyk').jpeg({ quality: 95 }).toBuffer(), 80],
    'jpeg in Display P3': [() => flag().withIccProfile('p3').jpeg({ quality: 95 }).toBuffer(), 6],
    webp: [() => flag().webp({ quality: 95 }).toBuffer(), 12],
    avif: [() => flag().avif({ quality: 90 }).toBuffer(), 8],
    gif: [() => flag().gif().toBuffer(), 2],
  } as const;
  for (const [name, [make, tolerance]] of Object.entries(files))
    test(`${name} becomes sRGB of 8 bits`, async () => assertFlag(await make(), tolerance));

  test('grey files become grey pixels', async () => {
    for (const file of [
      await flag().greyscale().png().toBuffer(),
      await flag().greyscale().jpeg().toBuffer(),
      await flag().toColourspace('grey16').png().toBuffer(),
    ]) {
      const { pixels } = await decodePicture(file, limits);
      assert.equal(pixels.length, 40 * 20 * 3);
      assert.deepEqual(pixels.subarray(0, 3), new Uint8Array(3).fill(pixels[0]!));
      assert.ok(pixels[0]! > 80 && pixels[0]! < 140, String(pixels[0]));
    }
  });

  test('a photograph lying on its side is put upright', async () => {
    const file = await flag().withMetadata({ orientation: 6 }).jpeg({ quality: 95 }).toBuffer();
    const { pixels, widthPx, heightPx } = await decodePicture(file, limits);
    assert.deepEqual([widthPx, heightPx], [20, 40]);
    const red = (y: number): number => pixels[(y * widthPx + 10) * 3]!;
    assert.ok(red(5) > 190 && red(35) < 50, 'the left half is now the upper one');
  });

  test('transparency comes apart from the colours, at 8 and at 16 bits and with greys', async () => {
    for (const file of [
      await flag().ensureAlpha(0.5).png().toBuffer(),
      await flag().ensureAlpha(0.5).toColourspace('rgb16').png().toBuffer(),
      await flag().ensureAlpha(0.5).greyscale().png().toBuffer(),
      await flag().ensureAlpha(0.5).webp({ lossless: true }).toBuffer(),
    ]) {
      const { pixels, alpha } = await decodePicture(file, limits);
      assert.equal(pixels.length, 40 * 20 * 3);
      assert.equal(alpha?.length, 40 * 20);
      assert.ok(
        alpha.every((value) => Math.abs(value - 127.5) < 2),
        String(alpha[0]),
      );
    }
  });

  test('pixels that nobody sees have the colours of what is seen around them, not the black they are stored with', async () => {
    const [widthPx, heightPx] = [200, 100];
    const values = new Uint8Array(widthPx * heightPx * 4);
    for (let y = 30; y < 70; y++) for (let x = 60; x < 140; x++) values.set([220, 60, 40, x < 100 ? 255 : 90], (y * widthPx + x) * 4);
    const file = await sharp(values, { raw: { width: widthPx, height: heightPx, channels: 4 } })
      .png()
      .toBuffer();
    const { pixels, alpha } = await decodePicture(file, limits);
    for (let place = 0; place < widthPx * heightPx; place++) {
      assert.equal(alpha?.[place], values[place * 4 + 3]);
      const expected = [220, 60, 40];
      for (let channel = 0; channel < 3; channel++)
        assert.ok(Math.abs(pixels[place * 3 + channel]! - expected[channel]!) < 12, `${place % widthPx}, ${Math.floor(place / widthPx)}`);
    }
    const clear = await sharp({ create: { width: 20, height: 20, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } } })
      .png()
      .toBuffer();
    assert.ok((await decodePicture(clear, limits)).pixels.every((value) => value === 255));
  });

  test('a picture of exactly the limit is read', async () => {
    assert.equal((await decodePicture(await flag().png().toBuffer(), { maxPixels: 800 })).widthPx, 40);
  });
});

describe('what is refused', () => {
  test('a bomb of 20,000 × 20,000 pixels, quickly and without unpacking it', async () => {
    const bomb = await pngBomb(20_000);
    assert.ok(bomb.length < 100_000, `${bomb.length} bytes`);
    assert.deepEqual((({ width, height }) => [width, height])(await sharp(bomb, { limitInputPixels: false }).metadata()), [20_000, 20_000]);
    const peakBefore = process.resourceUsage().maxRSS;
    const startedMs = performance.now();
    const { code, params } = await refusal(bomb, 16_777_216);
    const tookMs = performance.now() - startedMs;
    const grownMb = (process.resourceUsage().maxRSS - peakBefore) / 1024;
    assert.deepEqual([code, params], ['picture_too_large', { widthPx: 20_000, heightPx: 20_000, maxPixels: 16_777_216 }]);
    assert.ok(grownMb < 40, `${grownMb} MB`);
    assert.ok(tookMs < 1000, `${tookMs} ms`);
  });

  test('one pixel too many', async () => {
    assert.equal((await refusal(await flag().png().toBuffer(), 799)).code, 'picture_too_large');
  });

  test('animations, of which nobody could tell which picture is meant', async () => {
    for (const file of [await animation('gif'), await animation('webp'), announceFrames(await flag().png().toBuffer(), 2)])
      assert.equal((await refusal(file)).code, 'picture_animated');
  });

  test('an animated bomb is told to be too large: that is what must change first', async () => {
    assert.equal((await refusal(announceFrames(await pngBomb(2000), 9))).code, 'picture_too_large');
  });

  test('files that are cut short, in every format and at every place', async () => {
    const noise = sharp({
      create: { width: 300, height: 300, channels: 3, background: '#888', noise: { type: 'gaussian', mean: 128, sigma: 40 } },
    });
    for (const format of ['png', 'jpeg', 'webp', 'gif', 'avif'] as const) {
      const file = await noise.clone().toFormat(format).toBuffer();
      for (const part of [0.001, 0.01, 0.3, 0.7, 0.99])
        assert.equal((await refusal(file.subarray(0, Math.floor(file.length * part)))).code, 'picture_unreadable', `${format} ${part}`);
    }
  });

  test('a PNG whose pixels were damaged', async () => {
    const file = await flag(200, 200).png({ compressionLevel: 0 }).toBuffer();
    file.fill(7, file.length / 2, file.length / 2 + 40);
    assert.equal((await refusal(file)).code, 'picture_unreadable');
  });

  test('what is no picture, and pictures of kinds that are not read', async () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="file:///etc/passwd"/></svg>';
    for (const [name, file] of Object.entries({
      empty: Buffer.alloc(0),
      'one byte': Buffer.from([0x89]),
      text: Buffer.from('a red fox'),
      svg: Buffer.from(svg),
      'svg after a declaration': Buffer.from(`<?xml version="1.0"?>\n${svg}`),
      pdf: Buffer.from('%PDF-1.7\n%âãÏÓ\n1 0 obj'),
      zip: await zipFiles([{ name: 'a.png', bytes: await flag().png().toBuffer() }]),
      tiff: await flag().tiff().toBuffer(),
      heic: Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1'),
      'the start of an avif': Buffer.from('\0\0\0\x18ftypavif', 'latin1'),
      'signature alone': Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    }))
      assert.equal((await refusal(file)).code, 'picture_unreadable', name);
  });

  test('nothing of the file is in what is logged of a refusal', async () => {
    assert.deepEqual((await refusal(Buffer.from('secret text'))).params, {});
  });
});
