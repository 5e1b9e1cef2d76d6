import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Pixels } from '#core/ports.ts';
import { resizePicture, type ResizeFilter } from '#src/inference/vision/resize.ts';
import { createPictureModels } from '#src/picture-models.ts';
import { compare, fixturePath, readJsonFixture, readNpyFixture } from './fixtures.ts';

type Answer = { readonly name: string; readonly vector: readonly number[]; readonly red: number };

const answers = readJsonFixture('picture-models/answers.json') as readonly Answer[];
const pictureOf = (name: string): Pixels => {
  const { shape, values } = readNpyFixture(`picture-models/resized/${name}.npy`);
  return { pixels: Uint8Array.from(values), heightPx: shape[0]!, widthPx: shape[1]! };
};

describe('pictures are resized as PIL does it', () => {
  for (const { name } of answers)
    for (const filter of ['area', 'bilinear', 'bicubic', 'lanczos'] as const satisfies readonly ResizeFilter[])
      for (const fit of ['fill', 'cover'] as const)
        test(`${name}, ${filter}, ${fit}`, async () => {
          const to = { widthPx: 16, heightPx: fit === 'fill' ? 12 : 16, fit, coverShare: 0.875, filter };
          const made = await resizePicture(pictureOf(name), to);
          const { maxDifference, equalShare } = compare(made, readNpyFixture(`picture-models/resized/${name}-${filter}-${fit}.npy`).values);
          // PIL narrows tall pictures downwards first and keeps bytes between its two passes; ties are broken by the last digit of a weight.
          const isTall = name === '40x90';
          assert.ok(maxDifference <= (isTall ? 4 : 1), `off by ${maxDifference}`);
          assert.ok(equalShare >= (isTall ? 0.75 : 0.97), `${equalShare} equal`);
        });
});

describe('models see what onnxruntime in Python sees', () => {
  test('embedding and probability of every picture', async (t) => {
    const models = await createPictureModels({ folders: [fixturePath('picture-models')], environment: {} });
    t.after(() => models.close());
    assert.deepEqual(models.broken, []);
    const { embedder, classifier } = models;
    assert.ok(embedder && classifier);
    for (const { name, vector, red } of answers) {
      const picture = pictureOf(name);
      const { maxDifference } = compare(await embedder.embed(picture), vector);
      assert.ok(maxDifference < 2e-3, `${name}: the vector is off by ${maxDifference}`);
      const probability: number = await classifier.classify(picture);
      assert.ok(Math.abs(probability - red) < 0.01, `${name}: ${probability} and ${red}`);
      assert.equal(probability >= classifier.threshold, name === 'red', name);
    }
  });
});
