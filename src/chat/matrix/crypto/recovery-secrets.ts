import { createCipheriv, createHmac, hkdfSync, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

import { numberAt, objectAt, textAt, type RawObject } from '../../common/raw.ts';

/** The one way of Matrix's secret storage. */
export const secretAlgorithm = 'm.secret_storage.v1.aes-hmac-sha2';

export type EncryptedSecret = { readonly iv: string; readonly ciphertext: string; readonly mac: string };

/**
 * One secret under a key of 32 bytes, bound to its name.
 *
 * Source: Matrix specification, client-server API, «Secret storage», m.secret_storage.v1.aes-hmac-sha2.
 */
export function encryptSecret(key: Uint8Array, name: string, secret: string): EncryptedSecret {
  const iv = randomBytes(16);
  // Some AES implementations count in the lower half of the counter alone; this bit keeps theirs from running over.
  iv[8]! &= 0x7f;
  const { ciphertext, mac } = seal(key, name, Buffer.from(secret, 'utf8'), iv);
  return { iv: unpadded(iv), ciphertext: unpadded(ciphertext), mac: unpadded(mac) };
}

/** `undefined` where the key is another one or the secret was changed. */
export function decryptSecret(key: Uint8Array, name: string, encrypted: unknown): string | undefined {
  const iv = bytesAt(encrypted, 'iv');
  const ciphertext = bytesAt(encrypted, 'ciphertext');
  const mac = bytesAt(encrypted, 'mac');
  if (iv?.length !== 16 || ciphertext === undefined || mac === undefined) return undefined;
  const { aesKey, macKey } = keysFor(key, name);
  const expected = macOf(macKey, ciphertext);
  if (mac.length !== expected.length || !timingSafeEqual(mac, expected)) return undefined;
  return cipher(aesKey, iv, ciphertext).toString('utf8');
}

/** What the server keeps of a key: enough to recognise it, nothing to find it. */
export function describeKey(key: Uint8Array): RawObject {
  const iv = randomBytes(16);
  iv[8]! &= 0x7f;
  return { algorithm: secretAlgorithm, name: 'Blitzbild', iv: unpadded(iv), mac: unpadded(checkOf(key, iv)) };
}

/** Whether this is the key of that description; one that proves nothing fits every key. */
export function fitsDescription(key: Uint8Array, description: unknown): boolean {
  const iv = bytesAt(description, 'iv');
  const mac = bytesAt(description, 'mac');
  if (iv?.length !== 16 || mac === undefined) return true;
  const expected = checkOf(key, iv);
  return mac.length === expected.length && timingSafeEqual(mac, expected);
}

/** Clients that ask for a phrase take 500,000 rounds. A server may not make this machine work for hours. */
const mostRounds = 10_000_000;

/** The key that a phrase stands for, or `undefined` where the description knows no phrase. */
export async function keyOfPhrase(phrase: string, description: unknown): Promise<Uint8Array | undefined> {
  const passphrase = objectAt(description, 'passphrase');
  const salt = textAt(passphrase, 'salt');
  const iterations = numberAt(passphrase, 'iterations') ?? 0;
  const bits = numberAt(passphrase, 'bits') ?? 256;
  const isKnown = textAt(passphrase, 'algorithm') === 'm.pbkdf2' && salt !== undefined && bits === 256;
  if (!isKnown || !Number.isInteger(iterations) || iterations < 1 || iterations > mostRounds) return undefined;
  return promisify(pbkdf2)(phrase, salt, iterations, 32, 'sha512');
}

const checkOf = (key: Uint8Array, iv: Uint8Array): Buffer => seal(key, '', Buffer.alloc(32), iv).mac;

function seal(key: Uint8Array, name: string, plain: Uint8Array, iv: Uint8Array): { readonly ciphertext: Buffer; readonly mac: Buffer } {
  const { aesKey, macKey } = keysFor(key, name);
  const ciphertext = cipher(aesKey, iv, plain);
  return { ciphertext, mac: macOf(macKey, ciphertext) };
}

function keysFor(key: Uint8Array, name: string): { readonly aesKey: Buffer; readonly macKey: Buffer } {
  const both = Buffer.from(hkdfSync('sha256', key, Buffer.alloc(32), name, 64));
  return { aesKey: both.subarray(0, 32), macKey: both.subarray(32) };
}

/** Counter mode: the same way in both directions. */
const cipher = (key: Uint8Array, iv: Uint8Array, bytes: Uint8Array): Buffer => createCipheriv('aes-256-ctr', key, iv).update(bytes);

const macOf = (key: Uint8Array, bytes: Uint8Array): Buffer => createHmac('sha256', key).update(bytes).digest();

export const unpadded = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64').replace(/=+$/, '');

function bytesAt(value: unknown, key: string): Buffer | undefined {
  const text = textAt(value, key);
  return text === undefined ? undefined : Buffer.from(text, 'base64');
}
