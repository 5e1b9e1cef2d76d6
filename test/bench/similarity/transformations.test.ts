import assert from 'node:assert/strict';
import { test } from 'node:test';
import { artwork, manners } from './art.ts';
import { chance } from './chance.ts';
import { strengths, transformations } from './transformations.ts';

test('twenty transformations, each the same for the same seed, whole, and no copy of the picture', async () => {
  assert.equal(transformations.length, 20);
  assert.equal(new Set(transformations.map(({ name }) => name)).size, 20);
  const picture = await artwork(0);
  for (const { name, apply } of transformations)
    for (const strength of strengths) {
      const made = await apply(picture, strength, chance('seed', name, strength));
      assert.equal(made.pixels.length, made.widthPx * made.heightPx * 3, `${name} ${strength}`);
      assert.deepEqual(await apply(picture, strength, chance('seed', name, strength)), made, `${name} ${strength} again`);
      assert.notDeepEqual(made, picture, `${name} ${strength} changes something`);
    }
});

test('every manner of art is the same for the same number and another for the next', async () => {
  for (const [at, manner] of manners.entries()) {
    assert.deepEqual(await artwork(at), await artwork(at), manner);
    assert.notDeepEqual((await artwork(at)).pixels, (await artwork(at + manners.length)).pixels, manner);
  }
});
