import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, it } from 'node:test';

import { canonicalJson, isSignedBy } from '#src/chat/matrix/crypto/signed-json.ts';

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const key = Buffer.from(String(publicKey.export({ format: 'jwk' }).x), 'base64url')
  .toString('base64')
  .replace(/=+$/, '');
const signer = '@bot:x';

function signed(object: object, text = canonicalJson(object)): object {
  const signature = sign(null, Buffer.from(text), privateKey).toString('base64').replace(/=+$/, '');
  return { ...object, signatures: { [signer]: { [`ed25519:${key}`]: signature } } };
}

describe('canonicalJson', () => {
  it('writes the examples of the specification as it does', () => {
    assert.equal(canonicalJson({}), '{}');
    assert.equal(canonicalJson({ one: 1, two: 'Two' }), '{"one":1,"two":"Two"}');
    assert.equal(canonicalJson({ b: '2', a: '1' }), '{"a":"1","b":"2"}');
    assert.equal(
      canonicalJson({
        auth: {
          success: true,
          mxid: '@john.doe:example.com',
          profile: { display_name: 'John Doe', three_pids: [{ medium: 'email', address: 'john.doe@example.org' }] },
        },
      }),
      '{"auth":{"mxid":"@john.doe:example.com","profile":{"display_name":"John Doe","three_pids":[{"address":"john.doe@example.org","medium":"email"}]},"success":true}}',
    );
    assert.equal(canonicalJson({ a: '日本語' }), '{"a":"日本語"}');
    assert.equal(canonicalJson({ a: null, b: [1, [], {}] }), '{"a":null,"b":[1,[],{}]}');
  });
});

describe('isSignedBy', () => {
  const device = { user_id: signer, device_id: 'BOT', keys: { 'ed25519:BOT': 'x' }, algorithms: ['m.megolm.v1.aes-sha2'] };

  it('takes a signature over everything but signatures and what the server adds', () => {
    assert.equal(isSignedBy(signed(device), signer, key), true);
    assert.equal(isSignedBy({ ...signed(device), unsigned: { device_display_name: 'Blitzbild' } }, signer, key), true);
  });

  it('takes nothing else', () => {
    const good = signed(device);
    const other = Buffer.alloc(32, 7).toString('base64').replace(/=+$/, '');
    assert.equal(isSignedBy({ ...good, device_id: 'EVIL' }, signer, key), false);
    assert.equal(isSignedBy({ ...good, more: 1 }, signer, key), false);
    assert.equal(isSignedBy(good, '@eve:x', key), false);
    assert.equal(isSignedBy(good, signer, other), false);
    assert.equal(isSignedBy(signed(device, 'another text'), signer, key), false);
    assert.equal(isSignedBy(device, signer, key), false);
    for (const nothing of [undefined, null, 'text', [], { signatures: { [signer]: { [`ed25519:${key}`]: 7 } } }]) {
      assert.equal(isSignedBy(nothing, signer, key), false);
    }
    assert.equal(isSignedBy({ signatures: { [signer]: { 'ed25519:short': 'AAAA' } } }, signer, 'short'), false);
  });
});
