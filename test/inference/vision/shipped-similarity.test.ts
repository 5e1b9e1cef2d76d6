/** The copy detector in models/: copies of drawings come out alike, other drawings do not. */
import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import sharp, { type Sharp } from 'sharp';
import type { Pixels } from '#core/ports.ts';
import { createPictureModels } from '#src/picture-models.ts';

const models = join(import.meta.dirname, '../../../models');
const found = await createPictureModels({ folders: [join(models, 'similarity')], environment: process.env });
after(async () => found.close());
const { embedder, installed, broken } = found;

const read = async (image: Sharp): Promise<Pixels> => {
  const { data, info } = await image.removeAlpha().toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
  return { pixels: new Uint8Array(data), widthPx: info.width, heightPx: info.height };
};

/** The first three rows of the pictures that the embedded model drew, in the sheet of its folder. */
const places = Array.from({ length: 42 }, (_, at) => ({ left: (at % 14) * 100, top: Math.floor(at / 14) * 100, width: 96, height: 96 }));
const sheet = await readFile(join(models, 'embedded/samples.png'));
const cut = (at: number): Sharp => sharp(sheet).extract(places[at]!);
const anew = async (image: Sharp): Promise<Sharp> => sharp(await image.png().toBuffer());

const embed = async (image: Sharp): Promise<Float32Array> => embedder!.embed(await read(image));
const cosine = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, at) => sum + value * b[at]!, 0);

const edits: Readonly<Record<string, (image: Sharp) => Promise<Sharp>>> = {
  'JPEG of quality 30': async (image) => sharp(await image.jpeg({ quality: 30 }).toBuffer()),
  'two thirds of the width': async (image) => image.resize({ width: 64 }),
  blur: async (image) => image.blur(0.8),
  'a quarter more contrast': async (image) => image.linear(1.25, -32),
};

test('it is the fallback, whole, small and named', async () => {
  assert.deepEqual(broken, []);
  assert.equal(installed[0]?.licence, 'Apache-2.0 AND MIT');
  assert.equal(embedder?.dimensions, 192);
  assert.ok((await stat(join(models, 'similarity/model.onnx'))).size < 3_000_000);
});

test('equal pictures have equal vectors of length 1', async () => {
  const [first, again] = [await embed(cut(0)), await embed(cut(0))];
  assert.deepEqual(first, again);
  assert.ok(Math.abs(Math.hypot(...first) - 1) < 1e-5);
});

for (const [name, edit] of Object.entries(edits))
  test(`${name}: every copy is above the threshold, and nearer to its original than to any other`, async () => {
    const originals = await Promise.all(places.map((_, at) => embed(cut(at))));
    for (const at of places.keys()) {
      const copy = await embed(await edit(await anew(cut(at))));
      const alike = originals.map((original) => cosine(copy, original));
      assert.ok(alike[at]! >= embedder!.threshold, `${at}: ${alike[at]} of ${embedder!.threshold}`);
      assert.equal(alike.indexOf(Math.max(...alike)), at);
    }
  });

test('drawings of other things stay below the threshold', async () => {
  const vectors = await Promise.all(places.map((_, at) => embed(cut(at))));
  for (const [first, one] of vectors.entries())
    for (const other of vectors.slice(first + 1)) assert.ok(cosine(one, other) < embedder!.threshold, String(cosine(one, other)));
});
