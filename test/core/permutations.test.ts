import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { countPermutations, permutations, withoutChoices } from '#core/permutations.ts';
import { cleanText } from '#core/prompt-text.ts';

const prompts = (text: string): readonly string[] => permutations(text).map(({ prompt }) => prompt);

describe('words in braces', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['a {red, blue} bird', ['a red bird', 'a blue bird']],
    ['a {red,blue} bird in {fog,sun}', ['a red bird in fog', 'a red bird in sun', 'a blue bird in fog', 'a blue bird in sun']],
    [
      'ein {roter, grüner} Fuchs im {Schnee, Wald}',
      ['ein roter Fuchs im Schnee', 'ein roter Fuchs im Wald', 'ein grüner Fuchs im Schnee', 'ein grüner Fuchs im Wald'],
    ],
    ['{Bäume, Häuser}, groß', ['Bäume, groß', 'Häuser, groß']],
    ['ein {Fuchs,Luchs}bau', ['ein Fuchsbau', 'ein Luchsbau']],
    ['{ red , two words }', ['red', 'two words']],
    ['{🦊, 🐻}', ['🦊', '🐻']],
    // In one another.
    ['a {red {bird, fish}, stone}', ['a red bird', 'a red fish', 'a stone']],
    ['{{a, b}, c}', ['a', 'b', 'c']],
    ['{x {a, b}} y', ['{x a} y', '{x b} y']],
    // The same word twice is one.
    ['a {red, red, blue} bird', ['a red bird', 'a blue bird']],
    // A word left out.
    ['a {big, } bird', ['a big bird', 'a bird']],
    ['a {, big} bird', ['a bird', 'a big bird']],
    ['a bird {in fog, }, still', ['a bird in fog, still', 'a bird, still']],
    ['a bird {in fog, }', ['a bird in fog', 'a bird']],
    ['{un,}real', ['unreal', 'real']],
    ['{a fox, }', ['a fox']],
    // A space before a sign is the writer's own.
    ['{un, deux} oiseaux !', ['un oiseaux !', 'deux oiseaux !']],
    // No choice.
    ['a bird', ['a bird']],
    ['! ,', ['! ,']],
    ['a {red} bird', ['a {red} bird']],
    ['a {} bird', ['a {} bird']],
    ['a {red, blue bird', ['a {red, blue bird']],
    ['a red, blue} bird', ['a red, blue} bird']],
    ['{a {red, blue}', ['{a red', '{a blue']],
    ['{red, blue}}', ['red}', 'blue}']],
    ['}{', ['}{']],
    ['a sign: {"a": 1}', ['a sign: {"a": 1}']],
    // Protected.
    [String.raw`a sign saying \{a, b\}`, ['a sign saying {a, b}']],
    [String.raw`{0\,5 l, 1 l} of milk`, ['0,5 l of milk', '1 l of milk']],
    [String.raw`{red\}, blue}`, ['red}', 'blue']],
    [String.raw`one\, two \o/`, [String.raw`one\, two \o/`]],
  ];
  for (const [text, expected] of cases) test(JSON.stringify(text), () => assert.deepEqual(prompts(text), expected));

  test('what was chosen is told, without what was left out', () => {
    assert.deepEqual(
      permutations('a {red, } bird in {fog, {deep, light} snow}').map(({ chosen }) => chosen.join(' · ')),
      ['red · fog', 'red · deep snow', 'red · light snow', 'fog', 'deep snow', 'light snow'],
    );
  });

  test('nothing to draw is left of commas alone', () => assert.deepEqual(prompts('{,}'), ['']));
});

describe('counting', () => {
  test('needs no list of them', () => {
    assert.equal(countPermutations('a bird'), 1);
    assert.equal(countPermutations('a {red, blue} bird in {fog, sun, {deep, light} snow}'), 8);
    assert.equal(countPermutations('{a,b}'.repeat(40)), 2 ** 40);
    assert.equal(countPermutations('{a,b}'.repeat(2000)), Infinity);
  });

  test('a thousand braces in one another are read without a fall', () => {
    for (const text of ['{'.repeat(5000), `${'{a,'.repeat(2500)}${'}'.repeat(2500)}`, `${'{'.repeat(2500)}a,b${'}'.repeat(2500)}`]) {
      assert.ok(countPermutations(text) >= 1);
    }
  });

  test('ten thousand characters of braces and commas take less than 50 ms', () => {
    const texts = [
      '{a,b}'.repeat(2000),
      '{,}'.repeat(3333),
      '{a,'.repeat(3333),
      `{${'{x}'.repeat(3332)},}`,
      `${'{'.repeat(4999)},${'}'.repeat(4999)}`,
    ];
    for (const text of texts) {
      // The best of three: another process may have had the processor.
      const taken = [1, 2, 3].map(() => {
        const startedMs = performance.now();
        countPermutations(text);
        return performance.now() - startedMs;
      });
      assert.ok(Math.min(...taken) < 50, `${text.slice(0, 6)}… took ${Math.min(...taken)} ms`);
    }
  });
});

const words = fc
  .array(fc.oneof(fc.constantFrom('{', '}', ',', '\\', ' ', '{a,b}', '\\{', 'ß', '🦊', '.'), fc.string({ maxLength: 3 })), {
    maxLength: 12,
  })
  .map((parts) => cleanText(parts.join('')));

describe('for every text', () => {
  test('there are no more than were counted, and each is clean', () => {
    fc.assert(
      fc.property(words, (text) => {
        const count = countPermutations(text);
        fc.pre(count <= 200);
        const all = permutations(text);
        assert.ok(all.length >= 1 && all.length <= count, `${all.length} of ${count}`);
        for (const { prompt } of all) assert.doesNotMatch(prompt, /\0/u);
      }),
      { numRuns: 2000 },
    );
  });

  test('words without choices give those words alone', () => {
    fc.assert(
      fc.property(words, (text) => {
        const [only, ...more] = permutations(withoutChoices(text));
        assert.deepEqual([only?.prompt, more.length], [text, 0]);
      }),
      { numRuns: 2000 },
    );
  });

  test('without braces it is the text itself', () => {
    fc.assert(
      fc.property(
        words.filter((text) => !/[{}]/u.test(text)),
        (text) => assert.deepEqual(permutations(text), [{ prompt: text, chosen: [] }]),
      ),
      { numRuns: 500 },
    );
  });
});
