/** Files of encrypted rooms, from the Matrix specification's words alone: none of the code under test. */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

export type EncryptedFile = {
  readonly url: string;
  readonly v: string;
  readonly key: {
    readonly kty: string;
    readonly alg: string;
    readonly k: string;
    readonly key_ops: readonly string[];
    readonly ext: boolean;
  };
  readonly iv: string;
  readonly hashes: { readonly sha256: string };
};

const unpadded = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64').replaceAll('=', '');
const sha256 = (bytes: Uint8Array): string => unpadded(createHash('sha256').update(bytes).digest());

/** @param bytes as they were downloaded @throws where the bytes are not those that were meant */
export function decryptFile(file: EncryptedFile, bytes: Uint8Array): Uint8Array {
  if (file.v !== 'v2' || file.key.alg !== 'A256CTR' || file.key.kty !== 'oct' || !file.key.ext)
    throw new Error(`another form: ${file.v} ${file.key.alg}`);
  if (!['encrypt', 'decrypt'].every((use) => file.key.key_ops.includes(use))) throw new Error('key_ops lack a use');
  if (sha256(bytes) !== file.hashes.sha256) throw new Error('the hash is not that of the bytes');
  const iv = Buffer.from(file.iv, 'base64');
  // The lower half counts blocks: a client that counts in 64 bits would come out elsewhere if it did not begin at 0.
  if (iv.length !== 16 || iv.readBigUInt64BE(8) !== 0n) throw new Error('the lower 64 bits of the iv must be 0');
  const cipher = createDecipheriv('aes-256-ctr', Buffer.from(file.key.k, 'base64url'), iv);
  return new Uint8Array(Buffer.concat([cipher.update(bytes), cipher.final()]));
}

/** @returns what is uploaded, and what the message says about it once the address is known */
export function encryptFile(bytes: Uint8Array): { readonly bytes: Uint8Array; readonly describe: (url: string) => EncryptedFile } {
  const key = randomBytes(32);
  const iv = Buffer.concat([randomBytes(8), Buffer.alloc(8)]);
  const cipher = createCipheriv('aes-256-ctr', key, iv);
  const encrypted = new Uint8Array(Buffer.concat([cipher.update(bytes), cipher.final()]));
  const describe = (url: string): EncryptedFile => ({
    url,
    v: 'v2',
    key: { kty: 'oct', alg: 'A256CTR', k: key.toString('base64url'), key_ops: ['encrypt', 'decrypt'], ext: true },
    iv: unpadded(iv),
    hashes: { sha256: sha256(encrypted) },
  });
  return { bytes: encrypted, describe };
}
