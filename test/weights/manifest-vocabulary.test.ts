import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseManifest, toModelInfo } from '#src/weights/manifest.ts';

const fox = { en: ['fox', 'vixen'], de: ['Fuchs'] };
const manifest = (vocabulary: unknown): object => ({
  name: 'tiny',
  title: 'Tiny',
  licence: 'MIT',
  sizes: [[256, 256]],
  defaults: { width: 256, height: 256, steps: 8, guidanceScale: 2 },
  hq: { steps: 16, guidanceScale: 2 },
  maxSteps: 50,
  vocabulary,
});

test('a list of things is enough', () => {
  assert.deepEqual(toModelInfo(parseManifest(manifest({ things: [fox] }))).vocabulary, {
    things: [fox],
    groups: {},
    backgrounds: [],
    styles: [],
    places: [],
    related: [],
  });
});

test('a whole vocabulary is kept', () => {
  const whole = {
    groups: { animals: { en: 'Animals', de: 'Tiere' } },
    things: [{ ...fox, group: 'animals', forms: { en: ['foxes', 'vixens'], de: [] } }],
    backgrounds: [{ en: ['red'], de: ['rot'] }],
    styles: [{ en: ['flat'], de: ['flach'] }],
    places: [{ en: ['on the left'], de: ['links'] }],
    related: [{ en: ['wolf'], de: ['Wolf'], near: ['fox'] }],
  };
  assert.deepEqual(toModelInfo(parseManifest(manifest(whole))).vocabulary, whole);
});

test('mistakes are named with their place', () => {
  const cases: readonly (readonly [unknown, RegExp])[] = [
    [{ things: [] }, /vocabulary\.things: /],
    [{ things: [{ en: ['fox'] }] }, /vocabulary\.things\.0\.de: /],
    [{ things: [{ en: [], de: ['Fuchs'] }] }, /vocabulary\.things\.0\.en: /],
    [{ things: [{ en: [''], de: ['Fuchs'] }] }, /vocabulary\.things\.0\.en\.0: /],
    [{ things: [{ ...fox, forms: { en: ['foxes'] } }] }, /vocabulary\.things\.0\.forms\.de: /],
    [{ things: [{ ...fox, group: 'animals' }] }, /vocabulary\.things\.0\.group: «animals» is not among groups/],
    [
      { things: [fox], related: [{ en: ['wolf'], de: ['Wolf'], near: ['vixen'] }] },
      /vocabulary\.related\.0\.near: «vixen» is not the first/,
    ],
    [{ things: [fox], related: [{ en: ['wolf'], de: ['Wolf'], near: [] }] }, /vocabulary\.related\.0\.near: /],
    [
      { things: [fox], related: [{ en: ['wolf'], de: ['Fuchs'], near: ['fox'] }] },
      /vocabulary\.related\.0\.de: «Fuchs» is a name of a thing/,
    ],
    [{ things: [fox], stiles: [] }, /vocabulary: .*stiles/],
    [{ things: 'foxes' }, /vocabulary\.things: /],
  ];
  for (const [vocabulary, mistake] of cases) assert.throws(() => parseManifest(manifest(vocabulary)), mistake, JSON.stringify(vocabulary));
  assert.throws(() => parseManifest({ ...manifest(undefined), draws: { en: ['fox'], de: ['Fuchs'] } }), /draws/);
});

test('related.json speaks of concepts that there are, each of which is in one group', () => {
  const train = join(import.meta.dirname, '..', '..', 'models', 'train');
  const read = (name: string): unknown => JSON.parse(readFileSync(join(train, name), 'utf8'));
  const concepts = (read('concepts.json') as readonly { readonly icon: string }[]).map(({ icon }) => icon);
  const { groups, related } = read('related.json') as {
    readonly groups: readonly { readonly icons: readonly string[] }[];
    readonly related: readonly { readonly en: readonly string[]; readonly de: readonly string[]; readonly near: readonly string[] }[];
  };
  assert.deepEqual(groups.flatMap(({ icons }) => icons).toSorted(), concepts.toSorted());
  for (const { en, de, near } of related) {
    assert.deepEqual(
      near.filter((icon) => !concepts.includes(icon)),
      [],
    );
    assert.equal(new Set(near).size, 3, en.join());
    assert.ok(en.length > 0 && de.length > 0);
  }
  for (const language of ['en', 'de'] as const) {
    const words = related.flatMap((entry) => entry[language]).map((word) => word.toLowerCase());
    assert.deepEqual(
      words.filter((word, index) => words.indexOf(word) !== index),
      [],
    );
  }
});
