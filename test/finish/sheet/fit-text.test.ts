import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { breakLines, drawable } from '#src/finish/sheet/fit-text.ts';
import { fontMetrics } from '#src/finish/sheet/font-metrics.ts';

const shape = { weight: 'regular', sizePx: 20, widthPx: 200, mostLines: 2 } as const;
const width = (line: string): number => fontMetrics('regular').width(line) * 20;

describe('the shipped font', () => {
  test('has the letters of European languages, Arabic and Hebrew, and tells what it lacks', () => {
    for (const weight of ['regular', 'bold'] as const) {
      const { has } = fontMetrics(weight);
      for (const letter of 'aZ09 ×·–—…äöüßÄÖÜẞéñçøąłžőşЖλבش☀') assert.ok(has(letter.codePointAt(0)!), letter);
      for (const letter of '狐ไ한') assert.ok(!has(letter.codePointAt(0)!), letter);
    }
  });

  test('digits are equally wide, capitals wider than small letters, bold wider than regular', () => {
    const regular = fontMetrics('regular');
    assert.equal(regular.width('1'), regular.width('8'));
    assert.equal(regular.width('1111'), 4 * regular.width('8'));
    assert.ok(Math.abs(regular.width('0') - 0.636) < 0.001, 'as in its published metrics');
    assert.ok(regular.width('M') > regular.width('m') * 0.8 && regular.width('W') > regular.width('i') * 2);
    assert.ok(fontMetrics('bold').width('Fuchs') > regular.width('Fuchs'));
  });
});

describe('drawable', () => {
  test('keeps what can be drawn, on one line', () => {
    assert.equal(drawable('  ein roter\n\tFuchs — “schön” <b>&amp;</b>  ', 'regular'), 'ein roter Fuchs — “schön” <b>&amp;</b>');
    assert.equal(drawable('مرحبا', 'bold'), 'مرحبا');
  });

  test('drops emoji, control and direction marks and broken letters, and the gaps they leave', () => {
    assert.equal(drawable('a fox 🦊 in ❄️ snow 👩‍🚀!', 'regular'), 'a fox in ❄ snow !');
    assert.equal(drawable('a\u202Efox\u0000\u0007 \uD800 \u2066b', 'regular'), 'afox b');
  });

  test('says nothing rather than a few commas', () => {
    assert.equal(drawable('雪の中の狐, 4k', 'regular'), '');
    assert.equal(drawable('🦊🦊', 'regular'), '');
    assert.equal(drawable('', 'regular'), '');
    assert.equal(drawable('a red fox (狐)', 'regular'), 'a red fox ()');
  });

  test('ends a text of any length', () => {
    const long = drawable('fox '.repeat(500), 'regular');
    assert.ok(long.length < 410 && long.endsWith('…'), long.slice(-10));
  });
});

describe('breakLines', () => {
  test('breaks between words and ends in … after the last line', () => {
    assert.deepEqual(breakLines('a red fox', shape), ['a red fox']);
    assert.deepEqual(breakLines('a red fox in the deep snow', shape), ['a red fox in the', 'deep snow']);
    const [first, second] = breakLines('a red fox in the deep white snow, under a tall tree', shape);
    assert.equal(first, 'a red fox in the');
    assert.equal(second, 'deep white snow…');
  });

  test('breaks a word that is longer than a line', () => {
    const lines = breakLines('x'.repeat(200), shape);
    assert.equal(lines.length, 2);
    assert.ok(lines[0]!.length > 10 && lines[1]!.endsWith('…'));
  });

  test('leaves the first line empty where no word fits behind what stands there', () => {
    assert.deepEqual(breakLines('4294967295', { ...shape, widthPx: 140, indentPx: 60 }), ['', '4294967295']);
    assert.deepEqual(breakLines('seed 4294967295', { ...shape, widthPx: 140, indentPx: 60 }), ['seed', '4294967295']);
  });

  test('no separator dangles at the end of a line', () => {
    assert.deepEqual(breakLines('20 images · 4.4 s · denoise', { ...shape, widthPx: 190 }), ['20 images · 4.4 s', 'denoise']);
  });

  test('whatever the text, lines are few, fit, and lose no letter before the …', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 120 }), fc.integer({ min: 1, max: 4 }), (typed, mostLines) => {
        const text = drawable(typed, 'regular');
        const lines = breakLines(text, { ...shape, mostLines });
        assert.ok(lines.length <= mostLines);
        for (const line of lines) assert.ok(width(line) <= 200 || [...line].length <= 2, line);
        const letters = (of: string): string => of.replaceAll(/[^\p{L}\p{N}]/gu, '');
        assert.ok(letters(text).startsWith(letters(lines.join(''))), JSON.stringify([text, lines]));
      }),
    );
  });
});
