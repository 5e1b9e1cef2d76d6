import assert from 'node:assert/strict';
import { test } from 'node:test';
import sharp from 'sharp';
import { readMarks } from '#src/finish/marks.ts';
import { SharpFinisher } from '#src/finish/sharp-finisher.ts';
import { SharpStudio } from '#src/finish/sharp-studio.ts';
import { assertSameBytes } from '../same-bytes.ts';
import { grain, paintedPicture } from './pictures.ts';

const studio = new SharpStudio();

/** Grain is what compresses worst. */
async function noisy(widthPx: number, heightPx: number, alpha?: Uint8Array): Promise<Uint8Array> {
  const random = grain(7);
  const pixels = Uint8Array.from({ length: widthPx * heightPx * 3 }, () => Math.floor(random() * 256));
  const { png } = await new SharpFinisher().finish({ pixels, widthPx, heightPx, ...(alpha === undefined ? {} : { alpha }) });
  return png;
}

test('a copy has at most the bytes that are allowed, the shape and the mark of the original, and is always the same', async () => {
  const png = await noisy(320, 240);
  assert.ok(png.length > 200_000);
  for (const limitBytes of [100_000, 40_000, 12_000]) {
    const copy = await studio.smallerCopy(png, limitBytes);
    assert.ok(copy !== undefined && copy.jpeg.length <= limitBytes, `${copy?.jpeg.length} of ${limitBytes}`);
    assert.ok(Math.abs(copy.widthPx / copy.heightPx - 4 / 3) < 0.03);
    const { width, height, format } = await sharp(copy.jpeg).metadata();
    assert.deepEqual([format, width, height], ['jpeg', copy.widthPx, copy.heightPx]);
    assert.ok(readMarks(copy.jpeg).aiGenerated);
    assertSameBytes((await studio.smallerCopy(png, limitBytes))?.jpeg ?? new Uint8Array(), copy.jpeg);
  }
});

test('it keeps the size where a lower quality is enough, and looks like the original', async () => {
  const { png } = await new SharpFinisher().finish(paintedPicture(256, 256));
  const copy = await studio.smallerCopy(png, 9000);
  assert.deepEqual([copy?.widthPx, copy?.heightPx], [256, 256]);
  const [before, after] = await Promise.all([png, copy!.jpeg].map(async (file) => sharp(file).raw().toBuffer()));
  const apart = before!.reduce((sum, value, at) => sum + Math.abs(value - (after![at] ?? 0)), 0) / before!.length;
  assert.ok(apart < 4, `${apart}`);
});

test('what is transparent becomes white', async () => {
  const png = await noisy(64, 64, new Uint8Array(64 * 64));
  const pixels = await sharp((await studio.smallerCopy(png, 50_000))!.jpeg)
    .raw()
    .toBuffer();
  assert.ok(pixels.every((value) => value > 250));
});

test('where nothing worth showing is small enough, there is none', async () => {
  assert.equal(await studio.smallerCopy(await noisy(128, 128), 300), undefined);
});
