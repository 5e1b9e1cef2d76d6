import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inBands } from '#src/finish/bands.ts';
import { SharpStudio } from '#src/finish/sharp-studio.ts';
import { paintedPicture } from './pictures.ts';

const studio = new SharpStudio();

describe('cover', () => {
  test('cuts the longer side in the middle and keeps the shape of things', async () => {
    const source = paintedPicture(120, 60);
    const { pixels, widthPx, heightPx } = await studio.cover(source, { widthPx: 30, heightPx: 30 });
    assert.deepEqual([widthPx, heightPx, pixels.length], [30, 30, 2700]);
    // Red rises from left to right by 255 over the width: half of that is left, from a quarter to three quarters.
    assert.ok(Math.abs(pixels[15 * 90]! - 65) < 6, String(pixels[15 * 90]));
    assert.ok(Math.abs(pixels[15 * 90 + 87]! - 190) < 6, String(pixels[15 * 90 + 87]));
  });

  test('enlarges too, and leaves alone what fits', async () => {
    const source = paintedPicture(16, 12);
    assert.equal((await studio.cover(source, { widthPx: 64, heightPx: 64 })).pixels.length, 64 * 64 * 3);
    assert.deepEqual(await studio.cover(source, { widthPx: 16, heightPx: 12 }), source);
  });

  test('what is transparent becomes white, however dark it was', async () => {
    const alpha = Uint8Array.from({ length: 16 * 12 }, (_, place) => (place % 16 < 8 ? 0 : 255));
    const source = { pixels: new Uint8Array(16 * 12 * 3), widthPx: 16, heightPx: 12, alpha };
    for (const [widthPx, heightPx] of [
      [16, 12],
      [32, 24],
    ] as const) {
      const covered = await studio.cover(source, { widthPx, heightPx });
      assert.deepEqual([covered.pixels[0], covered.pixels.at(-1)], [255, 0]);
      assert.ok(!('alpha' in covered));
    }
  });

  test('pixels that do not fit their size are told', async () => {
    const wrong = { ...paintedPicture(8, 8), widthPx: 9 };
    await assert.rejects(studio.cover(wrong, { widthPx: 4, heightPx: 4 }), /expected 216 bytes of pixels, got 192/);
  });
});

describe('enlargeAlpha', () => {
  const half = Uint8Array.from({ length: 12 * 8 }, (_, at) => (at % 12 < 6 ? 0 : 255));

  test('keeps what is clear and what is covered, with a smooth edge in the same place', async () => {
    for (const factor of [2, 4, 8] as const) {
      const width = 12 * factor;
      const large = await studio.enlargeAlpha(half, { widthPx: 12, heightPx: 8 }, factor);
      assert.equal(large.length, half.length * factor * factor);
      const row = large.subarray(4 * factor * width, (4 * factor + 1) * width);
      assert.deepEqual([row[0], row[4 * factor], row[8 * factor], row[width - 1]], [0, 0, 255, 255]);
      assert.ok(
        row.every((value, x) => x === 0 || value >= row[x - 1]!),
        'it only rises: no ring around the edge',
      );
      assert.ok(Math.abs((row[6 * factor - 1]! + row[6 * factor]!) / 2 - 127.5) < 3, 'the edge stays in the middle');
    }
  });

  test('a plane of another size is refused', async () => {
    await assert.rejects(studio.enlargeAlpha(half, { widthPx: 12, heightPx: 9 }, 2), /expected 108 bytes of one channel, got 96/);
  });
});

test('long work on a large picture lets others in between', async () => {
  let turns = 0;
  const others = setInterval(() => (turns += 1), 0);
  const rows: number[] = [];
  await inBands({ widthPx: 4096, heightPx: 1000 }, (from, to) => {
    const untilMs = performance.now() + 2;
    while (performance.now() < untilMs) rows.length = 0;
    rows.push(from, to);
  });
  clearInterval(others);
  assert.ok(turns >= 10, `${turns} turns`);
  assert.deepEqual(rows, [992, 1000], 'the last rows too');
});
