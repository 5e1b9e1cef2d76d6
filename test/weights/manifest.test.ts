import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseManifest, toModelInfo } from '#src/weights/manifest.ts';

const smallest = {
  name: 'tiny',
  title: 'Tiny',
  licence: 'MIT',
  sizes: [
    [256, 256],
    [512, 256],
  ],
  defaults: { width: 256, height: 256, steps: 8, guidanceScale: 2.2 },
  hq: { steps: 16, guidanceScale: 2.5 },
  maxSteps: 50,
};

test('a manifest becomes what people may ask for', () => {
  const info = toModelInfo(parseManifest({ ...smallest, hq: { ...smallest.hq, width: 512 } }));
  assert.deepEqual(info.sizes, {
    kind: 'fixed',
    list: [
      [256, 256],
      [512, 256],
    ],
  });
  assert.deepEqual(info.fast, { widthPx: 256, heightPx: 256, steps: 8, guidanceScale: 2.2 });
  assert.deepEqual(info.high, { widthPx: 512, heightPx: 256, steps: 16, guidanceScale: 2.5 });
  assert.equal(info.guidance, true);
  assert.equal('vocabulary' in info, false);
  assert.ok(info.examples.en.length > 0 && info.examples.de.length > 0);
});

test('a range of sizes and examples are kept', () => {
  const words = { en: ['fox'], de: ['Fuchs'] };
  const sizes = { min: 128, max: 1024, multipleOf: 64, maxPixels: 524_288 };
  const info = toModelInfo(parseManifest({ ...smallest, sizes, examples: words, guidance: false, negativePrompt: false }));
  assert.deepEqual(info.sizes, { kind: 'range', minPx: 128, maxPx: 1024, multipleOfPx: 64, maxPixels: 524_288 });
  assert.deepEqual([info.examples, info.guidance], [words, false]);
});

test('every mistake is named with its key, all at once', () => {
  const broken = { ...smallest, name: '../up', licence: '', color: 'red', defaults: { ...smallest.defaults, steps: 0 } };
  assert.throws(
    () => parseManifest(broken),
    ({ message }: Error) => ['blitzbild.json', 'name:', 'licence:', 'color', 'defaults.steps:'].every((part) => message.includes(part)),
  );
});

test('defaults outside the sizes or above the most steps are mistakes', () => {
  const cases: readonly [object, RegExp][] = [
    [{ defaults: { ...smallest.defaults, width: 300 } }, /defaults: 300x256 is not among sizes/],
    [{ hq: { ...smallest.hq, height: 512 } }, /hq: 256x512 is not among sizes/],
    [{ hq: { ...smallest.hq, steps: 51 } }, /hq\.steps: more than maxSteps \(50\)/],
    [{ sizes: { min: 64, max: 512, multipleOf: 64, maxPixels: 60_000 } }, /defaults: 256x256 is not among sizes/],
    [{ sizes: { min: 64, max: 512, multipleOf: 96, maxPixels: 90_000 } }, /defaults: 256x256 is not among sizes/],
    [{ hq: { ...smallest.hq, upscale: 3 } }, /hq\.upscale/],
    [
      { sizes: [[2048, 2048]], defaults: { ...smallest.defaults, width: 2048, height: 2048 }, hq: { ...smallest.hq, upscale: 4 } },
      /hq\.upscale: .* pixels/,
    ],
  ];
  for (const [change, message] of cases) assert.throws(() => parseManifest({ ...smallest, ...change }), message);
});

test('--hq is enlarged where the manifest says so: its size is that of the finished picture', () => {
  const info = toModelInfo(parseManifest({ ...smallest, hq: { ...smallest.hq, width: 512, upscale: 4 } }));
  assert.deepEqual(info.high, { widthPx: 2048, heightPx: 1024, upscale: 4, steps: 16, guidanceScale: 2.5 });
  assert.equal('upscale' in toModelInfo(parseManifest(smallest)).high, false);
});
