import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { MessageCode } from '#core/message-codes.ts';
import { checkStyleName } from '#core/style-names.ts';
import { planImport, type StyleFormat, type StyleImport } from '#core/style-import.ts';
import type { NamedStyle, Style } from '#core/styles.ts';
import { styleFiles } from '#src/styles/style-files.ts';
import { a1111Csv, fooocusJson, readFile } from './sample-files.ts';

const limits = { maxPromptChars: 2000 };
const codes = ({ problems }: StyleImport): readonly MessageCode[] => problems.map(({ problem }) => problem.code);
const prompts = ({ styles }: StyleImport): readonly (readonly [string, string | undefined, string | null | undefined])[] =>
  styles.map(({ name, edit }) => [name, edit.prompt, edit.negativePrompt]);
/** The styles that importing into an empty store would add. */
const stylesIn = (read: StyleImport): readonly NamedStyle[] =>
  planImport(read, [], limits).added.map(({ name, style }) => ({ name, style }));
const write = (styles: readonly NamedStyle[], format: StyleFormat): string => styleFiles.write(styles, format).text;

const photo: NamedStyle = {
  name: 'photo',
  style: {
    title: { en: 'Photo', de: 'Foto' },
    aliases: ['foto'],
    prompt: 'photo of {prompt}, "sharp"',
    negativePrompt: 'drawing',
    small: { prompt: '{prompt}, 3d', filter: 'sketch', needsLargerModel: true },
    defaults: { size: { widthPx: 1024, heightPx: 768 }, steps: 4, guidance: 1.5, model: 'turbo', enhance: 'off' },
  },
};

describe('A1111 styles.csv', () => {
  test('is read as that program applies it', () => {
    const read = readFile('styles.csv', a1111Csv);
    assert.deepEqual(read.problems, []);
    assert.deepEqual(prompts(read), [
      ['film noir', 'film noir still of {prompt}, hard light, "deep" shadows', 'color, daylight'],
      ['masterpiece', '{prompt}, (best quality:1.2), intricate', 'blurry'],
      ['only negative', '{prompt}', 'bad hands, text'],
      ['two lines', '{prompt}, soft light', ''],
    ]);
    assert.deepEqual(
      read.styles.map(({ place, spelling }) => [place.line, spelling]),
      [
        [2, 'Film noir'],
        [3, 'Masterpiece'],
        [4, 'Only negative'],
        [5, 'Two lines'],
      ],
    );
  });

  test('written, read and written again is the same file, and A1111 would write it just so', () => {
    const written = write(stylesIn(readFile('styles.csv', a1111Csv)), 'csv');
    assert.equal(
      written,
      [
        '\ufeffname,prompt,negative_prompt',
        'Film noir,"film noir still of {prompt}, hard light, ""deep"" shadows","color, daylight"',
        'Masterpiece,"{prompt}, (best quality:1.2), intricate",blurry',
        'Only negative,{prompt},"bad hands, text"',
        'Two lines,"{prompt}, soft light",',
        '',
      ].join('\r\n'),
    );
    assert.equal(write(stylesIn(readFile('styles.csv', written)), 'csv'), written);
  });

  test('comments, dividers and empty lines are left out, further columns named', () => {
    const read = readFile(
      'styles.csv',
      'name,prompt,negative_prompt,category\n# mine,,\nNone,,,\n\n,,\nNoir,"noir, {prompt}",,film\nShort\n',
    );
    assert.deepEqual(prompts(read), [['noir', 'noir, {prompt}', '']]);
    assert.deepEqual([read.leftOut, read.unused, codes(read)], [4, ['category'], []]);
  });

  test('old files with a column «text», blanks after commas, and those of spreadsheets are read too', () => {
    assert.deepEqual(prompts(readFile('styles.csv', 'name,text\nNoir,"noir, {prompt}"\n')), [['noir', 'noir, {prompt}', '']]);
    assert.deepEqual(prompts(readFile('styles.csv', 'name, prompt, negative_prompt\nNoir, "noir, {prompt}", "a, b"\n')), [
      ['noir', 'noir, {prompt}', 'a, b'],
    ]);
    assert.deepEqual(prompts(readFile('STYLES.CSV', 'name;prompt;negative_prompt\r\nNoir;noir, {prompt};a, b\r\n')), [
      ['noir', 'noir, {prompt}', 'a, b'],
    ]);
    const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('name\tprompt\nÖl\toil, {prompt}\n', 'utf16le')]);
    assert.deepEqual(prompts(readFile('styles.csv', utf16)), [['öl', 'oil, {prompt}', '']]);
  });

  test('a negative prompt loses its {prompt}, which is joined here anyway', () => {
    assert.deepEqual(prompts(readFile('styles.csv', 'name,prompt,negative_prompt\nNoir,noir,"{prompt}, color, {prompt}, day"\n')), [
      ['noir', '{prompt}, noir', 'color, day'],
    ]);
  });

  test('each entry that is wrong is told with its line, the others are read', () => {
    const rows = [
      'Good,"a, {prompt}",',
      'Braces,"{prompt}, {a|b}",',
      '✨,x,',
      ',no name,',
      'good,again,',
      'Undo,x,',
      `Long,${'x'.repeat(2000)},`,
    ];
    const read = readFile('styles.csv', ['name,prompt,negative_prompt', ...rows].join('\n'));
    assert.deepEqual(
      read.styles.map(({ name }) => name),
      ['good', 'undo style'],
    );
    assert.deepEqual(
      read.problems.map(({ place, problem }) => [place.line, problem.code]),
      [
        [3, 'style_template_braces'],
        [4, 'style_name_invalid'],
        [5, 'style_import_name_missing'],
        [6, 'style_import_duplicate'],
        [8, 'style_template_too_long'],
      ],
    );
    assert.deepEqual(read.problems.find(({ place }) => place.line === 6)?.problem.params, { name: 'good', unit: 'line', first: 2 });
  });

  test('broken quotes are one problem with the line where they begin', () => {
    const line = (...rows: readonly string[]): unknown => {
      const { styles, problems } = readFile('styles.csv', ['name,prompt,negative_prompt', ...rows].join('\r\n'));
      assert.equal(styles.length, 0);
      assert.equal(problems[0]?.problem.code, 'style_import_csv_quotes');
      return problems.length === 1 && problems[0].problem.params;
    };
    assert.deepEqual(line('A,"open,', 'B,x,', 'C,y,'), { line: 2 });
    assert.deepEqual(line('A,fine,', 'B,"closed" badly,'), { line: 3 });
    assert.deepEqual(line('A,"two', 'lines",', 'B,inside "quotes",'), { line: 4 });
    assert.deepEqual(line('A,"open,', 'B,"x",', 'C,y,'), { line: 2 });
  });

  test('without the columns it is refused', () => {
    assert.deepEqual(codes(readFile('styles.csv', 'Noir,"noir, {prompt}",\n')), ['style_import_csv_header']);
    assert.deepEqual(codes(readFile('styles.csv', '')), ['style_import_csv_header']);
  });
});

describe('Fooocus sdxl_styles', () => {
  test('is read, and written back in the same shape', () => {
    const read = readFile('sdxl_styles_house.json', fooocusJson);
    assert.deepEqual(prompts(read), [
      ['house-paper cut', 'paper cut {prompt} . layered, craft', 'photo, blurry'],
      ['house negative', '{prompt}', 'deformed, watermark'],
      ['house grain', '{prompt}, film grain, vignette', ''],
    ]);
    const written = write(stylesIn(read), 'json');
    assert.deepEqual(JSON.parse(written), [
      { name: 'house-Paper Cut', prompt: 'paper cut {prompt} . layered, craft', negative_prompt: 'photo, blurry' },
      { name: 'House Negative', prompt: '{prompt}', negative_prompt: 'deformed, watermark' },
      { name: 'House Grain', prompt: '{prompt}, film grain, vignette', negative_prompt: '' },
    ]);
    assert.match(written, /^\[\n {4}\{\n {8}"name": "house-Paper Cut",\n/u);
    assert.equal(write(stylesIn(readFile('a.json', written)), 'json'), written);
  });

  test('prompts may be missing, other keys are named', () => {
    const read = readFile('a.json', '\ufeff[{"name": "Noir", "negative_prompt": "color", "thumbnail": "a.jpg"}, {"name": "Empty"}]');
    assert.deepEqual(prompts(read), [['noir', '{prompt}', 'color']]);
    assert.deepEqual([read.leftOut, read.unused, read.problems], [1, ['thumbnail'], []]);
  });

  test('what is wrong is told with its entry, or its line', () => {
    const read = readFile('a.json', '[{"name": "Noir", "prompt": "x"}, {"prompt": "y"}, 5, {"name": "B", "prompt": 7}, null]');
    assert.deepEqual(
      read.problems.map(({ place, problem }) => [place.entry, problem.code]),
      [
        [2, 'style_import_json_entry'],
        [3, 'style_import_json_entry'],
        [4, 'style_import_json_entry'],
        [5, 'style_import_json_entry'],
      ],
    );
    assert.deepEqual(readFile('a.json', '[\n  {"name": "Noir",}\n]').problems[0]?.problem, {
      code: 'style_import_json',
      params: { line: 2 },
    });
    assert.deepEqual(codes(readFile('a.json', '{"Noir": {"prompt": "x"}}')), ['style_import_json_shape']);
    assert.deepEqual(codes(readFile('a.json', '')), ['style_import_json']);
    assert.deepEqual(codes(readFile('a.json', '['.repeat(200_000))), ['style_import_json']);
  });
});

describe('our YAML', () => {
  test('holds everything', () => {
    assert.deepEqual(stylesIn(readFile('styles.yaml', write([photo], 'yaml'))), [photo]);
    assert.deepEqual(styleFiles.write([photo], 'yaml').lost, []);
  });

  test('any style comes back as it was', () => {
    const word = fc.stringMatching(/^[a-z0-9äöß]{1,12}$/u).filter((name) => checkStyleName(name).ok);
    const piece = fc.constantFrom(
      'a',
      'Öl',
      '"',
      "'",
      ':',
      '#',
      '- ',
      ' ',
      '👩‍🚀',
      '\\',
      'no',
      '1e3',
      '=',
      ',',
      '&',
      '*',
      '!',
      '%',
      '@',
      '`',
      '|',
      '>',
    );
    const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('').replaceAll(/ +/gu, ' ').trim());
    const style: fc.Arbitrary<Style> = fc.record(
      {
        title: fc.record({ en: word, de: word }, { noNullPrototype: true }),
        aliases: fc.constant([]),
        prompt: text.map((words) => `${words} {prompt}`.trim()),
        negativePrompt: text,
        defaults: fc.record(
          { steps: fc.integer({ min: 1, max: 1000 }), guidance: fc.integer({ min: 0, max: 30 }) },
          { requiredKeys: [], noNullPrototype: true },
        ),
      },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(word, style, (name, one) => {
        assert.deepEqual(stylesIn(readFile('a.yaml', write([{ name, style: one }], 'yaml'))), [{ name, style: one }]);
      }),
    );
  });

  test('every mistake is told at once, with its key', () => {
    const yaml = [
      'styles:',
      '  photo:',
      '    promt: a {prompt}',
      '    title: { en: Photo, fr: Photo }',
      '    defaults: { steps: many, size: 5x5, stpes: 4 }',
      '  undo:',
      "    prompt: '{prompt}'",
      '  noir: black',
      'stlyes: {}',
    ].join('\n');
    assert.deepEqual(codes(readFile('a.yaml', yaml)), ['style_key_unknown']);
    const read = readFile('a.yaml', yaml.replace('stlyes: {}', ''));
    assert.deepEqual(
      read.problems.map(({ problem }) => [problem.code, 'key' in problem.params ? problem.params.key : problem.params]),
      [
        ['style_value_invalid', 'photo.title'],
        ['style_value_invalid', 'photo.prompt'],
        ['style_value_invalid', 'photo.defaults.size'],
        ['style_value_invalid', 'photo.defaults.steps'],
        ['style_key_unknown', 'photo.defaults.stpes'],
        ['style_key_unknown', 'photo.promt'],
        ['style_name_reserved', { name: 'undo' }],
        ['style_value_invalid', 'noir'],
      ],
    );
    assert.deepEqual(read.problems.find(({ problem }) => 'key' in problem.params && problem.params.key === 'photo.promt')?.problem.params, {
      key: 'photo.promt',
      allowed: 'title, aliases, prompt, negativePrompt, small, defaults',
      suggestion: 'prompt',
    });
  });

  test('broken YAML is one problem with its line', () => {
    assert.deepEqual(readFile('a.yaml', 'styles:\n  a: [\n').problems[0]?.problem.code, 'style_import_yaml');
    assert.deepEqual(readFile('a.yml', "styles:\n  a: { prompt: 'x }\n").problems.length, 1);
    assert.deepEqual(readFile('a.yaml', "styles:\n  a:\n    prompt: '{prompt}'\n  a:\n    prompt: '{prompt}'\n").problems[0]?.problem, {
      code: 'style_import_yaml_twice',
      params: { line: 4 },
    });
    assert.deepEqual(codes(readFile('a.yaml', '- a\n- b\n')), ['style_value_invalid']);
    assert.deepEqual(codes(readFile('a.yaml', '')), ['style_value_invalid']);
    const bomb = [
      'a: &a [x, x, x, x, x, x, x, x, x]',
      ...'bcdefgh'.split('').map((key, i) => `${key}: &${key} [${Array(9).fill(`*${'abcdefg'[i]}`).join(', ')}]`),
    ].join('\n');
    assert.equal(readFile('a.yaml', bomb).styles.length, 0);
  });
});

describe('any file', () => {
  test('that is too large is refused before it is read', () => {
    const large = new Uint8Array(5_000_000).fill(0x22);
    assert.deepEqual(readFile('styles.csv', large).problems, [
      { place: {}, problem: { code: 'style_import_too_large', params: { megabytes: 5, limit: 1 } } },
    ]);
  });

  test('with too many styles, in another format or encoding is refused in one sentence', () => {
    const many = `name,prompt\n${Array.from({ length: 1001 }, (_, index) => `s${index},x`).join('\n')}\n`;
    assert.deepEqual(readFile('styles.csv', many).problems[0]?.problem, {
      code: 'style_import_too_many',
      params: { count: 1001, limit: 1000 },
    });
    assert.deepEqual(codes(readFile('styles.docx', 'x')), ['style_import_format']);
    assert.deepEqual(codes(readFile('styles', 'x')), ['style_import_format']);
    assert.deepEqual(codes(readFile('styles.csv', Buffer.from('name,prompt\nÖl,oil\n', 'latin1'))), ['style_import_encoding']);
    assert.deepEqual(codes(readFile('styles.csv', new Uint8Array([0x50, 0x4b, 0x03, 0x04, 0, 0, 0]))), ['style_import_encoding']);
  });

  test('names what it has no place for', () => {
    assert.deepEqual(styleFiles.write([photo], 'csv').lost, [
      'titleDe',
      'aliases',
      'smallPrompt',
      'filter',
      'needsLargerModel',
      'size',
      'steps',
      'guidance',
      'model',
      'enhance',
    ]);
    const plain: NamedStyle = {
      name: 'noir',
      style: { title: { en: 'Noir', de: 'Noir' }, aliases: [], prompt: '{prompt}, noir', negativePrompt: '', defaults: {} },
    };
    assert.deepEqual(styleFiles.write([plain], 'json').lost, []);
  });

  test('garbage never throws', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('a.csv', 'a.json', 'a.yaml'),
        fc.oneof(fc.string({ unit: 'binary' }), fc.json(), fc.uint8Array()),
        (name, content) => {
          const { styles, problems, leftOut } = readFile(name, content);
          return styles.length + problems.length + leftOut >= 0;
        },
      ),
      { numRuns: 300 },
    );
  });

  test('the styles of this program survive every format, as far as it holds them', () => {
    const shipped = readFileSync(join(import.meta.dirname, '..', '..', 'config', 'styles.yaml'));
    const styles = stylesIn(readFile('styles.yaml', shipped));
    assert.ok(styles.length >= 8);
    assert.deepEqual(stylesIn(readFile('a.yaml', write(styles, 'yaml'))), styles);
    for (const format of ['csv', 'json'] as const) {
      const back = planImport(readFile(`a.${format}`, write(styles, format)), styles, limits);
      assert.deepEqual([back.added, back.changed, back.problems], [[], [], []]);
    }
  });
});
