import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { refusalOf, warningsOf, withoutNames, type PromptLists } from '#core/prompt-judgement.ts';
import { readPrompt, readRule, type ListedRule } from '#core/prompt-rules.ts';
import type { ImageRequest } from '#core/types.ts';
import { fox } from './sample.ts';

const request = (changes: Partial<ImageRequest>): ImageRequest => ({ ...fox, ...changes });

const rule = (line: string): ListedRule => {
  const read = readRule(line);
  assert.ok(typeof read !== 'string', line);
  return read;
};
const found = (line: string, prompt: string): boolean => rule(line).isIn(readPrompt(prompt));

describe('a list of the configuration', () => {
  test('words and phrases are found as whole words, however they are spelt', () => {
    assert.ok(found('guns', 'two guns on a table'));
    assert.ok(found('Guns', 'GÚNS!'));
    assert.ok(found('guns', 'g u n s'));
    assert.ok(found('guns', 'gun5'));
    assert.ok(!found('guns', 'burgundy'));
    assert.ok(found('Mickey Mouse', 'a picture of mickey-mouse, smiling'));
    assert.ok(!found('Mickey Mouse', 'a mouse called Mickey'));
    assert.ok(found('Bärenmarke', 'eine Dose Bärenmarke'));
  });

  test('patterns are found without regard to case and accents', () => {
    assert.ok(found('/guns?/', 'one GUN'));
    assert.ok(found('/\\bk(?:a|e)t\\b/', 'a két'));
    assert.ok(found('/müll/', 'Mull und Müll'));
    assert.ok(!found('/^war$/', 'a warm day'));
  });

  test('what could take for ever is refused with what to do', () => {
    for (const [line, why] of [
      ['/(a+)+$/', /repeats a group/u],
      ['/(a|aa)+$/', /repeats a group/u],
      ['/(?:x*)*y/', /repeats a group/u],
      ['/(a{1,50}){1,50}$/', /repeats a group/u],
      ['/.*.*.*=/', /too many repetitions/u],
      ['/\\w+\\s+\\w+$/', /too many repetitions/u],
      ['/(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)$/', /too many repetitions/u],
      ['/(.)\\1/', /looks back/u],
      ['/(?=a)b/', /looks ahead/u],
      ['/(?<name>a)/', /looks ahead or behind, or names/u],
      ['/(/', /no regular expression/u],
      [`/${'a'.repeat(300)}/`, /longer than 200/u],
      ['!!!', /no letters/u],
      ['', /no letters/u],
    ] as const) {
      const read = readRule(line);
      assert.ok(typeof read === 'string', `${line} was taken`);
      assert.match(read, why);
    }
  });

  test('what is taken is quick on the worst texts that are known', () => {
    const texts = ['a'.repeat(4000), 'ab'.repeat(2000), `${'a '.repeat(2000)}!`, 'x'.repeat(3999) + 'y'];
    for (const line of [
      '/a*$/',
      '/a+b/',
      '/.*=/',
      '/\\w+!/',
      '/[a-z ]+=/',
      '/(?:ab)+c/',
      '/a{1,30}b{1,30}c/',
      '/a?a?a?a?a?a?a?a?aaaaaaaac/',
    ])
      for (const text of texts) {
        const { isIn } = rule(line);
        const prompt = { text, words: [] };
        const startedMs = performance.now();
        isIn(prompt);
        const tookMs = performance.now() - startedMs;
        assert.ok(tookMs < 200, `${line} on ${text.slice(0, 6)}…: ${tookMs} ms`);
      }
  });
});

const lists: PromptLists = {
  refuse: [rule('guns')],
  warn: [rule('blood')],
  names: () => [rule('Mickey Mouse'), rule('Acme'), rule('/lego\\w*/')],
};

describe('a request', () => {
  test('is refused by what always holds before the list, which names its own words', () => {
    assert.equal(refusalOf(request({ prompt: 'a naked child with guns' }), lists)?.rule, 'minors');
    assert.equal(refusalOf(request({ prompt: 'nude Emma Watson' }), lists)?.rule, 'named-nudity');
    const listed = refusalOf(request({ prompt: 'a man with GUNS' }), lists);
    assert.deepEqual([listed?.rule, listed?.problem.params], ['listed', { rule: 'guns' }]);
    assert.equal(refusalOf(request({ prompt: 'a red fox' }), lists), undefined);
  });

  test('is warned of names and words, each once', () => {
    const warnings = warningsOf(request({ prompt: 'Acme bottle, acme lid, blood, a LEGOLAND' }), lists);
    assert.deepEqual(warnings, { warned: ['blood'], names: ['Acme', '/lego\\w*/'] });
  });

  test('has names among what must not be in the picture, once, where the model reads that', () => {
    const guided = () => ({ guidance: true });
    const drawn = withoutNames(
      request({ prompt: 'mickey mouse at the sea', negativePrompt: 'text', guidanceScale: 7 }),
      lists.names(),
      guided,
    );
    assert.equal(drawn.negativePrompt, 'text, Mickey Mouse');
    assert.deepEqual(withoutNames(drawn, lists.names(), guided), drawn);
    const unguided = request({ prompt: 'mickey mouse', negativePrompt: '', guidanceScale: 7 });
    assert.deepEqual(
      withoutNames(unguided, lists.names(), () => ({ guidance: false })),
      unguided,
    );
    const weak = request({ prompt: 'mickey mouse', negativePrompt: '', guidanceScale: 1 });
    assert.deepEqual(withoutNames(weak, lists.names(), guided), weak);
  });
});
