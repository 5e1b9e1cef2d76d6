import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';

import { Attachment, EncryptedAttachment } from '@matrix-org/matrix-sdk-crypto-wasm';
import fc from 'fast-check';

import { decryptFile, describeFile, encryptFile, newFileKey, openingOf, type Opening } from '#src/chat/matrix/crypto/encrypted-file.ts';
import type { RawObject } from '#src/chat/common/raw.ts';

import { assertSameBytes } from '../../../same-bytes.ts';

const address = 'mxc://s.test/a';
const openingFor = (file: RawObject): Opening => openingOf(file) ?? assert.fail('it is in the known form');

describe('a file of an encrypted room', () => {
  it('is opened by the library of the clients', () => {
    for (const bytes of [new Uint8Array(0), randomBytes(1), randomBytes(16), randomBytes(100_001)]) {
      const key = newFileKey();
      const encrypted = encryptFile(bytes, key);
      const info = JSON.stringify(describeFile(address, key, encrypted));
      assertSameBytes(Attachment.decrypt(new EncryptedAttachment(encrypted, info)), bytes);
    }
  });

  it('of the library of the clients is opened', () => {
    for (const bytes of [new Uint8Array(0), randomBytes(17), randomBytes(70_000)]) {
      const theirs = Attachment.encrypt(bytes);
      const file = { url: address, ...(JSON.parse(theirs.mediaEncryptionInfo ?? '') as object) };
      assertSameBytes(decryptFile(theirs.encryptedData, openingFor(file)), bytes);
    }
  });

  it('is the same bytes each time, and other bytes under another key', () => {
    const bytes = randomBytes(5000);
    const key = newFileKey();
    assertSameBytes(encryptFile(bytes, key), encryptFile(bytes, key));
    assert.notDeepEqual(encryptFile(bytes, key), encryptFile(bytes, newFileKey()));
    assert.notDeepEqual(encryptFile(bytes, key), Buffer.from(bytes));
  });

  it('has a counter that begins at 0 below 8 bytes of chance', () => {
    const ivs = [newFileKey(), newFileKey()].map(({ iv }) => Buffer.from(iv, 'base64'));
    for (const iv of ivs) assert.equal(iv.readBigUInt64BE(8), 0n);
    assert.notEqual(ivs[0]?.readBigUInt64BE(0), ivs[1]?.readBigUInt64BE(0));
  });

  it('is refused when a single bit of it was changed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.nat(), (bytes, where) => {
        const key = newFileKey();
        const encrypted = encryptFile(bytes, key);
        const opening = openingFor({ ...describeFile(address, key, encrypted) });
        encrypted[where % encrypted.length]! ^= 1 << (where % 8);
        assert.throws(() => decryptFile(encrypted, opening), TypeError);
      }),
      { numRuns: 50 },
    );
  });

  it('is known in no form but the specification’s', () => {
    const key = newFileKey();
    const file = describeFile(address, key, encryptFile(randomBytes(9), key));
    assert.ok(openingOf({ ...file }));
    const others: readonly RawObject[] = [
      {},
      { ...file, v: 'v1' },
      { ...file, v: undefined },
      { ...file, iv: 'AAAA' },
      { ...file, iv: 7 },
      { ...file, hashes: {} },
      { ...file, hashes: { sha256: 'AAAA' } },
      { ...file, key: null },
      { ...file, key: { ...file.key, alg: 'A128CTR' } },
      { ...file, key: { ...file.key, kty: 'RSA' } },
      { ...file, key: { ...file.key, k: 'AAAA' } },
      { ...file, key: { ...file.key, key_ops: ['encrypt'] } },
    ];
    for (const other of others) assert.equal(openingOf(other), undefined, JSON.stringify(other));
  });
});
