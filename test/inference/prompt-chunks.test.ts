import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { chunkPrompt, type Chunk } from '../../src/inference/prompt-chunks.ts';

const COMMA = 0;
const RULES = { length: 75, most: 8, commaId: COMMA };

/** `count` words from 1 on, with commas at those places. */
const words = (count: number, commas: readonly number[] = []): Chunk => {
  const ids = Array.from({ length: count }, (_, i) => (commas.includes(i) ? COMMA : i + 1));
  return { ids, weights: ids.map((id) => id / 1000) };
};
const sizes = (parts: readonly Chunk[], rules = RULES): number[] => chunkPrompt(parts, rules).chunks.map(({ ids }) => ids.length);

const CUTS: readonly (readonly [what: string, parts: readonly Chunk[], sizes: readonly number[]])[] = [
  ['nothing', [words(0)], [0]],
  ['what fits', [words(75)], [75]],
  ['one word too many', [words(76)], [75, 1]],
  ['a comma at the end of the chunk', [words(80, [74])], [75, 5]],
  ['a comma 20 tokens back', [words(80, [55])], [56, 24]],
  ['a comma 21 tokens back', [words(80, [54])], [75, 5]],
  ['two commas: the last counts', [words(80, [60, 70])], [71, 9]],
  ['a comma that is the first not to fit', [words(80, [60, 75])], [75, 5]],
  ['a comma that was the first of its chunk', [words(155, [75])], [75, 75, 5]],
  ['a prompt that ends full needs no comma', [words(75, [70])], [75]],
  ['BREAK', [words(3), words(4)], [3, 4]],
  ['BREAK behind a full chunk', [words(75), words(4)], [75, 4]],
  ['BREAK in a long prompt', [words(80, [70]), words(4)], [71, 9, 4]],
  ['BREAK in front', [words(0), words(4)], [0, 4]],
  ['BREAK at the end', [words(4), words(0)], [4]],
  ['BREAK BREAK', [words(3), words(0), words(4)], [3, 0, 4]],
  ['BREAK alone', [words(0), words(0)], [0]],
];
for (const [what, parts, wanted] of CUTS) test(`${what}: chunks of ${wanted.join(', ')}`, () => assert.deepEqual(sizes(parts), wanted));

test('the last chunk is filled, and what is behind it is dropped', () => {
  const part = words(80, [70]);
  const { chunks, droppedIds } = chunkPrompt([part, words(3)], { ...RULES, most: 2 });
  assert.deepEqual(
    chunks.map(({ ids }) => ids.length),
    [71, 9],
  );
  assert.deepEqual(droppedIds, [1, 2, 3]);
  const cut = chunkPrompt([words(160, [70, 140])], { ...RULES, most: 2 });
  assert.deepEqual([cut.chunks.map(({ ids }) => ids.length), cut.droppedIds.length], [[71, 75], 14]);
});

test('one chunk holds as much as fits, whatever commas and BREAKs there are', () => {
  const { chunks, droppedIds } = chunkPrompt([words(40, [39]), words(40)], { ...RULES, most: 1 });
  assert.deepEqual(chunks, [
    { ids: [...words(40, [39]).ids, ...words(35).ids], weights: [...words(40, [39]).weights, ...words(35).weights] },
  ]);
  assert.deepEqual(droppedIds, [36, 37, 38, 39, 40]);
});

test('ten thousand BREAKs make no more chunks than are allowed', () => {
  assert.deepEqual(sizes(Array.from({ length: 10_000 }, () => words(0))), Array<number>(8).fill(0));
});

test('no token is lost, moved or doubled, and each keeps its weight', () => {
  const part = fc.tuple(fc.nat(200), fc.array(fc.nat(200))).map(([count, commas]) => words(count, commas));
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 8 }), (parts, most) => {
      const { chunks, droppedIds } = chunkPrompt(parts, { ...RULES, most });
      assert.ok(chunks.length >= 1 && chunks.length <= most && chunks.every(({ ids }) => ids.length <= 75));
      assert.deepEqual(
        [...chunks.flatMap(({ ids }) => ids), ...droppedIds],
        parts.flatMap(({ ids }) => ids),
      );
      for (const { ids, weights } of chunks)
        assert.deepEqual(
          weights,
          ids.map((id) => id / 1000),
        );
    }),
  );
});
