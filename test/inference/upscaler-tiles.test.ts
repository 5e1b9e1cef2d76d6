import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { TileRules } from '../../src/inference/upscaler-folder.ts';
import { tilesAlong, weightsOf } from '../../src/inference/upscaler-tiles.ts';

const rules = (sizePx: number, overlapPx: number): TileRules => ({ sizePx, overlapPx, multipleOfPx: 1 });

test('a side that fits one tile is one tile, which counts in full', () => {
  for (const lengthPx of [1, 31, 255, 256]) {
    const [tile, ...rest] = tilesAlong(lengthPx, rules(256, 32));
    assert.deepEqual([tile?.startPx, tile?.sizePx, tile?.inputPx, rest.length], [0, lengthPx, lengthPx, 0]);
    assert.ok(weightsOf(tile!, 4).every((weight) => weight === 1));
  }
});

test('a longer side is covered by tiles of one size, each the overlap or a little more over the next', () => {
  assert.deepEqual(
    tilesAlong(512, rules(256, 32)).map(({ startPx, sizePx }) => [startPx, sizePx]),
    [
      [0, 192],
      [160, 192],
      [320, 192],
    ],
  );
  fc.assert(
    fc.property(
      fc.integer({ min: 65, max: 3000 }),
      fc.integer({ min: 64, max: 512 }),
      fc.integer({ min: 32, max: 64 }),
      (length, size, overlap) => {
        fc.pre(length > size && 2 * overlap <= size);
        const tiles = tilesAlong(length, rules(size, overlap));
        const [{ startPx: first, sizePx } = assert.fail('no tile')] = tiles;
        assert.ok(first === 0 && tiles.at(-1)!.startPx + sizePx === length && sizePx <= size);
        for (const [i, tile] of tiles.slice(1).entries()) {
          const covered = tiles[i]!.startPx + sizePx - tile.startPx;
          assert.ok(tile.sizePx === sizePx && covered >= overlap && covered <= overlap + 2, `${covered} px`);
        }
      },
    ),
  );
});

test('weights add up to one everywhere, and the cut edge of a tile counts nothing', () => {
  fc.assert(
    fc.property(fc.integer({ min: 65, max: 700 }), fc.constantFrom(2, 4), fc.constantFrom(1, 4, 64), (length, factor, multipleOfPx) => {
      const sums = new Float64Array(length * factor);
      for (const tile of tilesAlong(length, { sizePx: 64, overlapPx: 32, multipleOfPx })) {
        const weights = weightsOf(tile, factor);
        weights.forEach((weight, i) => (sums[tile.startPx * factor + i]! += weight));
        const cut = 7 * factor;
        if (tile.startPx > 0) assert.ok(weights.subarray(0, cut).every((weight) => weight === 0));
        if (tile.startPx + tile.sizePx < length) assert.ok(weights.subarray(-cut).every((weight) => weight === 0));
      }
      for (const sum of sums) assert.ok(Math.abs(sum - 1) < 1e-6, String(sum));
    }),
  );
});

test('a graph that takes certain sides only gets no others: real pixels where there are some, more than the picture where it is small', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 2000 }),
      fc.constantFrom(
        { sizePx: 64, overlapPx: 32, multipleOfPx: 64 },
        { sizePx: 128, overlapPx: 32, multipleOfPx: 128 },
        { sizePx: 96, overlapPx: 32, multipleOfPx: 8 },
      ),
      (length, { sizePx, overlapPx, multipleOfPx }) => {
        const tiles = tilesAlong(length, { sizePx, overlapPx, multipleOfPx });
        for (const [i, tile] of tiles.entries()) {
          assert.ok(tile.inputPx % multipleOfPx === 0 && tile.inputPx <= sizePx && tile.inputPx - tile.sizePx < multipleOfPx);
          if (tiles.length > 1) assert.equal(tile.inputPx, tile.sizePx);
          if (i > 0) assert.ok(tiles[i - 1]!.startPx + tile.sizePx - tile.startPx >= overlapPx);
        }
        assert.equal(tiles.at(-1)!.startPx + tiles[0]!.sizePx, length);
      },
    ),
  );
});
