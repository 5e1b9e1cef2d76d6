import { createCipheriv, createDecipheriv, createHash, randomBytes, timingSafeEqual } from 'node:crypto';

import { objectAt, textAt, textsAt, type RawObject } from '../../common/raw.ts';

/** What opens one encrypted file; it stands in the encrypted part of the message that shows the file. */
export type FileKey = {
  /** 32 bytes, base64url without padding, as JSON Web Key. */
  readonly key: string;
  /** 16 bytes, base64 without padding: 8 of chance, then the counter, which begins at 0. */
  readonly iv: string;
};

/** Source: Matrix specification, «EncryptedFile», version v2 of the attachments: AES-256-CTR, SHA-256 of the encrypted bytes. */
export type EncryptedFile = {
  readonly url: string;
  readonly key: {
    readonly kty: 'oct';
    readonly key_ops: readonly string[];
    readonly alg: 'A256CTR';
    readonly k: string;
    readonly ext: true;
  };
  readonly iv: string;
  readonly hashes: { readonly sha256: string };
  readonly v: 'v2';
};

const keyBytes = 32;
const ivBytes = 16;

/** A new one; it must never encrypt two different files. */
export function newFileKey(): FileKey {
  const iv = Buffer.concat([randomBytes(ivBytes / 2), Buffer.alloc(ivBytes / 2)]);
  return { key: randomBytes(keyBytes).toString('base64url'), iv: withoutPadding(iv) };
}

/** The same bytes for the same file and key. */
export function encryptFile(bytes: Uint8Array, { key, iv }: FileKey): Uint8Array {
  const cipher = createCipheriv('aes-256-ctr', Buffer.from(key, 'base64url'), Buffer.from(iv, 'base64'));
  return Buffer.concat([cipher.update(bytes), cipher.final()]);
}

/** What a message says about the file at `url`; `encrypted` are its bytes there. */
export const describeFile = (url: string, { key, iv }: FileKey, encrypted: Uint8Array): EncryptedFile => ({
  url,
  key: { kty: 'oct', key_ops: ['encrypt', 'decrypt'], alg: 'A256CTR', k: key, ext: true },
  iv,
  hashes: { sha256: withoutPadding(hashOf(encrypted)) },
  v: 'v2',
});

/** How to open somebody's file; `undefined` where the message does not say it in a way that is known. */
export type Opening = { readonly key: Uint8Array; readonly iv: Uint8Array; readonly sha256: Uint8Array };

export function openingOf(file: RawObject): Opening | undefined {
  const jwk = objectAt(file, 'key');
  const isKnown = textAt(file, 'v') === 'v2' && textAt(jwk, 'kty') === 'oct' && textAt(jwk, 'alg') === 'A256CTR';
  if (!isKnown || !textsAt(jwk, 'key_ops').includes('decrypt')) return undefined;
  const key = Buffer.from(textAt(jwk, 'k') ?? '', 'base64url');
  const iv = Buffer.from(textAt(file, 'iv') ?? '', 'base64');
  const sha256 = Buffer.from(textAt(objectAt(file, 'hashes'), 'sha256') ?? '', 'base64');
  return key.length === keyBytes && iv.length === ivBytes && sha256.length === 32 ? { key, iv, sha256 } : undefined;
}

/** @throws TypeError where the bytes are not those that were encrypted */
export function decryptFile(encrypted: Uint8Array, { key, iv, sha256 }: Opening): Uint8Array {
  // CTR alone would give some bytes for whatever the server sends.
  if (!timingSafeEqual(hashOf(encrypted), sha256)) throw new TypeError('the encrypted file is not the one that its message names');
  const decipher = createDecipheriv('aes-256-ctr', key, iv);
  return Buffer.concat([decipher.update(encrypted), decipher.final()]);
}

const hashOf = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

const withoutPadding = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');
