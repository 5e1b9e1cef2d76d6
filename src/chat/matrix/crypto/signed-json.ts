import { createPublicKey, verify } from 'node:crypto';

import { isObject, objectAt, textAt } from '../../common/raw.ts';

/**
 * Whether `object` carries a good signature of `signer` by this ed25519 key.
 * @param publicKey unpadded base64
 *
 * Source: Matrix specification, appendices, «Signing JSON».
 */
export function isSignedBy(object: unknown, signer: string, publicKey: string): boolean {
  const signature = textAt(objectAt(objectAt(object, 'signatures'), signer), `ed25519:${publicKey}`);
  if (signature === undefined || !isObject(object)) return false;
  const { signatures: _, unsigned: __, ...signed } = object;
  try {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(publicKey, 'base64').toString('base64url') };
    const key = createPublicKey({ format: 'jwk', key: jwk });
    return verify(null, Buffer.from(canonicalJson(signed), 'utf8'), key, Buffer.from(signature, 'base64'));
  } catch {
    // Something else than a key stands in its place.
    return false;
  }
}

/** The one spelling of a JSON value: keys in order, nothing between. Keys here are plain letters, so UTF-16 order is right. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const entries = Object.keys(value)
    .toSorted()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key])}`);
  return `{${entries.join(',')}}`;
}
