import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NamedStyle, Style } from '#core/styles.ts';
import { userId } from '#core/types.ts';
import { seedStyles } from '#src/app/seed-styles.ts';
import { Database } from '#src/store/database.ts';
import { StylesTable } from '#src/store/styles-table.ts';

const style = (prompt: string, aliases: readonly string[] = []): Style => ({
  title: { en: 'Title', de: 'Titel' },
  aliases,
  prompt,
  negativePrompt: '',
  defaults: {},
});
const seeds: readonly NamedStyle[] = [
  { name: 'photo', style: style('photo of {prompt}', ['foto']) },
  { name: 'neon', style: style('neon sign of {prompt}') },
];
const ada = userId('@ada:example.org');
const changedSeeds = seeds.map(({ name, style: { aliases } }) => ({ name, style: style(`new: {prompt}`, aliases) }));

const seeded = (): StylesTable => {
  const store = new StylesTable(new Database(':memory:'));
  assert.deepEqual(seedStyles(store, seeds, 1000), ['photo', 'neon']);
  return store;
};

test('the styles of the file come in once', () => {
  const store = seeded();
  assert.deepEqual(seedStyles(store, seeds, 2000), []);
  assert.deepEqual(
    store.list().map(({ name, version, changedBy }) => [name, version, changedBy]),
    [
      ['photo', 1, undefined],
      ['neon', 1, undefined],
    ],
  );
});

test('a changed file changes what nobody touched', () => {
  const store = seeded();
  store.put('photo', style('mine: {prompt}'), ada, 1500);
  assert.deepEqual(seedStyles(store, changedSeeds, 2000), ['neon']);
  assert.equal(store.get('photo')?.style.prompt, 'mine: {prompt}');
  assert.equal(store.get('neon')?.style.prompt, 'new: {prompt}');
});

test('what a person removed stays removed', () => {
  const store = seeded();
  store.put('photo', undefined, ada, 1500);
  assert.deepEqual(seedStyles(store, seeds, 2000), []);
  assert.equal(store.get('photo'), undefined);
});

test("a name or an alias that is a person's own by now is not taken away", () => {
  const store = new StylesTable(new Database(':memory:'));
  store.put('mine', style('{prompt}', ['neon', 'foto']), ada, 500);
  assert.deepEqual(seedStyles(store, seeds, 1000), ['photo']);
  assert.deepEqual(store.get('photo')?.style.aliases, []);
  assert.deepEqual(seedStyles(store, seeds, 2000), []);
});
