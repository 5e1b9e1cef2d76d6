import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';

import fc from 'fast-check';
import { decodeRecoveryKey, encodeRecoveryKey } from 'matrix-js-sdk/lib/crypto-api/recovery-key.js';

import { readRecoveryKey, recoveryKeyText } from '#src/chat/matrix/crypto/recovery-key.ts';

describe('recovery keys', () => {
  it('are written and read as another client does', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (key) => {
        const text = recoveryKeyText(key);
        assert.equal(text, encodeRecoveryKey(new Uint8Array(key)));
        assert.deepEqual(new Uint8Array(decodeRecoveryKey(text)), new Uint8Array(key));
        assert.deepEqual(readRecoveryKey(text), new Uint8Array(key));
      }),
    );
  });

  it('are read however the groups are written', () => {
    const key = Uint8Array.from(randomBytes(32));
    const text = recoveryKeyText(key);
    for (const written of [text.replaceAll(' ', ''), `  ${text.replaceAll(' ', '\n')}\r\n`])
      assert.deepEqual(readRecoveryKey(written), key);
  });

  it('with one letter mistaken, or left out are none', () => {
    const text = recoveryKeyText(Uint8Array.from({ length: 32 }, (_, index) => (index * 37 + 11) % 256)).replaceAll(' ', '');
    const slips = [...text].flatMap((letter, index) => {
      const [before, after] = [text.slice(0, index), text.slice(index + 1)];
      const others = [...'123abcXYZ'].filter((other) => other !== letter);
      return [before + after, ...others.map((other) => before + other + after)];
    });
    // The sum is one byte: one slip in 256 passes, and the key then fits no account.
    const passed = slips.filter((slip) => readRecoveryKey(slip) !== undefined).length;
    assert.ok(slips.length > 400 && passed <= 4, `${passed} of ${slips.length}`);
  });

  it('are nothing else', () => {
    for (const text of ['', ' ', '0OIl', 'a red fox', 'E'.repeat(48), 'E'.repeat(100_000), '1'.repeat(48)]) {
      assert.equal(readRecoveryKey(text), undefined, text.slice(0, 20));
    }
    assert.throws(() => recoveryKeyText(new Uint8Array(31)), TypeError);
  });
});
