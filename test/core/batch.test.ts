import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  cellOf,
  indexOfCell,
  isBatch,
  isCommon,
  perVariant,
  pictureRequest,
  seedOf,
  sheetColumns,
  singleRequest,
  variantOf,
} from '#core/batch.ts';
import { readCell } from '#core/job-names.ts';
import { limits } from '#core/limits.ts';
import { resolveRequest } from '#core/request.ts';
import type { ImageRequest, Variant } from '#core/types.ts';
import { drawIn, fox, smallModel, styles, turboModel } from './sample.ts';

function requestOf(typed: string): ImageRequest {
  const models = (name: string) => (name === 'turbo' ? turboModel : undefined);
  const result = resolveRequest(drawIn(`!img ${typed}`), { model: smallModel, seed: 42, limits, styles, models });
  if (!result.ok) throw new Error(JSON.stringify(result.problem));
  return result.value;
}

const variant: Variant = {
  label: 'x',
  words: 'x',
  prompt: 'x',
  negativePrompt: '',
  widthPx: 256,
  heightPx: 256,
  steps: 8,
  guidanceScale: 2,
  model: 'blitzbild-mini',
};
const grid = (rows: number, each: number) => ({ count: rows * each, variants: Array.from({ length: rows }, () => variant) });
const cells = (request: Pick<ImageRequest, 'count' | 'variants'>): string =>
  Array.from({ length: request.count }, (_, index) => cellOf(request, index)).join(' ');

describe('cells', () => {
  test('of a job without rows go by fives', () => {
    assert.equal(cells({ count: 7 }), 'A1 A2 A3 A4 A5 B1 B2');
    assert.equal(cells(grid(1, 6)), 'A1 A2 A3 A4 A5 B1');
    assert.equal(sheetColumns({ count: 7 }), 5);
    assert.equal(sheetColumns({ count: 3 }), 3);
  });

  test('of rows: every variant has one', () => {
    assert.equal(cells(grid(3, 2)), 'A1 A2 B1 B2 C1 C2');
    assert.equal(cells(grid(2, 7)), 'A1 A2 A3 A4 A5 A6 A7 B1 B2 B3 B4 B5 B6 B7');
    assert.equal(sheetColumns(grid(2, 7)), 7);
    assert.equal(indexOfCell(grid(3, 2), { row: 1, column: 0 }), 2);
  });

  test('of variants of one picture each go by fives', () => {
    assert.equal(cells(grid(6, 1)), 'A1 A2 A3 A4 A5 B1');
    assert.equal(sheetColumns(grid(6, 1)), 5);
  });

  test('that are not there', () => {
    for (const [request, cell] of [
      [{ count: 4 }, 'A5'],
      [{ count: 7 }, 'B3'],
      [{ count: 7 }, 'A6'],
      [grid(3, 2), 'A3'],
      [grid(3, 2), 'D1'],
    ] as const) {
      const typed = readCell(cell);
      assert.ok(typed !== undefined);
      assert.equal(indexOfCell(request, typed), undefined, cell);
    }
  });

  test('of every picture of every batch can be typed and lead back to it', () => {
    fc.assert(
      fc.property(
        fc
          .tuple(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 100 }))
          .filter(([rows, each]) => rows * each <= limits.maxBatch),
        fc.boolean(),
        ([rows, each], isPlain) => {
          const request = isPlain ? { count: rows * each } : grid(rows, each);
          const names = new Set<string>();
          for (let index = 0; index < request.count; index++) {
            const name = cellOf(request, index);
            const typed = readCell(name.toLowerCase());
            assert.ok(typed !== undefined, `${name} of ${rows} × ${each}`);
            assert.equal(indexOfCell(request, typed), index, `${name} of ${rows} × ${each}`);
            names.add(name);
          }
          assert.equal(names.size, request.count);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('a batch', () => {
  const request = requestOf('a {red, blue} bird --style comic,pixel-art --n 3 --seed 7');

  test('is styles × words × pictures, row by row', () => {
    assert.equal(request.count, 12);
    assert.equal(perVariant(request), 3);
    assert.ok(isBatch(request));
    assert.deepEqual(request.styles, ['comic', 'pixel-art']);
    assert.deepEqual(
      request.variants?.map(({ label, prompt }) => `${label}: ${prompt}`),
      [
        'comic · red: a red bird, flat',
        'comic · blue: a blue bird, flat',
        'pixel-art · red: a red bird, pixel art',
        'pixel-art · blue: a blue bird, pixel art',
      ],
    );
    assert.equal(request.prompt, 'a {red, blue} bird');
    assert.deepEqual(
      [2, 3, 11].map((index) => variantOf(request, index)?.label),
      ['comic · red', 'comic · blue', 'pixel-art · blue'],
    );
  });

  test('has the same seeds in every row, so that rows can be compared', () => {
    assert.deepEqual(
      Array.from({ length: 12 }, (_, index) => seedOf(request, index)),
      [7, 8, 9, 7, 8, 9, 7, 8, 9, 7, 8, 9],
    );
    assert.equal(seedOf({ ...fox, seed: 4_294_967_295, count: 2 }, 1), 0);
  });

  test('asks the engine for what its row says, and nothing of the request’s', () => {
    assert.deepEqual(pictureRequest(request, 10), {
      prompt: 'a blue bird, pixel art',
      negativePrompt: '',
      seed: 8,
      widthPx: 384,
      heightPx: 256,
      steps: 12,
      guidanceScale: 3,
      model: 'blitzbild-mini',
      filter: 'pixel',
      enhance: true,
    });
    const enlarged: ImageRequest = { ...request, upscale: 2 };
    assert.equal('upscale' in pictureRequest(enlarged, 0), false);
    assert.equal(pictureRequest({ ...fox, upscale: 2 }, 0).upscale, 2);
  });

  test('is alike in some things', () => {
    assert.equal(isCommon(request, 'model'), true);
    assert.equal(isCommon(request, 'steps'), false);
    assert.equal(isCommon(fox, 'steps'), true);
  });
});

describe('one picture of a job', () => {
  test('is by itself a request that makes the same picture', () => {
    for (const typed of [
      'a red fox --n 4',
      'a {red, blue} bird --style comic,pixel-art,large --n 3',
      'a {red, {dark, light} blue} bird --n 2 --enhance',
      'a fox --style photo --no text --hq',
    ]) {
      const request = requestOf(`${typed} --seed 5`);
      for (let index = 0; index < request.count; index++) {
        const single = singleRequest(request, index);
        assert.equal(single.count, 1);
        assert.deepEqual(pictureRequest(single, 0), pictureRequest(request, index), `${typed} ${index}`);
      }
    }
  });

  test('names its own words and style, and is no batch', () => {
    const single = singleRequest(requestOf('a {red, blue} bird --style comic,pixel-art --n 3 --seed 7'), 10);
    assert.equal(single.prompt, 'a blue bird');
    assert.deepEqual(single.styles, ['pixel-art']);
    assert.deepEqual([single.seed, single.widthPx, single.steps], [8, 384, 12]);
    assert.equal(isBatch(single), false);
    assert.equal(cellOf(single, 0), 'A1');
  });

  test('keeps braces that were words', () => {
    const single = singleRequest(requestOf(String.raw`a {red, blue} sign saying \{a, b\} --n 2`), 2);
    assert.equal(variantOf(single, 0)?.words, 'a blue sign saying {a, b}');
    assert.equal(requestOf(single.prompt).count, 1);
    assert.equal(pictureRequest(requestOf(single.prompt), 0).prompt, 'a blue sign saying {a, b}');
  });
});
