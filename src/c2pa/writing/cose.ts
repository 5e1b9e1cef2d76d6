/** A signature over bytes that lie elsewhere. Sources: RFC 9052, 4.2 and 4.4; RFC 9360 (x5chain); C2PA technical specification 2.2, 13.2. */
import { constants, sign, type KeyObject } from 'node:crypto';
import { encodeCbor, CborTag, type Cbor } from '#src/c2pa/writing/cbor.ts';

/** What a key signs with, and how long its signatures are, in bytes. `isDeterministic`: equal content, equal signature. */
export type SignatureMethod = { readonly name: string; readonly cose: number; readonly bytes: number; readonly isDeterministic: boolean };

const ALG = 1;
const X5CHAIN = 33;
const COSE_SIGN1 = 18;

const curves: Readonly<Record<string, SignatureMethod>> = {
  prime256v1: { name: 'ES256', cose: -7, bytes: 64, isDeterministic: false },
  secp384r1: { name: 'ES384', cose: -35, bytes: 96, isDeterministic: false },
  secp521r1: { name: 'ES512', cose: -36, bytes: 132, isDeterministic: false },
};
const hashes: Readonly<Record<string, string>> = { ES256: 'sha256', ES384: 'sha384', ES512: 'sha512', PS256: 'sha256' };
const LEAST_RSA_BITS = 2048;

/** How a manifest may be signed with this key; `undefined` where C2PA knows no way. */
export function methodOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): SignatureMethod | undefined {
  if (asymmetricKeyType === 'ed25519') return { name: 'Ed25519', cose: -8, bytes: 64, isDeterministic: true };
  if (asymmetricKeyType === 'ec') return curves[asymmetricKeyDetails?.namedCurve ?? ''];
  const bits = asymmetricKeyDetails?.modulusLength ?? 0;
  if ((asymmetricKeyType !== 'rsa' && asymmetricKeyType !== 'rsa-pss') || bits < LEAST_RSA_BITS) return undefined;
  return { name: 'PS256', cose: -37, bytes: Math.ceil(bits / 8), isDeterministic: false };
}

/**
 * A COSE_Sign1 with the payload left out.
 * @param chain certificates in DER, that of `key` first
 */
export function coseSign1(payload: Uint8Array, key: KeyObject, method: SignatureMethod, chain: readonly Uint8Array[]): Buffer {
  const prefix = protectedHeader(method, chain);
  return envelope(prefix, signature(encodeCbor(['Signature1', prefix, new Uint8Array(), payload]), key, method));
}

/** As long as the signed one, for reckoning with lengths before there is anything to sign. */
export const unsignedSign1 = (method: SignatureMethod, chain: readonly Uint8Array[]): Buffer =>
  envelope(protectedHeader(method, chain), Buffer.alloc(method.bytes));

function protectedHeader({ cose }: SignatureMethod, chain: readonly Uint8Array[]): Buffer {
  const [leaf, ...others] = chain;
  if (leaf === undefined) throw new TypeError('a signature needs a certificate');
  return encodeCbor(
    new Map<number, Cbor>([
      [ALG, cose],
      [X5CHAIN, others.length === 0 ? leaf : chain],
    ]),
  );
}

const envelope = (prefix: Buffer, signed: Uint8Array): Buffer => encodeCbor(new CborTag(COSE_SIGN1, [prefix, new Map(), null, signed]));

function signature(content: Buffer, key: KeyObject, { name }: SignatureMethod): Buffer {
  const hash = hashes[name] ?? null;
  if (name === 'PS256')
    return sign(hash, content, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST });
  return sign(hash, content, { key, dsaEncoding: 'ieee-p1363' });
}
