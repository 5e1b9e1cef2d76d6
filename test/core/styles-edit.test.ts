import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { MessageCode } from '#core/message-codes.ts';
import type { Problem, Result } from '#core/problem.ts';
import { styleChanges, versionToRestore } from '#core/style-changes.ts';
import { mergeStyle, type StyleEdit } from '#core/style-edit.ts';
import type { StyleVersion } from '#core/team-store-ports.ts';
import type { Style } from '#core/styles.ts';

const limits = { maxPromptChars: 200 };
const photo: Style = {
  title: { en: 'Photo', de: 'Foto' },
  aliases: ['foto'],
  prompt: 'photo of {prompt}',
  negativePrompt: 'drawing',
  small: { prompt: '{prompt}, 3d', needsLargerModel: true },
  defaults: { steps: 20, size: { widthPx: 1024, heightPx: 768 } },
};

const merged = (old: Style | undefined, edit: StyleEdit): Style => {
  const result = mergeStyle('photo', old, edit, limits);
  if (!result.ok) throw new Error(result.problem.code);
  return result.value;
};
const refusal = (result: Result<unknown, Problem>): MessageCode | undefined => (result.ok ? undefined : result.problem.code);
const refused = (edit: StyleEdit, old: Style | undefined = photo): MessageCode | undefined =>
  refusal(mergeStyle('photo', old, edit, limits));

describe('a change', () => {
  test('keeps what it does not name', () => {
    assert.deepEqual(merged(photo, {}), photo);
    assert.deepEqual(merged(photo, { steps: 4 }), { ...photo, defaults: { ...photo.defaults, steps: 4 } });
    assert.deepEqual(merged(photo, { negativePrompt: 'text' }), { ...photo, negativePrompt: 'text' });
  });

  test('takes back what is null', () => {
    const { small: _small, ...rest } = photo;
    assert.deepEqual(merged(photo, { negativePrompt: null, small: null, steps: null, size: null }), {
      ...rest,
      negativePrompt: '',
      defaults: {},
    });
  });

  test('of the template drops what a small model got in its place', () => {
    assert.equal(merged(photo, { prompt: 'portrait of {prompt}' }).small, undefined);
    assert.deepEqual(merged(photo, { prompt: photo.prompt }).small, photo.small);
    assert.deepEqual(merged(photo, { prompt: 'portrait of {prompt}', small: { filter: 'sketch' } }).small, { filter: 'sketch' });
  });

  test('makes a new style of a template alone', () => {
    assert.deepEqual(merged(undefined, { prompt: '{prompt}, noir' }), {
      title: { en: 'Photo', de: 'Photo' },
      aliases: [],
      prompt: '{prompt}, noir',
      negativePrompt: '',
      defaults: {},
    });
    assert.equal(refusal(mergeStyle('noir', undefined, { steps: 4 }, limits)), 'style_template_missing');
  });

  test('keeps each other name once', () => {
    assert.deepEqual(merged(photo, { aliases: ['Foto', 'FOTO', 'photo', 'Fotó', 'pic ture'] }).aliases, ['foto', 'pic ture']);
    assert.equal(refused({ aliases: ['a/b'] }), 'style_name_invalid');
    assert.equal(refused({ aliases: ['undo'] }), 'style_name_reserved');
  });

  test('is refused where something is wrong', () => {
    assert.equal(refused({ prompt: 'oil' }), 'style_template_no_prompt');
    assert.equal(refused({ prompt: '{prompt2}' }), 'style_template_braces');
    assert.equal(refused({ small: { prompt: 'flat' } }), 'style_template_no_prompt');
    assert.equal(refused({ negativePrompt: '{prompt}' }), 'style_negative_braces');
    assert.equal(refused({ title: '' }), 'style_title_invalid');
    assert.equal(refused({ title: 'x'.repeat(61) }), 'style_title_invalid');
    assert.equal(refused({ steps: 0 }), 'number_out_of_range');
    assert.equal(refused({ guidance: 31 }), 'number_out_of_range');
    assert.equal(refused({ prompt: `{prompt}${'x'.repeat(200)}` }), 'style_template_too_long');
  });
});

describe('the difference', () => {
  test('names every part that differs, as it is typed', () => {
    const now = merged(photo, { prompt: '{prompt}, noir', steps: null, guidance: 7.5, size: { widthPx: 512, heightPx: 512 }, aliases: [] });
    assert.deepEqual(styleChanges(photo, now), [
      { field: 'prompt', before: 'photo of {prompt}', after: '{prompt}, noir' },
      { field: 'aliases', before: 'foto' },
      { field: 'smallPrompt', before: '{prompt}, 3d' },
      { field: 'needsLargerModel', before: 'true' },
      { field: 'size', before: '1024x768', after: '512x512' },
      { field: 'steps', before: '20' },
      { field: 'guidance', after: '7.5' },
    ]);
  });

  test('of a style and itself is nothing, of a new one all that it has', () => {
    assert.deepEqual(styleChanges(photo, { ...photo, defaults: { size: { heightPx: 768, widthPx: 1024 }, steps: 20 } }), []);
    assert.deepEqual(
      styleChanges(undefined, merged(undefined, { prompt: '{prompt}, noir' })).map(({ field }) => field),
      ['prompt', 'titleEn', 'titleDe'],
    );
  });
});

describe('undo', () => {
  const version = (number: number, style: Style | undefined): StyleVersion => ({
    name: 'photo',
    version: number,
    ...(style === undefined ? {} : { style }),
    changedAtMs: number,
  });
  const changed = { ...photo, prompt: '{prompt}, noir' };
  const restored = (versions: readonly StyleVersion[], wanted?: number): number | MessageCode => {
    const result = versionToRestore(versions, 'photo', wanted);
    return result.ok ? result.value.version : result.problem.code;
  };

  test('brings back the version before, or the one that is named', () => {
    assert.equal(restored([version(3, changed), version(2, photo), version(1, changed)]), 2);
    assert.equal(restored([version(3, changed), version(2, photo), version(1, changed)], 1), 1);
  });

  test('brings a removed style back, past the removal before', () => {
    assert.equal(restored([version(2, undefined), version(1, photo)]), 1);
    assert.equal(restored([version(3, changed), version(2, undefined), version(1, photo)]), 1);
  });

  test('says so where there is nothing to bring back', () => {
    assert.equal(restored([]), 'style_unknown');
    assert.equal(restored([version(1, photo)]), 'style_undo_nothing');
    assert.equal(restored([version(2, changed), version(1, photo)], 2), 'style_undo_nothing');
    assert.equal(restored([version(2, undefined), version(1, photo)], 2), 'style_undo_nothing');
    assert.equal(restored([version(2, changed), version(1, photo)], 7), 'style_version_unknown');
  });
});
