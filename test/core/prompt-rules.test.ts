import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { areNegative, refusalOf, warningsOf, withoutNames, type PromptLists } from '#core/prompt-judgement.ts';
import { foundIn } from '#core/prompt-rule-index.ts';
import { readPrompt, readRule, type ListedRule } from '#core/prompt-rules.ts';
import type { ImageRequest } from '#core/types.ts';
import { fox } from './sample.ts';

const request = (changes: Partial<ImageRequest>): ImageRequest => ({ ...fox, ...changes });

const rule = (line: string): ListedRule => {
  const read = readRule(line);
  assert.ok(typeof read !== 'string', line);
  return read;
};
/** Processor time of this thread, so that a busy machine doesn't count, ms. */
function cpuMs(work: () => void): number {
  const before = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}
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
        const tookMs = cpuMs(() => void isIn(prompt));
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

  test('a name counts as added where it stands as words, not inside of others', () => {
    const rain = [rule('Rain')];
    const drawn = withoutNames(request({ prompt: 'Rain in a coat', negativePrompt: 'film grain', guidanceScale: 7 }), rain, () => ({
      guidance: true,
    }));
    assert.equal(drawn.negativePrompt, 'film grain, Rain');
    assert.ok(areNegative(drawn, ['Rain']));
    assert.ok(!areNegative({ negativePrompt: 'film grain' }, ['Rain']));
    assert.ok(
      areNegative({ negativePrompt: 'film grain', variants: [{ ...fox, label: '', words: '', negativePrompt: 'RAIN' }] }, ['Rain']),
    );
    assert.ok(!areNegative({ negativePrompt: 'Rain' }, ['Rain', 'Mickey Mouse']));
    assert.ok(!areNegative({ negativePrompt: 'rain' }, ['/rain/']), 'a pattern is never added');
  });
});

describe('a list of 20,000 names', () => {
  const words =
    'amber basalt cedar delta ember fjord glade heath inlet jetty knoll lagoon meadow north ocean prairie quarry ridge shore tundra'.split(
      ' ',
    );
  const names = Array.from({ length: 20_000 }, (_, at) =>
    rule(`The ${words[at % 20]} ${words[Math.floor(at / 20) % 20]} ${words[Math.floor(at / 400) % 20]} no ${at}`),
  );
  const long = (at: number): string =>
    `${`the ${words[at % 20]} ${words[(at + 7) % 20]} at the sea, no light, `.repeat(60).slice(0, 1900)}, the ${words[7]} amber amber no 7, ${at}`;

  test('finds the same as line by line, in the order of the list', () => {
    const few = [...names.slice(0, 500), rule('/se[ae]\\b/'), rule('the sea'), rule('the the'), rule('amber no')];
    const read = [readPrompt('the sea, the the lagoon amber amber no 7 and THE AMBER amber amber no 0'), readPrompt('a quiet see')];
    assert.deepEqual(
      foundIn(read, few),
      few.filter(({ isIn }) => read.some(isIn)),
    );
    assert.deepEqual(
      foundIn(read, few).map(({ text }) => text),
      ['The amber amber amber no 0', '/se[ae]\\b/', 'the sea', 'the the', 'amber no'],
    );
  });

  test('costs a hundred long prompts little time of the processor', () => {
    const variants = Array.from({ length: 100 }, (_, at) => ({ ...fox, label: '', words: '', prompt: long(at), guidanceScale: 7 }));
    const many: ImageRequest = { ...request({ prompt: long(0), guidanceScale: 7 }), variants };
    const whole: PromptLists = { refuse: names, warn: names, names: () => names };
    foundIn([readPrompt('the sea')], names);
    let last = many;
    const tookMs = cpuMs(() => {
      last = withoutNames(many, names, () => ({ guidance: true }));
      warningsOf(last, whole);
    });
    assert.equal(last.variants?.length, 100);
    assert.ok(tookMs < 1500, `${tookMs} ms`);
  });
});
