import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { tellingName } from '#src/chat/mattermost/outgoing.ts';

test('a file is called by its own name and by what it shows', () => {
  for (const [alt, name] of [
    ['AI-generated picture: a red fox', 'k7f3-A1 AI-generated picture a red fox.png'],
    ['«Ein Fuchs», 4 Füße/Pfoten – süß!', 'k7f3-A1 Ein Fuchs 4 Füße Pfoten süß.png'],
    ['../../etc/passwd\\..\\x', 'k7f3-A1 etc passwd x.png'],
    ['a\u202egnp.exe\u0000\n\tb', 'k7f3-A1 a gnp exe b.png'],
    ['ثعلب أحمر', 'k7f3-A1 ثعلب أحمر.png'],
    ['❤️ 🦊 👩‍🚀 fox', 'k7f3-A1 fox.png'],
    ['1️⃣ fox', 'k7f3-A1 1️⃣ fox.png'],
    ['?!… «»', 'k7f3-A1.png'],
    ['', 'k7f3-A1.png'],
  ] as const)
    assert.equal(tellingName('k7f3-A1.png', alt), name);
  assert.equal(tellingName('styles', 'a fox'), 'styles a fox');
});

test('however much it shows, the name stays one that a disk takes', () => {
  const long = tellingName('k7f3-A1.png', 'fox '.repeat(1000));
  assert.equal([...long].length, 99);
  assert.ok(long.endsWith(' fox.png'));
  const chinese = tellingName('k7f3-A1.png', '狐'.repeat(1000));
  assert.ok(Buffer.byteLength(chinese) <= 200 && Buffer.byteLength(chinese) > 190, `${Buffer.byteLength(chinese)} bytes`);
  const own = `${'n'.repeat(150)}.png`;
  assert.equal(tellingName(own, 'a fox'), own, 'its own name is never cut');
});

test('whatever it shows, the name is plain, begins with its own and ends as it did', () => {
  const alt = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.string({ unit: 'grapheme', maxLength: 300 }),
    fc
      .array(fc.constantFrom(...'/\\.:*?"<>|\u0000\u202e\u200d\ufe0f\u0301\ud800 a狐🦊-'.split('')), { maxLength: 200 })
      .map((signs) => signs.join('')),
  );
  fc.assert(
    fc.property(alt, fc.constantFrom('k7f3-A1.png', 'k7f3-sheet.jpg'), (altText, fileName) => {
      const [stem = '', ending = ''] = fileName.split('.');
      const name = tellingName(fileName, altText);
      assert.ok(name.startsWith(stem) && name.endsWith(`.${ending}`), name);
      assert.equal(name.split('.').length, 2, 'no other ending');
      assert.ok([...name].length <= 100 && Buffer.byteLength(name) <= 200, name);
      assert.match(name, /^[\p{L}\p{M}\p{N} -]+\.[a-z]+$/u);
      assert.doesNotMatch(name, / {2}| \.| \p{M}/u);
      assert.ok(name.isWellFormed());
    }),
    { numRuns: 1000 },
  );
});
