import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { catalogueOf, openCatalogue } from '#src/weights/catalogue.ts';
import { readModelFolder } from '#src/weights/model-folder.ts';
import { findUpscaler, parseUpscalerManifest, readUpscaler } from '#src/weights/upscaler.ts';

const fixtures = join(import.meta.dirname, '../golden/fixtures');
const manifest = {
  name: 'illustration',
  title: 'Illustrations',
  licence: 'MIT',
  domain: 'illustrations',
  factors: { 2: 'x2.onnx', 4: 'x4.onnx' },
  tile: { sizePx: 256, overlapPx: 32 },
};

let root: string;
const at = (...parts: string[]): string => join(root, ...parts);
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'blitzbild-upscalers-'));
  for (const place of ['models', 'half', 'wrong', 'none']) await mkdir(at(place));
  for (const place of ['models', 'half', 'wrong']) await cp(join(fixtures, 'upscaler'), at(place, 'upscaler'), { recursive: true });
  await cp(join(fixtures, 'models/sd-epsilon'), at('models/drawing'), { recursive: true });
  await unlink(at('half/upscaler/x4.onnx'));
  await writeFile(at('wrong/upscaler/blitzbild-upscaler.json'), JSON.stringify({ ...manifest, factors: { 3: 'x3.onnx' } }));
});
after(() => rm(root, { recursive: true }));

describe('a manifest', () => {
  test('of the documented shape is accepted', () =>
    assert.deepEqual(parseUpscalerManifest(manifest).tile, { ...manifest.tile, multipleOfPx: 1 }));

  test('may leave out the tiles, and name a graph as people name their exports', () => {
    const { tile: _tile, ...rest } = { ...manifest, factors: { 4: 'RealESRGAN_x4plus.fp16.onnx' } };
    assert.deepEqual(parseUpscalerManifest(rest).tile, { sizePx: 256, overlapPx: 32, multipleOfPx: 1 });
    assert.deepEqual(parseUpscalerManifest({ ...rest, tile: { multipleOfPx: 8 } }).tile, { sizePx: 256, overlapPx: 32, multipleOfPx: 8 });
    assert.throws(() => parseUpscalerManifest({ ...rest, tile: { sizePx: 100, multipleOfPx: 8 } }), /tile: sizePx must be a multiple of/);
  });

  test('is refused with every mistake and its key', () => {
    const broken = {
      ...manifest,
      name: '../up',
      licence: '',
      colour: 1,
      factors: { 2: '../x2.onnx' },
      tile: { sizePx: 60, overlapPx: 31 },
    };
    assert.throws(
      () => parseUpscalerManifest(broken),
      ({ message }: Error) =>
        ['blitzbild-upscaler.json', 'name:', 'licence:', 'colour', 'factors.2:', 'tile.overlapPx:'].every((part) => message.includes(part)),
    );
    assert.throws(() => parseUpscalerManifest({ ...manifest, factors: {} }), /factors: must name a graph/);
    assert.throws(() => parseUpscalerManifest({ ...manifest, tile: { sizePx: 63, overlapPx: 32 } }), /tile: sizePx must be at least twice/);
  });
});

describe('the upscaler', () => {
  test('is found beside the models, or as a folder of its own', async () => {
    assert.equal(await findUpscaler([at('none'), at('missing'), at('models')]), at('models/upscaler'));
    assert.equal(await findUpscaler([at('models/upscaler')]), at('models/upscaler'));
    assert.equal(await findUpscaler([at('none')]), undefined);
  });

  test('of a catalogue is described, with its hash once that is known, and is no model', async () => {
    const catalogue = await openCatalogue({ folders: [at('models')], active: 'drawing' });
    assert.deepEqual(
      catalogue.list().map(({ name }) => name),
      ['drawing'],
    );
    assert.deepEqual(catalogue.broken, []);
    assert.equal(catalogue.upscalerFolder, at('models/upscaler'));
    const { fingerprint: _, ...described } = catalogue.upscaler ?? assert.fail('no upscaler');
    assert.deepEqual(described, await readUpscaler(at('models/upscaler')));
    assert.deepEqual(described, { name: 'tiny', title: 'Tiny', licence: 'MIT', domain: 'tests', factors: [2, 4] });
    while (catalogue.upscaler?.fingerprint === undefined) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.match(catalogue.upscaler.fingerprint, /^[0-9a-f]{12}$/);
  });

  test('decides which sizes of a model may be typed', async () => {
    const model = { ...(await readModelFolder(at('models/drawing'))), hq: { steps: 8, guidanceScale: 2, upscale: 4 } };
    for (const [factors, enlargedBy] of [
      [{ 2: 'x2.onnx', 4: 'x4.onnx' }, [2, 4]],
      [{ 4: 'x4.onnx' }, [2, 4]],
    ] as const) {
      await cp(at('models'), at('chosen'), { recursive: true });
      await writeFile(at('chosen/drawing/blitzbild.json'), JSON.stringify(model));
      await writeFile(at('chosen/upscaler/blitzbild-upscaler.json'), JSON.stringify({ ...manifest, factors }));
      const catalogues = [await openCatalogue({ folders: [at('chosen')], active: 'drawing' }), await catalogueOf(at('chosen/drawing'), [at('chosen')])]; // prettier-ignore
      for (const catalogue of catalogues) assert.deepEqual(catalogue.list()[0]?.enlargedBy, enlargedBy);
    }
    await rm(at('chosen/upscaler'), { recursive: true });
    assert.deepEqual((await openCatalogue({ folders: [at('chosen')], active: 'drawing' })).list()[0]?.enlargedBy, []);
  });

  test('that is broken is listed as such, and the models stay', async () => {
    for (const [place, reason] of [
      ['half', /x4\.onnx is missing/],
      ['wrong', /factors/],
    ] as const) {
      const catalogue = await openCatalogue({ folders: [at(place), at('models/drawing')], active: 'drawing' });
      assert.deepEqual([catalogue.upscaler, catalogue.upscalerFolder, catalogue.list().length], [undefined, undefined, 1]);
      assert.match(catalogue.brokenUpscaler?.reason ?? '', reason);
      assert.deepEqual([catalogue.broken, catalogue.list()[0]?.enlargedBy], [[], []]);
    }
  });

  test('serves a model outside of the configured folders too', async () => {
    const alone = await catalogueOf(join(fixtures, 'models/lcm'));
    assert.equal(alone.upscaler, undefined);
    assert.equal((await catalogueOf(join(fixtures, 'models/lcm'), [at('models')])).upscalerFolder, at('models/upscaler'));
  });
});
