import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Pixels } from '#core/ports.ts';
import { openPixels, readPixels } from '#src/finish/raw-pixels.ts';
import { createWatermark } from '#src/finish/watermark/watermark.ts';
import { assertSameBytes } from '../../same-bytes.ts';
import { cut, drawing, gradient, jpeg, noise, paint, preview, psnr, resized, texture } from './pictures.ts';

const key = Uint8Array.from({ length: 32 }, (_, at) => at * 7);
const watermark = createWatermark(key);
const payload = 0xc0ffee_123456n;

const pictures: Readonly<Record<string, Pixels>> = {
  'a drawing of the embedded model’s size': drawing(3, 256, 256),
  'a drawing on white': paint(256, 256, (x, y) => (Math.hypot(x - 128, y - 128) < 80 ? [240, 120, 20] : [255, 255, 255])),
  'a texture': texture(1, 320, 320),
  'a wide gradient': gradient(2, 640, 256),
  'a large, upright drawing': drawing(5, 512, 1024),
  grain: noise(1, 384, 384, 15),
};

for (const [name, picture] of Object.entries(pictures))
  test(`${name}: marked invisibly, and read from re-encoded, smaller and cut copies`, async () => {
    const marked = await watermark.embed(picture, payload);
    assert.ok(psnr(picture, marked) >= 42, `${psnr(picture, marked)} dB`);
    const copies: Readonly<Record<string, Pixels>> = {
      'the very file': marked,
      'JPEG q70': await jpeg(marked, 70),
      'half the size': await resized(marked, 0.5),
      'the bot’s own preview': await preview(marked),
      'without a tenth': await cut(marked, 0.1, [0.3, 0.8]),
    };
    for (const [copy, pixels] of Object.entries(copies)) {
      const found = await watermark.find(pixels);
      assert.equal(found?.payload, payload, copy);
      assert.ok(found !== undefined && found.falseAlarmLog10 <= -7, `${found?.falseAlarmLog10}`);
    }
  });

test('the same picture, key and payload give the same pixels', async () => {
  const picture = drawing(8, 300, 200);
  const once = await watermark.embed(picture, payload);
  assertSameBytes((await createWatermark(key).embed(picture, payload)).pixels, once.pixels);
  assert.notDeepEqual((await watermark.embed(picture, payload + 1n)).pixels, once.pixels);
});

test('nothing is found with another key, in unmarked pictures, or in half a plane of one colour', async () => {
  const marked = await watermark.embed(drawing(9, 256, 256), payload);
  const other = createWatermark(Uint8Array.from(key, (byte) => byte ^ 1));
  assert.equal(await other.find(marked), undefined);
  const clean = [drawing(10, 256, 256), texture(3, 256, 256), noise(4, 200, 150, 30), paint(256, 256, () => [255, 255, 255])];
  for (const picture of clean) assert.equal(await watermark.find(picture), undefined);
});

test('a mark over a mark: the new payload is read', async () => {
  for (const picture of [drawing(11, 256, 256), texture(4, 256, 256)]) {
    const twice = await watermark.embed(await watermark.embed(picture, payload), 42n);
    assert.equal((await watermark.find(twice))?.payload, 42n);
    assert.equal((await watermark.find(await jpeg(twice, 70)))?.payload, 42n);
    const enlarged = await watermark.embed(await resized(twice, 2), 43n);
    assert.equal((await watermark.find(await jpeg(enlarged, 70)))?.payload, 43n);
  }
});

test('a copy that was cut, made larger again and saved as JPEG still says it', async () => {
  const marked = await watermark.embed(drawing(12, 512, 512), payload);
  const smaller = await cut(marked, 0.1, [1, 1]);
  const back = await jpeg(await readPixels(openPixels(smaller).resize(512, 512)), 80);
  assert.equal((await watermark.find(back))?.payload, payload);
});

describe('limits', () => {
  test('pictures with a side below 128 pixels, and very narrow ones, come back as they are', async () => {
    const small = drawing(13, 400, 127);
    assert.equal(await watermark.embed(small, payload), small);
    const narrow = drawing(13, 130, 130 * 17);
    assert.equal(await watermark.embed(narrow, payload), narrow);
    const banner = await watermark.embed(drawing(13, 128 * 12, 128), payload);
    assert.equal((await watermark.find(await jpeg(banner, 70)))?.payload, payload);
    const smallest = await watermark.embed(drawing(13, 160, 128), payload);
    assert.equal((await watermark.find(smallest))?.payload, payload);
    assert.equal(await watermark.find(drawing(1, 8, 8)), undefined);
  });

  test('every payload of 48 bits can be carried, no other one, and keys have 32 bytes', async () => {
    const picture = drawing(14, 256, 256);
    for (const bits of [0n, 2n ** 48n - 1n, 0xaaaaaaaaaaaan])
      assert.equal((await watermark.find(await watermark.embed(picture, bits)))?.payload, bits);
    for (const bits of [-1n, 2n ** 48n]) await assert.rejects(watermark.embed(picture, bits), RangeError);
    assert.throws(() => createWatermark(key.subarray(1)), TypeError);
  });

  test('the event loop goes on while a large picture is marked', async () => {
    const picture = drawing(15, 1024, 1024);
    await watermark.embed(picture, payload);
    let turns = 0;
    let isDone = false;
    const turn = (): void => {
      turns += 1;
      if (!isDone) setImmediate(turn);
    };
    setImmediate(turn);
    await watermark.embed(picture, payload);
    isDone = true;
    // 2 × 32 bands of pixels, and the work between them.
    assert.ok(turns > 60, `${turns} turns`);
  });
});
