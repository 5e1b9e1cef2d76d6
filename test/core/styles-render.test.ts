import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { renderExport, renderImport, renderStyleChange } from '#core/render-style-change.ts';
import { renderStyle, renderStyles, renderStyleVersions } from '#core/render-styles.ts';
import { toPlainText } from '#core/rich-text.ts';
import { styleChanges } from '#core/style-changes.ts';
import { planImport, type ImportPlan, type StyleImport } from '#core/style-import.ts';
import type { StyleVersion } from '#core/team-store-ports.ts';
import type { NamedStyle, Style } from '#core/styles.ts';
import { userId } from '#core/types.ts';
import { english, german, smallModel, turboModel } from './sample.ts';

const style = (more: Partial<Style> = {}): Style => ({
  title: { en: 'Photo', de: 'Foto' },
  aliases: [],
  prompt: 'photograph of {prompt}, 50mm',
  negativePrompt: 'drawing',
  defaults: {},
  ...more,
});
const photo: NamedStyle = { name: 'photo', style: style({ aliases: ['foto', 'fotografie'], small: { needsLargerModel: true } }) };
const pixels: NamedStyle = {
  name: 'pixel art',
  style: style({
    title: { en: 'Pixel art', de: 'Pixelkunst' },
    aliases: ['pixelkunst', '8bit'],
    prompt: 'pixel art of {prompt}',
    negativePrompt: '',
    small: { prompt: '{prompt}, pixel art' },
  }),
};
const styles = [photo, pixels];
const limits = { maxPromptChars: 2000 };

describe('the list of styles', () => {
  const list = { styles, active: smallModel };

  test('names each with what else may be typed, and how to use one', () => {
    assert.equal(
      toPlainText(renderStyles({ ...list, ...english, defaultStyle: 'pixel art' })),
      [
        '2 styles:',
        '• photo · also foto, fotografie · needs a larger model',
        '• pixel art · also pixelkunst, 8bit · default of this room',
        'To use one: !img a red fox --style "pixel art"; what it does: !img style show "pixel art"',
      ].join('\n'),
    );
    assert.equal(
      toPlainText(renderStyles({ ...list, ...german })),
      [
        '2 Stile:',
        '• photo – Foto · auch fotografie · braucht ein größeres Modell',
        '• pixel art – Pixelkunst · auch 8bit',
        'So nimmst du einen: !bild ein roter Fuchs --stil pixelkunst; was er tut: !bild stil zeigen pixelkunst',
      ].join('\n'),
    );
  });

  test('marks nothing where the active model draws all of them', () => {
    assert.doesNotMatch(toPlainText(renderStyles({ styles, active: turboModel, ...english })), /larger model/u);
  });

  test('shows what a search finds, or says that nothing was found', () => {
    assert.match(toPlainText(renderStyles({ ...list, ...english, words: ['pixel'] })), /^1 style for «pixel»:\n• pixel art /u);
    assert.equal(
      toPlainText(renderStyles({ ...list, ...english, words: ['quilt', 'x'] })),
      'No style has to do with «quilt x»: !img styles lists all 2.',
    );
    assert.equal(
      toPlainText(renderStyles({ ...list, ...german, words: ['quilt'] })),
      'Zu «quilt» gibt es keinen Stil: !bild stile zeigt alle 2.',
    );
    assert.equal(toPlainText(renderStyles({ ...list, styles: [], ...english })), 'There are no styles yet.');
  });

  test('stays short with a thousand of them', () => {
    const many = Array.from({ length: 1000 }, (_, index) => ({ name: `style ${index}`, style: style() }));
    const text = toPlainText(renderStyles({ styles: many, active: smallModel, ...english }));
    assert.match(text, /… and 960 more; to search: !img styles neon\n/u);
    assert.ok(text.split('\n').length < 50);
  });

  test('what somebody named a style is never markup of ours', () => {
    const [, items] = renderStyles({
      styles: [{ name: '<b>', style: style({ title: { en: '<b>', de: '<b>' } }) }],
      active: turboModel,
      ...english,
    });
    assert.deepEqual(items?.kind === 'list' && items.items, [[{ text: '<b>', style: 'bold' }]]);
  });
});

describe('one style', () => {
  const version = { version: 3, changedAtMs: 1000, name: 'photo' };

  test('tells its template, what the active model sees, and its defaults', () => {
    const named = style({ defaults: { steps: 4, guidance: 1.5, size: { widthPx: 1024, heightPx: 768 }, enhance: 'auto' } });
    assert.equal(
      toPlainText(
        renderStyle({
          name: 'photo',
          version: { ...version, style: named },
          active: { ...turboModel, guidance: true },
          isDefault: true,
          ...english,
        }),
      ),
      [
        'Photo (photo, version 3, default of this room)',
        '• Template: photograph of {prompt}, 50mm',
        '• Without: drawing',
        '• Size: 1024×768',
        '• Steps: 4',
        '• Guidance: 1.5',
        '• Optimised afterwards: yes',
        'For turbo, a lighthouse in fog becomes photograph of a lighthouse in fog, 50mm, without drawing.',
        'To use it: !img a lighthouse in fog --style photo',
      ].join('\n'),
    );
    assert.match(
      toPlainText(renderStyle({ name: 'photo', version: { ...version, style: named }, active: turboModel, isDefault: false, ...german })),
      /• Guidance: 1,5\n/u,
    );
  });

  test('says where the active model can not draw it, and with which filter it does', () => {
    const shown = (small: NonNullable<Style['small']>): string =>
      toPlainText(
        renderStyle({ name: 'photo', version: { ...version, style: style({ small }) }, active: smallModel, isDefault: false, ...english }),
      );
    assert.match(shown({ needsLargerModel: true }), /\nThis style needs a larger model: blitzbild-mini draws without it\.\n/u);
    assert.match(
      shown({ prompt: '{prompt}, flat', needsLargerModel: true }),
      /a red fox becomes a red fox, flat\. The style needs a larger model; that is the nearest/u,
    );
    assert.match(shown({ filter: 'black-and-white' }), /becomes a red fox, then comes the filter «black and white»\./u);
  });
});

describe('a change', () => {
  test('is shown as it was and as it would be', () => {
    const after = style({ prompt: '{prompt}, noir', negativePrompt: '', defaults: { enhance: 'off' } });
    assert.equal(
      toPlainText(renderStyleChange({ name: 'photo', changes: styleChanges(style(), after), isNew: false, language: 'en' })),
      [
        'Style photo would change:',
        '• Template: photograph of {prompt}, 50mm → {prompt}, noir',
        '• Without: drawing → nothing',
        '• Optimised afterwards: no',
      ].join('\n'),
    );
    assert.match(
      toPlainText(renderStyleChange({ name: 'photo', changes: styleChanges(undefined, after), isNew: true, language: 'de' })),
      /^Neuer Stil photo:\n• Vorlage: \{prompt\}, noir\n/u,
    );
  });

  test('its versions tell who, when and what', () => {
    const versions: readonly StyleVersion[] = [
      {
        name: 'photo',
        version: 4,
        style: style({ defaults: { steps: 4 }, negativePrompt: '' }),
        changedBy: userId('@ada:example.org'),
        changedAtMs: 1_795_395_600_000,
      },
      { name: 'photo', version: 3, style: style(), changedBy: userId('@bob:example.org'), changedAtMs: 1_795_309_200_000 },
      { name: 'photo', version: 2, changedBy: userId('ada'), changedAtMs: 1_795_222_800_000 },
      { name: 'photo', version: 1, style: style(), changedAtMs: 1_795_136_400_000 },
    ];
    const lines = toPlainText(renderStyleVersions({ name: 'photo', versions, timeZone: 'Europe/Berlin', ...english })).split('\n');
    assert.match(lines[2] ?? '', /^4 +23 Nov 2026, 02:00 +ada +Without and Steps$/u);
    assert.match(lines[3] ?? '', /^3 +\S.* +bob +there again$/u);
    assert.match(lines[4] ?? '', /^2 +\S.* +ada +removed$/u);
    assert.match(lines[5] ?? '', /^1 +\S.* +Blitzbild +new$/u);
    assert.equal(lines[6], 'The one before comes back with !img style undo photo.');
    const only = toPlainText(renderStyleVersions({ name: 'photo', versions: versions.slice(3), timeZone: 'UTC', ...german }));
    assert.doesNotMatch(only, /zurück/u);
  });
});

describe('a file', () => {
  const imported = (more: Partial<StyleImport> = {}): StyleImport => ({
    format: 'csv',
    styles: [],
    problems: [],
    leftOut: 0,
    unused: [],
    ...more,
  });
  const entries = imported({
    styles: [
      { name: 'noir', edit: { prompt: '{prompt}, noir' }, place: { line: 2 } },
      { name: 'Foto', edit: { prompt: '{prompt}, taken' }, place: { line: 3 } },
      { name: 'pixel-art', edit: { prompt: 'pixel art of {prompt}', negativePrompt: '' }, place: { line: 4 } },
      { name: 'photo', edit: { prompt: '{prompt}, new' }, place: { line: 5 } },
    ],
    problems: [{ place: { line: 9, name: 'bad' }, problem: { code: 'style_template_braces', params: { braces: '{x}' } } }],
    leftOut: 2,
    unused: ['category'],
  });
  const plan = planImport(entries, styles, limits);

  test('is planned: what is new, changed, the same, or another style’s name', () => {
    assert.deepEqual(
      plan.added.map(({ name }) => name),
      ['noir'],
    );
    assert.deepEqual(plan.same, ['pixel art']);
    assert.deepEqual(
      plan.changed.map(({ name, style: { prompt, aliases } }) => [name, prompt, aliases]),
      [['photo', '{prompt}, new', ['foto', 'fotografie']]],
    );
    assert.deepEqual(
      plan.problems.map(({ place, problem }) => [place.line, problem.code]),
      [
        [9, 'style_template_braces'],
        [3, 'style_name_taken'],
      ],
    );
  });

  test('its plan is told in numbers, names and sentences', () => {
    assert.equal(
      toPlainText(renderImport({ fileName: 'styles.csv', imported: entries, plan, ...english })),
      [
        'styles.csv: 1 new, 1 changed, 1 the same as before and 2 not usable.',
        'New: noir.',
        'Changed:',
        '• photo: Template and Needs a larger model',
        'Not usable:',
        '• Line 9, «bad»: The template holds {x}, and the only braces it takes are {prompt}, exactly once: write the other words without braces.',
        '• Line 3: The style photo has the name Foto already: take another name, or change that style.',
        '2 entries without a style left out. Not used here: category',
      ].join('\n'),
    );
  });

  test('that can not be read is its one sentence', () => {
    const broken: ImportPlan = {
      added: [],
      changed: [],
      same: [],
      problems: [{ place: {}, problem: { code: 'style_import_csv_quotes', params: { line: 7 } } }],
    };
    assert.equal(
      toPlainText(renderImport({ fileName: 'styles.csv', imported: imported(), plan: broken, ...german })),
      'Ab Zeile 7 stimmen in der CSV die Anführungszeichen nicht: Schließ das Feld mit " und schreib eines darin als "". Importiert wurde nichts.',
    );
    assert.equal(
      toPlainText(renderImport({ fileName: 'a.json', imported: imported(), plan: { ...broken, problems: [] }, ...english })),
      'a.json: no styles in it.',
    );
  });

  test('that is written says what it has no place for', () => {
    assert.equal(
      toPlainText(renderExport({ count: 2, format: 'csv', lost: ['aliases', 'steps'], ...english })),
      '2 styles as A1111 CSV. That format has no place for other names and steps. Everything is in !img style export yaml.',
    );
    assert.equal(toPlainText(renderExport({ count: 1, format: 'yaml', lost: [], ...german })), '1 Stil als YAML.');
  });
});
