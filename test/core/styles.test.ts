import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { MessageCode } from '#core/message-codes.ts';
import type { Problem, Result } from '#core/problem.ts';
import { applyStyle, needsLargerModel } from '#core/style-apply.ts';
import { checkNameFree, checkStyleName, findStyle, reservedStyleNames, searchStyles, styleKey, toStyleName } from '#core/style-names.ts';
import { checkNegative, checkTemplate } from '#core/style-template.ts';
import type { NamedStyle, Style } from '#core/styles.ts';
import { parseManifest, toModelInfo } from '#src/weights/manifest.ts';

const models = join(import.meta.dirname, '..', '..', 'models');
const embedded = toModelInfo(parseManifest(JSON.parse(readFileSync(join(models, 'embedded', 'blitzbild.json'), 'utf8'))));
const sdxl = { guidance: true } as const;
const turbo = { guidance: false } as const;
const limits = { maxPromptChars: 2000 };

const style = (prompt: string, more: Partial<Style> = {}): Style => ({
  title: { en: 'Title', de: 'Titel' },
  aliases: [],
  prompt,
  negativePrompt: '',
  defaults: {},
  ...more,
});

const styles: readonly NamedStyle[] = [
  { name: 'photo', style: style('photograph of {prompt}', { title: { en: 'Photo', de: 'Foto' }, aliases: ['fotografie'] }) },
  {
    name: 'black-and-white',
    style: style('{prompt}, film grain', { title: { en: 'Black and white', de: 'Schwarzweiß' }, aliases: ['bw'] }),
  },
  { name: 'ölgemälde', style: style('oil on canvas, {prompt}', { title: { en: 'Oil painting', de: 'Ölgemälde' } }) },
];

const codeOf = (problem: Problem | undefined): MessageCode | undefined => problem?.code;
const problemOf = (result: Result<unknown, Problem>): Problem | undefined => (result.ok ? undefined : result.problem);
const found = (typed: string): string | undefined => {
  const result = findStyle(typed, styles);
  return result.ok ? result.value.name : undefined;
};

describe('a template', () => {
  test('holds {prompt} once', () => {
    assert.equal(checkTemplate('a photo of {prompt}, sharp', limits), undefined);
    assert.equal(codeOf(checkTemplate('oil on canvas', limits)), 'style_template_no_prompt');
    assert.deepEqual(checkTemplate('{prompt} and {prompt}', limits), { code: 'style_template_two_prompts', params: { count: 2 } });
  });

  test('holds no other braces, and the sentence names those', () => {
    const wrong: readonly (readonly [string, string])[] = [
      ['{prompt2}', '{prompt2}'],
      ['{prompt}, {style}', '{style}'],
      ['{{prompt}}', '{{prompt}}'],
      ['{ {prompt} }', '{ {prompt} }'],
      ['{prompt}, {red|blue}', '{red|blue}'],
      ['{prompt} }', '}'],
      ['{prompt}, {', '{'],
      ['{Prompt}', '{Prompt}'],
      ['{a {prompt} b}', '{a {prompt}'],
    ];
    for (const [template, braces] of wrong)
      assert.deepEqual(checkTemplate(template, limits), { code: 'style_template_braces', params: { braces } }, template);
  });

  test('is bounded and visible', () => {
    assert.equal(checkTemplate(`{prompt}${'x'.repeat(1992)}`, limits), undefined);
    assert.deepEqual(checkTemplate(`{prompt}${'x'.repeat(1993)}`, limits), {
      code: 'style_template_too_long',
      params: { length: 2001, limit: 2000 },
    });
    for (const hidden of ['\n', '\t', '\u0000', '\u202e', '\u200b', '\ud800'])
      assert.equal(codeOf(checkTemplate(`{prompt}, a${hidden}b`, limits)), 'style_text_invisible', JSON.stringify(hidden));
    assert.equal(checkTemplate('{prompt}, Öl auf Leinwand, 👩‍🚀', limits), undefined);
  });

  test('a negative prompt is words alone', () => {
    assert.equal(checkNegative('', limits), undefined);
    assert.equal(checkNegative('text, (blurry:1.2)', limits), undefined);
    assert.deepEqual(checkNegative('{prompt}, text', limits), { code: 'style_negative_braces', params: { braces: '{prompt}' } });
    assert.equal(codeOf(checkNegative('a } b', limits)), 'style_negative_braces');
    assert.equal(codeOf(checkNegative('a\nb', limits)), 'style_text_invisible');
    assert.equal(codeOf(checkNegative('x'.repeat(2001), limits)), 'style_negative_too_long');
  });
});

describe('a style applied', () => {
  test('puts the prompt in, and what was typed in front of its negative prompt', () => {
    const photo = style('photo of {prompt}, 50mm', { negativePrompt: 'drawing' });
    assert.deepEqual(applyStyle(photo, { prompt: 'a fox', negativePrompt: 'text' }, sdxl), {
      prompt: 'photo of a fox, 50mm',
      negativePrompt: 'text, drawing',
    });
    assert.equal(applyStyle(photo, { prompt: 'a fox', negativePrompt: '' }, sdxl).negativePrompt, 'drawing');
    assert.equal(applyStyle(photo, { prompt: 'a fox', negativePrompt: '' }, turbo).negativePrompt, '');
  });

  test('puts it in once, as it is', () => {
    const apply = (prompt: string): string => applyStyle(style('photo of {prompt}, 50mm'), { prompt, negativePrompt: '' }, sdxl).prompt;
    assert.equal(apply('{prompt}'), 'photo of {prompt}, 50mm');
    assert.equal(apply("$& $1 $` $' {prompt}"), "photo of $& $1 $` $' {prompt}, 50mm");
    fc.assert(fc.property(fc.string(), (prompt) => apply(prompt) === `photo of ${prompt}, 50mm`));
  });

  test('a closed vocabulary gets what was written for it, and no negative prompt of the style', () => {
    const comic = style('comic of {prompt}', { negativePrompt: 'photo', small: { prompt: '{prompt}, flat', needsLargerModel: true } });
    assert.deepEqual(applyStyle(comic, { prompt: 'a fox', negativePrompt: 'red' }, embedded), {
      prompt: 'a fox, flat',
      negativePrompt: 'red',
      note: 'needs_larger_model',
    });
    const grey = style('{prompt}, film', { small: { filter: 'black-and-white' } });
    assert.deepEqual(applyStyle(grey, { prompt: 'a fox', negativePrompt: '' }, embedded), {
      prompt: 'a fox',
      negativePrompt: '',
      filter: 'black-and-white',
    });
    assert.equal(applyStyle(grey, { prompt: 'a fox', negativePrompt: '' }, sdxl).filter, undefined);
  });

  test('of a template that nobody wrote for it, such a model gets the words that it knows', () => {
    const apply = (template: string): readonly [string, string | undefined] => {
      const { prompt, note } = applyStyle(style(template), { prompt: 'a fox', negativePrompt: '' }, embedded);
      return [prompt, note];
    };
    assert.deepEqual(apply('{prompt}'), ['a fox', undefined]);
    assert.deepEqual(apply('watercolor painting {prompt} . vibrant, painterly, detailed'), ['a fox, watercolor painting', undefined]);
    assert.deepEqual(apply('pixel-art {prompt} . low-res, 8-bit graphics'), ['a fox, pixel art', undefined]);
    assert.deepEqual(apply('professional 3d model {prompt} . octane render'), ['a fox, 3d', undefined]);
    assert.deepEqual(apply('{prompt} in the snow'), ['a fox, in the snow', undefined]);
    assert.deepEqual(apply('{prompt} at night, cinematic still'), ['a fox, at night', 'needs_larger_model']);
    assert.deepEqual(apply('cinematic still {prompt} . emotional, bokeh'), ['a fox', 'needs_larger_model']);
    // Parts of other words are not taken for a look.
    assert.deepEqual(apply('{prompt}, inflatable, neonatal'), ['a fox', 'needs_larger_model']);
  });

  test('says beforehand whether it needs a larger model', () => {
    assert.equal(needsLargerModel(style('cinematic still {prompt}'), embedded), true);
    assert.equal(needsLargerModel(style('cinematic still {prompt}'), sdxl), false);
    assert.equal(needsLargerModel(style('{prompt}, neon'), embedded), false);
  });
});

describe('a name', () => {
  test('is kept in lower case, cleaned', () => {
    assert.deepEqual(checkStyleName('  Pixel   Art '), { ok: true, value: 'pixel art' });
    assert.deepEqual(checkStyleName('Ölgemälde-2'), { ok: true, value: 'ölgemälde-2' });
    assert.deepEqual(checkStyleName('3d'), { ok: true, value: '3d' });
  });

  test('has letters, digits, spaces and dashes only', () => {
    for (const wrong of ['', ' ', 'a/b', '-a', 'a-', 'a,b', 'a"b', '{a}', 'a.b', '👍', 'x'.repeat(41)])
      assert.equal(codeOf(problemOf(checkStyleName(wrong))), 'style_name_invalid', wrong);
    assert.equal(checkStyleName('x'.repeat(40)).ok, true);
  });

  test('is no word of the command', () => {
    for (const word of ['show', 'Undo', 'SET', 'umbenennen', 'loeschen', 're-name', ...reservedStyleNames])
      assert.equal(codeOf(problemOf(checkStyleName(word))), 'style_name_reserved', word);
  });

  test('comes out of what other programs call a style', () => {
    assert.equal(toStyleName('sai-comic book'), 'sai-comic book');
    assert.equal(toStyleName("Art: Noir (1940's)"), 'art noir 1940 s');
    assert.equal(toStyleName('--- misc / lighting ---'), 'misc lighting');
    assert.equal(toStyleName('✨'), undefined);
    assert.equal(toStyleName('Default'), 'default style');
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const name = toStyleName(text);
        return name === undefined || checkStyleName(name).ok;
      }),
    );
  });

  test('is taken where another style has it as a name or an alias', () => {
    assert.deepEqual(checkNameFree('Fotografie', styles), { code: 'style_name_taken', params: { name: 'Fotografie', by: 'photo' } });
    assert.equal(codeOf(checkNameFree('blackandwhite', styles)), 'style_name_taken');
    assert.equal(checkNameFree('bw', styles, 'black-and-white'), undefined);
    assert.equal(checkNameFree('noir', styles), undefined);
  });
});

describe('a style is found', () => {
  test('by name, alias and title, in any spelling', () => {
    for (const typed of ['black-and-white', 'Black and White', 'BLACK_AND_WHITE', 'bw', 'schwarzweiß', 'Schwarz-Weiss', 'schwarz weiß'])
      assert.equal(found(typed), 'black-and-white', typed);
    assert.equal(found('Foto'), 'photo');
    assert.equal(found('oelgemaelde'), 'ölgemälde');
    assert.equal(styleKey('O\u0308l'), styleKey('öl'));
  });

  test('by its own name before any alias', () => {
    const tricky: readonly NamedStyle[] = [
      { name: 'first', style: style('{prompt}', { aliases: ['second'] }) },
      { name: 'second', style: style('{prompt}') },
    ];
    const result = findStyle('second', tricky);
    assert.equal(result.ok && result.value.name, 'second');
  });

  test('or the nearest name is proposed, as it is spelt', () => {
    assert.deepEqual(problemOf(findStyle('phot', styles)), { code: 'style_unknown', params: { name: 'phot', suggestion: 'photo' } });
    assert.deepEqual(problemOf(findStyle('schwarzwei', styles)), {
      code: 'style_unknown',
      params: { name: 'schwarzwei', suggestion: 'schwarzweiß' },
    });
    assert.deepEqual(problemOf(findStyle('quilt', styles)), { code: 'style_unknown', params: { name: 'quilt' } });
    assert.equal(codeOf(problemOf(findStyle('', styles))), 'style_unknown');
    assert.equal(codeOf(problemOf(findStyle('photo', []))), 'style_unknown');
  });

  test('by words in its names and its template, those named so first', () => {
    const names = (...words: readonly string[]): readonly string[] => searchStyles(words, styles).map(({ name }) => name);
    assert.deepEqual(names(), ['photo', 'black-and-white', 'ölgemälde']);
    assert.deepEqual(names('oil'), ['ölgemälde']);
    assert.deepEqual(names('film', 'grain'), ['black-and-white']);
    assert.deepEqual(names('p'), ['photo', 'ölgemälde', 'black-and-white']);
    assert.deepEqual(names('film', 'photo'), []);
  });
});
