import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { partOf, withoutFrame } from '#src/similarity/picture-parts.ts';
import { artwork, edited, plain } from './pictures.ts';

describe('a part of a picture', () => {
  test('is what lies there', () => {
    const picture = { pixels: Uint8Array.from({ length: 4 * 2 * 3 }, (_, at) => at), widthPx: 4, heightPx: 2 };
    const part = partOf(picture, { left: 0.5, top: 0.5, width: 0.5, height: 0.5 });
    assert.deepEqual(part, { pixels: Uint8Array.from([18, 19, 20, 21, 22, 23]), widthPx: 2, heightPx: 1 });
  });

  test('has a pixel however small it is, and never leaves the picture', () => {
    const part = partOf(plain(9, 3, 3), { left: 0.99, top: 0.99, width: 0.01, height: 0.01 });
    assert.deepEqual(part, { pixels: Uint8Array.from([9, 9, 9]), widthPx: 1, heightPx: 1 });
  });
});

describe('a frame', () => {
  test('is found where one was put around a picture, after JPEG too', async () => {
    const work = await artwork(0);
    for (const picture of [await edited(work, 'pad', 1), await edited(await edited(work, 'pad', 1), 'jpeg', 0)]) {
      const inner = await withoutFrame(picture);
      assert.ok(inner);
      assert.ok(Math.abs(inner.left - 1 / 12) < 0.01 && Math.abs(inner.width - 10 / 12) < 0.02, JSON.stringify(inner));
    }
  });

  test('is not what a picture shows, and a plain picture is none', async () => {
    assert.equal(await withoutFrame(await artwork(2)), undefined);
    assert.equal(await withoutFrame(plain(200)), undefined);
    assert.equal(await withoutFrame(plain(0, 1, 1)), undefined);
  });

  test('is looked for in slices: a plain picture of 16 megapixels holds nobody up', async () => {
    const picture = plain(200, 4096, 4096);
    await withoutFrame(plain(200, 1024, 1024));
    const state = { isDone: false };
    const slicesMs: number[] = [];
    const search = withoutFrame(picture).finally(() => (state.isDone = true));
    // Of the processor: others may have it meanwhile.
    for (let before = process.cpuUsage(); !state.isDone; before = process.cpuUsage()) {
      await setImmediate();
      const { user, system } = process.cpuUsage(before);
      slicesMs.push((user + system) / 1000);
    }
    assert.equal(await search, undefined);
    assert.ok(slicesMs.length > 20, `${slicesMs.length} slices`);
    assert.ok(Math.max(...slicesMs) < 20, `${Math.max(...slicesMs)} ms at once`);
  });
});
