import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Options } from '#core/flags.ts';
import { findOption, flagTableMarkdown, optionNames, optionRow, suggestFlag } from '#core/options.ts';
import { limits } from '#core/limits.ts';
import { problemIn, wishOf } from './sample.ts';

describe('flags as people type them', () => {
  const cases: readonly (readonly [string, Options])[] = [
    ['--n 4', { count: 4 }],
    ['--n=4', { count: 4 }],
    ['--n:4', { count: 4 }],
    ['--n = 4', { count: 4 }],
    ['--n4', { count: 4 }],
    ['-n 4', { count: 4 }],
    ['—n 4', { count: 4 }],
    ['–n 4', { count: 4 }],
    ['−−n 4', { count: 4 }],
    ['--N 4,', { count: 4 }],
    ['--n "4"', { count: 4 }],
    ['--n „4“', { count: 4 }],
    ['--\u200bn\u00a04', { count: 4 }],
    ['--count 4', { count: 4 }],
    ['--anzahl 4', { count: 4 }],
    ['—Anzahl=4', { count: 4 }],
    ['--seed 0', { seed: 0 }],
    ['--seed 4294967295', { seed: 4_294_967_295 }],
    ['--seed random', {}],
    ['--seed zufall', {}],
    ['--steps -1', { steps: -1 }],
    ['--steps=-1', { steps: -1 }],
    ['--steps –1', { steps: -1 }],
    ['--schritte 12', { steps: 12 }],
    ['--cfg 7,5', { guidance: 7.5 }],
    ['--guidance_scale 7.5', { guidance: 7.5 }],
    ['--size 512x768', { size: { widthPx: 512, heightPx: 768 } }],
    ['--size 512×768', { size: { widthPx: 512, heightPx: 768 } }],
    ['--size 512 x 768', { size: { widthPx: 512, heightPx: 768 } }],
    ['--size 512px', { size: { widthPx: 512, heightPx: 512 } }],
    ['--größe 512', { size: { widthPx: 512, heightPx: 512 } }],
    ['--groesse 512', { size: { widthPx: 512, heightPx: 512 } }],
    ['--Gro\u0308ße 512', { size: { widthPx: 512, heightPx: 512 } }],
    ['--ar 16:9', { aspect: { width: 16, height: 9 } }],
    ['--ar16:9', { aspect: { width: 16, height: 9 } }],
    ['--ar=16/9', { aspect: { width: 16, height: 9 } }],
    ['--format hoch', { aspect: { width: 2, height: 3 } }],
    ['--format Quadrat', { aspect: { width: 1, height: 1 } }],
    ['--hq', { hq: true }],
    ['--hq.', { hq: true }],
    ['--hq --hq', { hq: true }],
    ['--no text', { negativePrompt: 'text' }],
    ['--no text, blurry hands', { negativePrompt: 'text, blurry hands' }],
    ['--ohne=Text und Rahmen --hq', { negativePrompt: 'Text und Rahmen', hq: true }],
    ['--no text --no blur', { negativePrompt: 'text, blur' }],
    ['--no "the --n flag"', { negativePrompt: 'the --n flag' }],
    ['--no “red \\” paint” --n 2', { negativePrompt: 'red ” paint', count: 2 }],
    ['--no "open --n 2', { negativePrompt: '"open', count: 2 }],
    ['--no snow – or ice', { negativePrompt: 'snow – or ice' }],
    ['--style photo', { styles: ['photo'] }],
    ['--style=photo', { styles: ['photo'] }],
    ['-s photo', { styles: ['photo'] }],
    ['—Stil photo', { styles: ['photo'] }],
    ['--style photo,comic', { styles: ['photo', 'comic'] }],
    ['--style photo, comic', { styles: ['photo', 'comic'] }],
    ['--style photo ,comic', { styles: ['photo', 'comic'] }],
    ['--style photo , comic', { styles: ['photo', 'comic'] }],
    ['--style photo; comic', { styles: ['photo', 'comic'] }],
    ['--style photo+comic', { styles: ['photo', 'comic'] }],
    ['--style "pixel art"', { styles: ['pixel art'] }],
    ['--style „pixel art“, ‚black and white‘ --n 2', { styles: ['pixel art', 'black and white'], count: 2 }],
    ['--style "photo, pixel art"', { styles: ['photo', 'pixel art'] }],
    ['--style photo, "pixel art", comic', { styles: ['photo', 'pixel art', 'comic'] }],
    ['--style photo,photo,', { styles: ['photo'] }],
    ['--style photo, --n 2', { styles: ['photo'], count: 2 }],
    ['--enhance', { enhance: true }],
    ['--verbessern --enhance', { enhance: true }],
    ['--strength 0,4', { strength: 0.4 }],
    ['--stärke .4', { strength: 0.4 }],
    ['--model sd-turbo', { model: 'sd-turbo' }],
    ['--modell „sd-turbo“', { model: 'sd-turbo' }],
    ['--ar 16:9 --n 4 --seed 42 --no text', { aspect: { width: 16, height: 9 }, count: 4, seed: 42, negativePrompt: 'text' }],
  ];
  for (const [flags, options] of cases) {
    test(`a fox ${flags}`, () => assert.deepEqual(wishOf(`!img a fox ${flags}`), { prompt: 'a fox', options }));
  }

  test('a list of names ends where no comma follows', () => {
    const names = ['photo', 'pixel art', 'comic'];
    assert.deepEqual(wishOf('!img --style photo, "pixel art", comic a fox'), { prompt: 'a fox', options: { styles: names } });
    assert.deepEqual(wishOf('!img --stil photo,„pixel art“,comic ein Fuchs'), { prompt: 'ein Fuchs', options: { styles: names } });
    assert.deepEqual(wishOf('!img --style photo a fox, red'), { prompt: 'a fox, red', options: { styles: ['photo'] } });
    assert.deepEqual(wishOf('!img --style photo, -- comic'), { prompt: 'comic', options: { styles: ['photo'] } });
  });

  test('stand anywhere', () => {
    assert.deepEqual(wishOf('!img --n 2 a --hq red fox'), { prompt: 'a red fox', options: { count: 2, hq: true } });
    assert.deepEqual(wishOf('!img --no "text" a red fox'), { prompt: 'a red fox', options: { negativePrompt: 'text' } });
    assert.deepEqual(wishOf('!img --no text -- a red fox'), { prompt: 'a red fox', options: { negativePrompt: 'text' } });
  });

  for (const prompt of [
    'a well-known fox',
    'snow - and ice',
    'a house — in fog',
    'a house – in fog',
    '-5 degrees',
    '–5 Grad',
    'Hunde- und -like',
    'x --> y',
    String.raw`(red:1.3) fox in [[snow]], \(drawn\) :) BREAK (Wort:0,8)`,
    '--- line ---',
    '-',
  ]) {
    test(`«${prompt}» holds no flag`, () => assert.deepEqual(wishOf(`!img x ${prompt}`), { prompt: `x ${prompt}`, options: {} }));
  }

  test('after -- everything is prompt', () => {
    assert.deepEqual(wishOf('!img --n 2 a fox -- --n 3 --stlye'), { prompt: 'a fox --n 3 --stlye', options: { count: 2 } });
  });
});

describe('flags that are wrong', () => {
  const cases: readonly (readonly [string, string, Record<string, unknown>, string])[] = [
    ['x --stpes 4', 'flag_unknown', { flag: '--stpes', suggestion: '--steps' }, '--stpes'],
    ['x —stpes 4', 'flag_unknown', { flag: '—stpes', suggestion: '--steps' }, '—stpes'],
    ['x --anzal=4', 'flag_unknown', { flag: '--anzal', suggestion: '--anzahl' }, '--anzal=4'],
    ['x --width 512', 'flag_unknown', { flag: '--width', suggestion: '--size' }, '--width'],
    ['x --chaos 5', 'flag_unknown', { flag: '--chaos' }, '--chaos'],
    ['x --stile=', 'value_missing', { flag: '--stile', example: '--stile watercolor,comic' }, '--stile='],
    ['x --style ,', 'value_missing', { flag: '--style', example: '--style watercolor,comic' }, '--style ,'],
    ['x -stpes 4', 'flag_unknown', { flag: '-stpes', suggestion: '--steps' }, '-stpes'],
    ['x --clip-skip 2', 'clip_skip', { flag: '--clip-skip' }, '--clip-skip'],
    ['x --clip_skip=2', 'clip_skip', { flag: '--clip_skip' }, '--clip_skip=2'],
    ['x —clipskip', 'clip_skip', { flag: '—clipskip' }, '—clipskip'],
    ['x --5', 'flag_unknown', { flag: '--5' }, '--5'],
    ['fox--n 4', 'flag_glued', { word: 'fox--n', before: 'fox', flag: '--n' }, 'fox--n'],
    ['fox—no text', 'flag_glued', { word: 'fox—no', before: 'fox', flag: '--no' }, 'fox—no'],
    ['"--n 4', 'flag_glued', { word: '"--n', before: '"', flag: '--n' }, '"--n'],
    ['x --n 4 --anzahl 5', 'flag_twice', { flag: '--anzahl' }, '--anzahl 5'],
    ['x --style comic --stil photo', 'flag_twice', { flag: '--stil' }, '--stil photo'],
    ['x --enhance=auto', 'value_unexpected', { flag: '--enhance', value: 'auto' }, '--enhance=auto'],
    ['x --strength much', 'decimal_invalid', { flag: '--strength', value: 'much', example: '0.7' }, '--strength much'],
    ['x --n', 'value_missing', { flag: '--n', example: '--n 4' }, '--n'],
    ['x --n --hq', 'value_missing', { flag: '--n', example: '--n 4' }, '--n'],
    ['x --n=', 'value_missing', { flag: '--n', example: '--n 4' }, '--n='],
    ['x --ohne --n 4', 'value_missing', { flag: '--ohne', example: '--ohne text, blur' }, '--ohne'],
    ['x --no -- y', 'value_missing', { flag: '--no', example: '--no text, blur' }, '--no'],
    ['x --hq=5', 'value_unexpected', { flag: '--hq', value: '5' }, '--hq=5'],
    ['x --n four', 'whole_number_invalid', { flag: '--n', value: 'four', example: '4' }, '--n four'],
    ['x --n 2.5', 'whole_number_invalid', { flag: '--n', value: '2.5', example: '4' }, '--n 2.5'],
    ['x --seed NaN', 'whole_number_invalid', { flag: '--seed', value: 'NaN', example: '42' }, '--seed NaN'],
    ['x --seed 1e3', 'whole_number_invalid', { flag: '--seed', value: '1e3', example: '42' }, '--seed 1e3'],
    ['x --seed 0x10', 'whole_number_invalid', { flag: '--seed', value: '0x10', example: '42' }, '--seed 0x10'],
    ['x --seed Infinity', 'whole_number_invalid', { flag: '--seed', value: 'Infinity', example: '42' }, '--seed Infinity'],
    ['x --cfg high', 'decimal_invalid', { flag: '--cfg', value: 'high', example: '7.5' }, '--cfg high'],
    ['x --size big', 'size_invalid', { flag: '--size', value: 'big' }, '--size big'],
    ['x --size 512x', 'size_invalid', { flag: '--size', value: '512x' }, '--size 512x'],
    ['x --ar 16', 'ratio_invalid', { flag: '--ar', value: '16' }, '--ar 16'],
    ['x --ar 0:9', 'ratio_invalid', { flag: '--ar', value: '0:9' }, '--ar 0:9'],
  ];
  for (const [typed, code, params, at] of cases) {
    test(typed, () => {
      const text = `!img ${typed}`;
      const problem = problemIn(text);
      assert.equal(problem.code, code);
      assert.deepEqual(problem.params, params);
      assert.equal(text.slice(problem.place?.start, problem.place?.end), at);
    });
  }

  test('what is echoed is short', () => {
    const problem = problemIn(`!img x --n ${'z'.repeat(500)}`);
    assert.ok(problem.code === 'whole_number_invalid' && problem.params.value.length <= 40);
  });
});

describe('the table', () => {
  test('no name means two things', () => {
    const names = optionNames.flatMap((name) => {
      const { flag, aliases, germanAliases } = optionRow(name);
      return [flag, ...aliases, ...germanAliases].map((alias) => [alias, name] as const);
    });
    for (const [alias, name] of names) assert.equal(findOption(alias), name, alias);
  });

  test('every example is accepted', () => {
    for (const name of optionNames) {
      const { flag, example } = optionRow(name);
      assert.notEqual(wishOf(`!img a fox --${flag} ${example}`).options[name], undefined, name);
    }
  });

  test('a suggestion is a flag that exists', () => {
    for (const typed of ['sede', 'sed', 'stps', 'gudance', 'formt', 'modl', 'neagtive', 'hight', 'anzhl', 'schrite', 'W']) {
      const suggestion = suggestFlag(typed);
      assert.ok(suggestion !== undefined && findOption(suggestion.slice(2)) !== undefined, typed);
    }
    assert.equal(suggestFlag('xyzzy'), undefined);
  });

  test('becomes the README’s table', () => {
    const table = flagTableMarkdown('en', limits).split('\n');
    assert.equal(table.length, optionNames.length + 2);
    assert.match(table[2] ?? '', /^\| `--n N` \| .*`--anzahl`.* \| 1 to 20 \| how many pictures.* \| `--n 4` \|$/u);
    assert.match(flagTableMarkdown('de', limits), /`--n N` \| `--anzahl`.* \| 1 bis 20 \| wie viele Bilder/u);
  });
});
