import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { filterNames } from '#core/types.ts';
import type { Pixels } from '#core/ports.ts';
import { blockSizeFor } from '#src/finish/filters/pixel.ts';
import { SharpStudio } from '#src/finish/sharp-studio.ts';
import { drawnPicture } from './pictures.ts';

const studio = new SharpStudio();

/** The colour at a place. */
const at = ({ pixels, widthPx }: Pixels, x: number, y: number): readonly number[] => [
  ...pixels.subarray((y * widthPx + x) * 3, (y * widthPx + x) * 3 + 3),
];
const chroma = (colour: readonly number[]): number => Math.max(...colour) - Math.min(...colour);
const mean = (colour: readonly number[]): number => colour.reduce((sum, value) => sum + value, 0) / colour.length;
const meanOf = ({ pixels }: Pixels): number => pixels.reduce((sum, value) => sum + value, 0) / pixels.length;

describe('every filter', () => {
  for (const name of filterNames) {
    test(`${name} keeps the size, changes the picture and always in the same way`, async () => {
      const picture = drawnPicture(160, 96);
      const before = picture.pixels.slice();
      const first = await studio.filter(picture, name);
      assert.deepEqual([first.widthPx, first.heightPx, first.pixels.length], [160, 96, before.length]);
      assert.deepEqual(picture.pixels, before, 'the source stays as it is');
      assert.notDeepEqual(first.pixels, before);
      assert.deepEqual((await studio.filter(drawnPicture(160, 96), name)).pixels, first.pixels);
    });

    test(`${name} works on the smallest pictures, on stripes and on one colour`, async () => {
      for (const [widthPx, heightPx] of [
        [1, 1],
        [2, 3],
        [300, 2],
        [3, 200],
      ] as const)
        assert.equal((await studio.filter(drawnPicture(widthPx, heightPx), name)).pixels.length, widthPx * heightPx * 3);
      for (const value of [0, 128, 255]) {
        const plain = { pixels: new Uint8Array(64 * 64 * 3).fill(value), widthPx: 64, heightPx: 64 };
        assert.equal((await studio.filter(plain, name)).pixels.length, plain.pixels.length);
      }
    });
  }
});

// The drawn picture is an orange disc (x 48 … 112) on blue.
const disc = [80, 48] as const;
const ground = [20, 20] as const;

test('black and white has no colour, and things of the same brightness stay apart', async () => {
  const grey = await studio.filter(drawnPicture(160, 96), 'black-and-white');
  for (let place = 0; place < grey.pixels.length; place += 3)
    assert.ok(grey.pixels[place] === grey.pixels[place + 1] && grey.pixels[place] === grey.pixels[place + 2]);
  assert.ok(mean(at(grey, ...disc)) - mean(at(grey, ...ground)) > 40);
});

test('a sketch is mostly paper, with dark outlines and without colours', async () => {
  const drawn = await studio.filter(drawnPicture(160, 96), 'sketch');
  assert.ok(meanOf(drawn) > 150, String(meanOf(drawn)));
  const row = Array.from({ length: 160 }, (_, x) => mean(at(drawn, x, 48)));
  const outline = Math.min(...row.slice(40, 57));
  assert.ok(outline < mean(row.slice(70, 90)) - 40, `outline ${outline}, disc ${mean(row.slice(70, 90))}`);
  assert.ok(Math.max(...row.map((_, x) => chroma(at(drawn, x, 48)))) < 20);
});

describe('pixel', () => {
  test('makes blocks that are exactly even, out of few colours', async () => {
    for (const [widthPx, heightPx, blockPx] of [
      [256, 256, 4],
      [512, 512, 8],
      [1216, 832, 19],
      [100, 40, 2],
    ] as const) {
      assert.equal(blockSizeFor(widthPx, heightPx), blockPx);
      const art = await studio.filter(drawnPicture(widthPx, heightPx), 'pixel');
      const colours = new Set<string>();
      for (let y = 0; y < heightPx; y++)
        for (let x = 0; x < widthPx; x++) {
          const colour = at(art, x, y).join();
          const corner = at(art, x - (x % blockPx), y - (y % blockPx)).join();
          if (colour !== corner) assert.fail(`${widthPx}×${heightPx}: ${x},${y} differs from its block`);
          colours.add(colour);
        }
      assert.ok(colours.size > 1 && colours.size <= 16, `${colours.size} colours`);
    }
  });

  test('has 48 to 64 blocks on the longer side of usual sizes', () => {
    for (const [widthPx, heightPx] of [
      [256, 256],
      [512, 512],
      [768, 512],
      [1024, 1024],
      [1024, 576],
      [1344, 768],
      [2048, 2048],
    ] as const) {
      const blocks = Math.max(widthPx, heightPx) / blockSizeFor(widthPx, heightPx);
      assert.ok(blocks >= 48 && blocks <= 64, `${widthPx}×${heightPx}: ${blocks}`);
    }
  });
});

test('watercolor leaves the border bare, evens out grain and keeps the colours', async () => {
  const source = drawnPicture(160, 96, 12);
  const painted = await studio.filter(source, 'watercolor');
  for (const [x, y] of [
    [0, 0],
    [159, 50],
    [80, 95],
  ] as const)
    assert.ok(mean(at(painted, x, y)) > 225, `${x},${y}: ${at(painted, x, y).join()}`);
  const [red = 0, , blue = 0] = at(painted, ...disc);
  assert.ok(red > blue + 60, 'the disc is still orange');
  const [groundRed = 0, , groundBlue = 0] = at(painted, 30, 70);
  assert.ok(groundBlue > groundRed + 40, 'the ground is still blue');
});

test('neon is dark but for glowing, colourful outlines', async () => {
  const lights = await studio.filter(drawnPicture(160, 96), 'neon');
  assert.ok(meanOf(lights) < 80, String(meanOf(lights)));
  const row = Array.from({ length: 160 }, (_, x) => at(lights, x, 48));
  const tube = Math.max(...row.slice(40, 57).map((colour) => Math.max(...colour)));
  assert.ok(tube > 200, String(tube));
  assert.ok(mean(row[80]!) < 60, `inside of the disc: ${row[80]!.join()}`);
  assert.ok(Math.max(...row.slice(40, 57).map(chroma)) > 100);
});
