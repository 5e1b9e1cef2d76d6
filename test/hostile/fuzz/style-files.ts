/** Files of styles that an admin imports: they come from the internet, and a stranger wrote them. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { limits } from '#core/limits.ts';
import { renderImport } from '#core/render-style-change.ts';
import { toPlainText } from '#core/rich-text.ts';
import { maxImportedStyles, planImport, styleFormats } from '#core/style-import.ts';
import { checkStyleName } from '#core/style-names.ts';
import { placeholder } from '#core/styles.ts';
import { toHtml } from '#src/chat/matrix/html.ts';
import { styleFiles } from '#src/styles/style-files.ts';
import { styles as existing } from '../../core/sample.ts';
import { assertOnlyOurTags } from '../only-our-tags.ts';
import { nastyWord, prototypeKeys } from './nasty.ts';
import { target, type FuzzTarget } from './target.ts';

const cell = fc.oneof(nastyWord, fc.constantFrom('{prompt}', 'photo of {prompt}, film', 'Noir', '""', '"', ',', ';', '#', ' '));
const line = fc.array(cell, { maxLength: 5 }).map((cells) => cells.join(','));

const csv = fc
  .tuple(
    fc.constantFrom('name,prompt,negative_prompt', 'name,text', '\ufeffname;prompt', 'prompt,name', '', 'name\tprompt'),
    fc.array(line, { maxLength: 8 }),
  )
  .map(([head, lines]) => [head, ...lines].join('\r\n'));

const entry = fc.dictionary(
  fc.oneof(fc.constantFrom('name', 'prompt', 'negative_prompt'), fc.constantFrom(...prototypeKeys), fc.string({ maxLength: 5 })),
  fc.oneof(cell, cell, fc.constant(null), fc.integer(), fc.array(fc.integer(), { maxLength: 2 })),
  { noNullPrototype: true },
);
const json = fc.oneof(
  fc.array(entry, { maxLength: 8 }).map((entries) => JSON.stringify(entries)),
  fc.json({ maxDepth: 6 }),
  fc.integer({ min: 1, max: 60_000 }).map((depth) => '['.repeat(depth)),
);

const yamlLine = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('', '  ', '    '),
      fc.oneof(
        fc.constantFrom(
          'styles',
          'photo',
          'title',
          'en',
          'de',
          'prompt',
          'negative',
          'aliases',
          'small',
          'defaults',
          'size',
          'steps',
          '<<',
        ),
        fc.constantFrom(...prototypeKeys),
        nastyWord,
      ),
      fc.oneof(cell, fc.constantFrom('&a', '*a', '!!js/function x', '!!binary x', '|', '>-', '[*a,*a]', '{<<: *a}', '2026-01-01', '.inf')),
    )
    .map(([indent, key, value]) => `${indent}${key}: ${value}`),
  fc.constantFrom('---', '...', '%YAML 1.2', '- x', '? x', ': y', '\t'),
);
const yaml = fc.array(yamlLine, { maxLength: 14 }).map((lines) => lines.join('\n'));

const contents = { csv, json, yaml } as const;
const file = fc.constantFrom(...styleFormats).chain((format) =>
  fc.record({
    name: fc.oneof(
      { weight: 12, arbitrary: fc.constant(`styles.${format}`) },
      { weight: 1, arbitrary: nastyWord.map((word) => `styles.${word}`) },
    ),
    bytes: fc.oneof(
      { weight: 12, arbitrary: contents[format].map((text) => Buffer.from(text)) },
      { weight: 1, arbitrary: contents[format].map((text) => Buffer.from(text, 'utf16le')) },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
    ),
  }),
);

export const importedStyles: FuzzTarget = {
  name: 'styles',
  what: 'imported CSV, JSON and YAML files of styles, until what they would change is shown',
  nightly: 25_000,
  bounded: 800,
  open: async () => ({
    property: target(
      fc.property(file, ({ name, bytes }) => {
        const imported = styleFiles.read({ name, bytes }, limits);
        assert.ok(imported.styles.length <= maxImportedStyles);
        const plan = planImport(imported, existing, limits);
        for (const { name: styleName, style } of [...plan.added, ...plan.changed]) {
          const checked = checkStyleName(styleName);
          assert.ok(checked.ok && checked.value === styleName, styleName);
          assert.equal(style.prompt.split(placeholder).length, 2, style.prompt);
          assert.doesNotMatch(`${style.prompt}${style.negativePrompt}`, /[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u);
        }
        const shown = renderImport({ fileName: name, imported, plan, language: 'en', prefix: '!img' });
        assert.ok(toPlainText(shown).length < 20_000);
        assertOnlyOurTags(toHtml(shown));
        // What was taken can be written and read again.
        const kept = plan.added.map(({ name: styleName, style }) => ({ name: styleName, style }));
        const again = planImport(
          styleFiles.read({ name: 'again.yaml', bytes: Buffer.from(styleFiles.write(kept, 'yaml').text) }, limits),
          kept,
          limits,
        );
        assert.deepEqual([again.problems, again.changed, again.added, again.same.length], [[], [], [], kept.length]);
      }),
    ),
  }),
};
