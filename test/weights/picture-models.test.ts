import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { findPictureModels } from '#src/weights/picture-models.ts';
import { inputOfPreprocessor, labelsOfConfig } from '#src/weights/preprocessor-config.ts';
import { fixturePath } from '../golden/fixtures.ts';

type Json = Record<string, unknown>;

/** Copies of the tiny folders, whose JSON files a test may change; `undefined` takes a key away. */
async function copied(context: TestContext): Promise<{ folder: string; edit: (file: string, change: Json) => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'picture-models-'));
  context.after(() => rm(folder, { recursive: true }));
  for (const kind of ['similarity', 'classifier']) await cp(fixturePath(`picture-models/${kind}`), join(folder, kind), { recursive: true });
  const edit = async (file: string, change: Json): Promise<void> => {
    const path = join(folder, file);
    await writeFile(path, JSON.stringify({ ...(JSON.parse(await readFile(path, 'utf8')) as Json), ...change }));
  };
  return { folder, edit };
}

const similarity = 'similarity/blitzbild-similarity.json';
const classifier = 'classifier/blitzbild-classifier.json';

describe('a folder of picture models', () => {
  test('gives one of each kind, with what its files say', async (context) => {
    const { folder } = await copied(context);
    const found = await findPictureModels([folder]);
    assert.deepEqual(found.broken, []);
    assert.equal(found.similarity?.name, 'tiny-copies');
    assert.equal(found.similarity.dimensions, 12);
    assert.match(found.similarity.hash, /^[0-9a-f]{12}$/);
    assert.deepEqual(found.classifier?.labels, ['other', 'mostly red']);
    assert.equal(found.classifier.activation, 'softmax');
    assert.deepEqual(
      [found.classifier.input.widthPx, found.classifier.input.heightPx, found.classifier.input.filter],
      [20, 12, 'bilinear'],
    );
  });

  test('may be the model itself; where there is none, nothing is found', async (context) => {
    const { folder } = await copied(context);
    assert.deepEqual(Object.keys(await findPictureModels([join(folder, 'classifier')])).toSorted(), ['broken', 'classifier']);
    assert.deepEqual(await findPictureModels([join(folder, 'nothing')]), { broken: [] });
  });

  test('its hash tells whether vectors may be compared: the graph, its weights and the pixels count, words and thresholds do not', async (context) => {
    const { folder, edit } = await copied(context);
    const hash = async (): Promise<string | undefined> => (await findPictureModels([folder])).similarity?.hash;
    const before = await hash();
    await edit(similarity, { threshold: 0.8, title: 'Another' });
    await writeFile(join(folder, 'similarity/README.md'), 'words');
    assert.equal(await hash(), before);
    await writeFile(join(folder, 'similarity/model.onnx_data'), 'weights');
    const withWeights = await hash();
    assert.notEqual(withWeights, before);
    await edit(similarity, { input: { widthPx: 16, heightPx: 16, mean: [0, 0, 0], std: [1, 1, 1] } });
    assert.notEqual(await hash(), withWeights);
  });

  test('a fallback gives way to another, wherever that one stands', async (context) => {
    const { folder, edit } = await copied(context);
    await cp(join(folder, 'similarity'), join(folder, 'zoo'), { recursive: true });
    await edit(similarity, { name: 'shipped', isFallback: true });
    assert.equal((await findPictureModels([folder])).similarity?.name, 'tiny-copies');
    await rm(join(folder, 'zoo'), { recursive: true });
    assert.equal((await findPictureModels([folder])).similarity?.name, 'shipped');
  });

  for (const [what, file, change, reason] of [
    ['a graph that is not there', similarity, { file: 'other.onnx' }, /^other\.onnx is missing$/],
    [
      'a graph outside',
      similarity,
      { file: '../model.onnx' },
      /^blitzbild-similarity\.json: file: must be the path of an \.onnx file inside/,
    ],
    ['an absolute path', classifier, { file: '/model.onnx' }, /file: must be the path/],
    ['no threshold', similarity, { threshold: undefined }, /threshold: /],
    ['a threshold of nothing', classifier, { threshold: 0 }, /threshold: /],
    ['a key that nobody knows', similarity, { treshold: 0.5 }, /treshold/],
    [
      'a deviation of nothing',
      similarity,
      { input: { widthPx: 16, heightPx: 16, mean: [0, 0, 0], std: [0, 1, 1] } },
      /input\.std: must be above 0/,
    ],
    ['no word on what pictures look like', similarity, { input: undefined }, /add preprocessor_config\.json/],
    ['a label that it does not have', classifier, { label: 'nsfw' }, /^label: must be one of other, mostly red; it is nsfw$/],
    ['labels twice', classifier, { labels: ['mostly red', 'mostly red'] }, /label: must be one of/],
    ['labels with a gap', 'classifier/config.json', { id2label: { 0: 'a', 2: 'mostly red' } }, /must count from 0 without gaps/],
    ['no labels', 'classifier/config.json', { id2label: undefined }, /labels are missing/],
    ['a filter that is not known', 'classifier/preprocessor_config.json', { resample: 0 }, /resample 0 is not supported/],
    ['another scale', 'classifier/preprocessor_config.json', { rescale_factor: 1 }, /rescale_factor must be 1\/255/],
  ] as const)
    test(`${what} is said in one sentence`, async (context) => {
      const { folder, edit } = await copied(context);
      await edit(file, change);
      const { broken } = await findPictureModels([folder]);
      assert.equal(broken.length, 1);
      assert.match(broken[0]!.reason, reason);
      assert.equal(broken[0]!.kind, file.split('/')[0]);
      assert.doesNotMatch(broken[0]!.reason, /\n/);
    });

  test('what is no JSON is said; the other model works', async (context) => {
    const { folder } = await copied(context);
    await writeFile(join(folder, similarity), '{');
    const { broken, classifier: other } = await findPictureModels([folder]);
    assert.deepEqual(
      broken.map(({ kind, name, reason }) => ({ kind, name, reason })),
      [{ kind: 'similarity', name: 'similarity', reason: 'blitzbild-similarity.json is no JSON' }],
    );
    assert.equal(other?.name, 'tiny-red');
  });
});

describe('preprocessor_config.json', () => {
  const usual = { image_mean: [0.485, 0.456, 0.406], image_std: [0.229, 0.224, 0.225], resample: 3 };

  test('of a ViT: stretched to its square', () => {
    const input = inputOfPreprocessor({ ...usual, size: { height: 384, width: 384 }, resample: 2 });
    assert.deepEqual([input.widthPx, input.heightPx, input.fit, input.filter], [384, 384, 'fill', 'bilinear']);
  });

  test('of DINOv2: the shorter side is made 256, and the middle 224 are taken', () => {
    const sizes = { size: { shortest_edge: 256 }, do_center_crop: true, crop_size: { height: 224, width: 224 } };
    const input = inputOfPreprocessor({ ...usual, ...sizes });
    assert.deepEqual([input.widthPx, input.heightPx, input.fit, input.coverShare, input.filter], [224, 224, 'cover', 0.875, 'bicubic']);
  });

  test('without normalising, numbers are 0 to 1', () => {
    const { mean, std } = inputOfPreprocessor({ ...usual, size: 64, do_normalize: false });
    assert.deepEqual([mean, std], [[0, 0, 0], [1, 1, 1]]); // prettier-ignore
  });

  test('config.json says whether labels exclude each other', () => {
    assert.deepEqual(labelsOfConfig({ id2label: { 0: 'a', 1: 'b' }, problem_type: 'multi_label_classification' }), {
      labels: ['a', 'b'],
      activation: 'sigmoid',
    });
    assert.deepEqual(labelsOfConfig({}), {});
  });
});
