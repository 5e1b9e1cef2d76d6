import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { MAX_WEIGHT, readWeights } from '../../src/inference/prompt-weights.ts';

/** `red×1.3` for each stretch, BREAKs as `|`; rounded, because 1.1 · 1.1 is not 1.21. */
const shown = (prompt: string): string =>
  readWeights(prompt)
    .map((part) => part.map(({ text, weight }) => `${text}×${Number(weight.toFixed(4))}`).join(' '))
    .join(' | ');

const READ: readonly (readonly [prompt: string, as: string])[] = [
  ['a fox', 'a fox×1'],
  ['(fox)', 'fox×1.1'],
  ['((fox))', 'fox×1.21'],
  ['[fox]', 'fox×0.9091'],
  ['[[fox]]', 'fox×0.8264'],
  ['(fox:1.3)', 'fox×1.3'],
  ['(fox: 1.3 )', 'fox×1.3'],
  ['(fox:1,3)', 'fox×1.3'],
  ['(fox:.5)', 'fox×0.5'],
  ['(fox:+2)', 'fox×2'],
  ['a (red fox:1.2) (by (the:2) sea)', 'a ×1 red fox×1.2  ×1 by ×1.1 the×2.2  sea×1.1'],
  ['([fox])', 'fox×1'],
  ['(1girl:1.2)', '1girl×1.2'],
  ['(year 1984:1.2)', 'year 1984×1.2'],
  ['(re: a fox)', 're: a fox×1.1'],
  ['(a:b:1.2)', 'a:b×1.2'],
  ['a ()(:1.2)[] fox', 'a  fox×1'],
  // brackets that are meant as they are
  [String.raw`\(fox\) \[sea\] \\ (a)`, String.raw`(fox) [sea] \ ×1 a×1.1`],
  [String.raw`(a\):1.2)`, 'a)×1.2'],
  [String.raw`C:\\fox`, String.raw`C:\\fox×1`],
  [String.raw`C:\fox (red)`, String.raw`C:\fox ×1 red×1.1`],
  // nothing that was meant as a weight
  ['a smiley :) (1990)', 'a smiley :) ×1 1990×1.1'],
  [':( and ;-) and :))', ':( and ;-) and :))×1'],
  ['(a smiley :) )', 'a smiley :) ×1.1'],
  ['sad :(, (red) :)', 'sad :(, ×1 red×1.1  :)×1'],
  ['(16:9)', '(16:9)×1'],
  ['(at 10:30)', '(at 10:30)×1'],
  ['(fox:abc)', '(fox:abc)×1'],
  ['(fox:)', '(fox:)×1'],
  ['(fox:1.2.3)', '(fox:1.2.3)×1'],
  ['(fox:1e9)', '(fox:1e9)×1'],
  ['(fox:NaN) (fox:inf) (fox:Infinity)', '(fox:NaN) (fox:inf) (fox:Infinity)×1'],
  ['((fox):abc)', '(×1 fox×1.1 :abc)×1'],
  ['[fox:cat:0.5] [fox|cat] [fox:0.3]', '[fox:cat:0.5] [fox|cat] [fox:0.3]×1'],
  ['[a:(red):0.5]', '[a:×1 red×1.1 :0.5]×1'],
  ['(open', '(open×1'],
  ['shut) it]', 'shut) it]×1'],
  ['(a [b:1.2)', 'a [b×1.2'],
  ['((a)', '(×1 a×1.1'],
  ['([(a:1.2))', '[×1.1 a×1.32'],
  ['(a] b)', 'a] b×1.1'],
  // out of bounds
  ['(fox:-5)', 'fox×0'],
  ['(fox:1000000000)', 'fox×10'],
  [`(fox:${'9'.repeat(400)})`, 'fox×10'],
  ['((fox:0):10)', 'fox×0'],
  // chunks
  ['a BREAK b', 'a ×1 |  b×1'],
  ['(a BREAK b:1.2)', 'a ×1.2 |  b×1.2'],
  ['BREAK', ' | '],
  ['outBREAK a break BREAKs', 'outBREAK a break BREAKs×1'],
];

for (const [prompt, as] of READ) test(`${prompt.slice(0, 60)} is read as ${as}`, () => assert.equal(shown(prompt), as));

test('a prompt without brackets and BREAK comes back as it is', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !/[()[\]]|BREAK/u.test(text)),
      (text) => assert.deepEqual(readWeights(text), [[{ text, weight: 1 }]]),
    ),
  );
});

test('escaped brackets are the same words without a weight', () => {
  const signs = fc.constantFrom('(', ')', '[', ']', 'fox', ':1.2', ' ', '🦊', 'ثعلب');
  fc.assert(
    fc.property(fc.array(signs, { minLength: 1 }), (parts) => {
      const text = parts.join('');
      assert.deepEqual(readWeights(text.replace(/[()[\]]/gu, String.raw`\$&`)), [[{ text, weight: 1 }]]);
    }),
  );
});

test('whatever is typed, every weight is from 0 to the largest and no letter is lost or made up', () => {
  const pieces = fc.constantFrom(
    '(',
    ')',
    '[',
    ']',
    ':',
    ':1.2',
    ':-3',
    ':99',
    ':abc',
    '|',
    ' ',
    '\\',
    ' :)',
    'fox',
    '🦊',
    'ثعلب',
    'BREAK',
  );
  fc.assert(
    fc.property(fc.array(pieces), (parts) => {
      const prompt = parts.join('');
      const stretches = readWeights(prompt).flat();
      for (const { weight } of stretches) assert.ok(weight >= 0 && weight <= MAX_WEIGHT, String(weight));
      const letters = (text: string): string => text.replaceAll('BREAK', '').replace(/[^\p{L}🦊]/gu, '');
      assert.equal(letters(stretches.map(({ text }) => text).join('')), letters(prompt));
    }),
    { numRuns: 500 },
  );
});

const deep = (depth: number): string => '('.repeat(depth) + 'fox' + ')'.repeat(depth);

test('a thousand brackets in one another weigh as much as anything can', () => {
  assert.equal(shown(deep(1000)), 'fox×10');
  assert.equal(shown(`${'['.repeat(1000)}fox${']'.repeat(1000)}`), 'fox×0');
  assert.equal(shown(deep(1000).replace('fox', '(fox:0)')), 'fox×0');
  assert.equal(shown(`${'('.repeat(10_000)}fox`), `${'('.repeat(10_000)}fox×1`);
});

/** Per length, each shape takes time in proportion: ten times the text far less than the hundredfold that a square would take. */
const SHAPES: Record<string, (n: number) => string> = {
  'open brackets': (n) => '('.repeat(n),
  'closing brackets': (n) => ')'.repeat(n),
  pairs: (n) => '(a)'.repeat(n),
  nested: deep,
  'unclosed in closed': (n) => '(['.repeat(n) + ')'.repeat(n),
  colons: (n) => `${'(:'.repeat(n)}${')'.repeat(n)}`,
  'colons in one': (n) => `(${'a: '.repeat(n)})`,
  faces: (n) => ' :'.repeat(n) + ')'.repeat(n),
  escapes: (n) => '\\('.repeat(n),
  breaks: (n) => 'BREAK '.repeat(n),
};
for (const [name, shape] of Object.entries(SHAPES))
  test(`no slow path: ${name}`, () => {
    const time = (text: string): number => {
      const startMs = performance.now();
      readWeights(text);
      return performance.now() - startMs;
    };
    time(shape(2000)); // compiled by then
    const best = (text: string): number => Math.min(...[0, 1, 2].map(() => time(text))); // the machine may be busy
    const [short, long] = [best(shape(5000)), best(shape(50_000))];
    assert.ok(long < Math.max(short, 2) * 50, `5,000: ${short.toFixed(1)} ms, 50,000: ${long.toFixed(1)} ms`);
  });
