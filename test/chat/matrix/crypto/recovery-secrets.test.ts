import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';

import { calculateKeyCheck } from 'matrix-js-sdk/lib/secret-storage.js';
import decryptElsewhere from 'matrix-js-sdk/lib/utils/decryptAESSecretStorageItem.js';
import encryptElsewhere from 'matrix-js-sdk/lib/utils/encryptAESSecretStorageItem.js';
import { deriveRecoveryKeyFromPassphrase } from 'matrix-js-sdk/lib/crypto-api/key-passphrase.js';

import {
  decryptSecret,
  describeKey,
  encryptSecret,
  fitsDescription,
  keyOfPhrase,
  type EncryptedSecret,
} from '#src/chat/matrix/crypto/recovery-secrets.ts';

const name = 'm.cross_signing.master';
const secret = 'seed of a key, as text';
const key = Uint8Array.from(randomBytes(32));

describe('secrets of the secret storage', () => {
  it('are read by another client, and the other way round', async () => {
    assert.equal(await decryptElsewhere(encryptSecret(key, name, secret), key, name), secret);
    assert.equal(decryptSecret(key, name, await encryptElsewhere(secret, key, name)), secret);
  });

  it('are not read with another key, under another name, or changed', () => {
    const encrypted = encryptSecret(key, name, secret);
    assert.equal(decryptSecret(Uint8Array.from(randomBytes(32)), name, encrypted), undefined);
    assert.equal(decryptSecret(key, 'm.cross_signing.self_signing', encrypted), undefined);
    const last = encrypted.ciphertext.at(-2) === 'A' ? 'B' : 'A';
    const changed: EncryptedSecret = {
      ...encrypted,
      ciphertext: encrypted.ciphertext.slice(0, -2) + last + encrypted.ciphertext.slice(-1),
    };
    assert.equal(decryptSecret(key, name, changed), undefined);
    for (const broken of [undefined, null, {}, [], { ...encrypted, iv: 'AA' }, { ...encrypted, mac: '' }, { ...encrypted, mac: 1 }]) {
      assert.equal(decryptSecret(key, name, broken), undefined);
    }
  });

  it('never repeat an iv, and leave the counter room', () => {
    const ivs = Array.from({ length: 200 }, () => encryptSecret(key, name, secret).iv);
    assert.equal(new Set(ivs).size, ivs.length);
    assert.ok(ivs.every((iv) => (Buffer.from(iv, 'base64')[8] ?? 255) < 128));
  });
});

describe('the description of a key', () => {
  it('fits that key alone, as another client works it out', async () => {
    const description = describeKey(key);
    assert.ok(fitsDescription(key, description));
    assert.ok(!fitsDescription(Uint8Array.from(randomBytes(32)), description));
    const { mac } = await calculateKeyCheck(key, String(description['iv']));
    assert.equal(mac.replace(/=+$/, ''), description['mac']);
    assert.ok(!JSON.stringify(description).includes(Buffer.from(key).toString('base64').replace(/=+$/, '')));
  });

  it('may hold a phrase', async () => {
    const passphrase = { algorithm: 'm.pbkdf2', salt: 'pinch', iterations: 1000, bits: 256 };
    assert.deepEqual(
      new Uint8Array((await keyOfPhrase('open sesame', { passphrase })) ?? []),
      await deriveRecoveryKeyFromPassphrase('open sesame', 'pinch', 1000),
    );
  });

  it('may not make this machine work for hours, nor with something unknown', async () => {
    const passphrase = { algorithm: 'm.pbkdf2', salt: 'pinch', iterations: 1000, bits: 256 };
    for (const changed of [
      { iterations: 1e12 },
      { iterations: 0 },
      { iterations: 1.5 },
      { algorithm: 'm.other' },
      { salt: 7 },
      { bits: 8 },
    ]) {
      assert.equal(await keyOfPhrase('open sesame', { passphrase: { ...passphrase, ...changed } }), undefined);
    }
    assert.equal(await keyOfPhrase('open sesame', {}), undefined);
  });
});
