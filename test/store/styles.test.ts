import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Style } from '#core/styles.ts';
import { userId } from '#core/types.ts';
import { Database } from '#src/store/database.ts';
import { StylesTable } from '#src/store/styles-table.ts';
import { image } from './fixtures.ts';

const style = (prompt: string): Style => ({
  title: { en: 'Photo', de: 'Foto' },
  aliases: ['foto'],
  prompt,
  negativePrompt: 'text',
  small: { needsLargerModel: true },
  defaults: { steps: 4 },
});
const ada = userId('@ada:example.org');

const opened = (): { readonly styles: StylesTable; readonly close: () => void } => {
  const database = new Database(':memory:');
  return { styles: new StylesTable(database), close: () => database.close() };
};

test('every version is kept, with who and when', () => {
  const { styles, close } = opened();
  const first = styles.put('photo', style('{prompt} 1'), undefined, 1000);
  assert.deepEqual(first, { name: 'photo', version: 1, style: style('{prompt} 1'), changedAtMs: 1000 });
  const second = styles.put('photo', style('{prompt} 2'), ada, 2000);
  assert.deepEqual(second, { name: 'photo', version: 2, style: style('{prompt} 2'), changedBy: ada, changedAtMs: 2000 });
  assert.deepEqual(styles.versions('photo'), [second, first]);
  assert.deepEqual(styles.get('photo'), second);
  assert.deepEqual(styles.versions('neon'), []);
  assert.equal(styles.get('neon'), undefined);
  close();
});

test('the list has the newest versions in the order in which the styles came', () => {
  const { styles, close } = opened();
  styles.put('photo', style('{prompt} 1'), undefined, 1000);
  styles.put('neon', style('{prompt} 1'), undefined, 1000);
  styles.put('photo', style('{prompt} 2'), ada, 2000);
  assert.deepEqual(
    styles.list().map(({ name, version, style: { prompt } }) => [name, version, prompt]),
    [
      ['photo', 2, '{prompt} 2'],
      ['neon', 1, '{prompt} 1'],
    ],
  );
  close();
});

test('a removed style is gone, its versions are not, and it can come back', () => {
  const { styles, close } = opened();
  styles.put('photo', style('{prompt} 1'), undefined, 1000);
  assert.deepEqual(styles.put('photo', undefined, ada, 2000), { name: 'photo', version: 2, changedBy: ada, changedAtMs: 2000 });
  assert.equal(styles.get('photo'), undefined);
  assert.deepEqual(styles.list(), []);
  assert.deepEqual(
    styles.versions('photo').map(({ version, style: kept }) => [version, kept?.prompt]),
    [
      [2, undefined],
      [1, '{prompt} 1'],
    ],
  );
  assert.equal(styles.put('photo', style('{prompt} 3'), ada, 3000).version, 3);
  assert.equal(styles.get('photo')?.version, 3);
  close();
});

test('names are one without regard to case, beyond ASCII too', () => {
  const { styles, close } = opened();
  styles.put('Öl auf Leinwand', style('{prompt} 1'), undefined, 1000);
  assert.equal(styles.put('öl auf leinwand', style('{prompt} 2'), undefined, 2000).version, 2);
  assert.equal(styles.list().length, 1);
  assert.equal(styles.get('O\u0308L AUF LEINWAND')?.version, 2);
  close();
});

test('a preview belongs to one version', () => {
  const { styles, close } = opened();
  styles.put('photo', style('{prompt} 1'), undefined, 1000);
  assert.equal(styles.preview('photo', 1), undefined);
  styles.setPreview('Photo', 1, image(0));
  styles.put('photo', style('{prompt} 2'), ada, 2000);
  assert.deepEqual(styles.preview('photo', 1), image(0));
  assert.equal(styles.preview('photo', 2), undefined);
  styles.setPreview('photo', 9, image(1));
  assert.equal(styles.preview('photo', 9), undefined);
  close();
});

test('styles are still there after a restart', () => {
  const folder = mkdtempSync(join(tmpdir(), 'styles-'));
  try {
    const path = join(folder, 'blitzbild.db');
    const before = new Database(path);
    new StylesTable(before).put('photo', style('{prompt} 1'), ada, 1000);
    before.close();
    const after = new Database(path);
    assert.deepEqual(new StylesTable(after).get('photo')?.style, style('{prompt} 1'));
    after.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
