/**
 * A manifest that says: made by a trained model, with this program, and this is the file. It names no person and tells no prompt.
 * Source: C2PA technical specification 2.2, 10 (claim), 15 (what is validated), 18.5 (data hash), 18.16 (actions).
 */
import { createHash } from 'node:crypto';
import { cborMap, encodeCbor, type Cbor } from '#src/c2pa/writing/cbor.ts';
import { BOX_HEAD_BYTES, cborBox, superbox } from '#src/c2pa/writing/jumbf.ts';

/** IPTC's word for pictures by generative models. */
const trainedAlgorithmicMedia = 'http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia';
const HASH = 'sha256';
export const HASH_BYTES = 32;

export type ManifestContent = {
  /** Name and version of the program, and the model. */
  readonly generator: string;
  /** 32 bytes that the manifest's names are made of: equal seeds, equal names. */
  readonly seed: Uint8Array;
  /** Where the store lies in the file, in bytes. */
  readonly embedded: { readonly start: number; readonly length: number };
  /** SHA-256 of the file without what `embedded` says. */
  readonly fileHash: Uint8Array;
};

/**
 * @param sign makes the COSE_Sign1 of the claim's bytes
 * @returns the store, which is embedded as it is
 */
export function manifestStore(content: ManifestContent, sign: (claim: Uint8Array) => Uint8Array): Buffer {
  const label = `urn:c2pa:${uuid(content.seed, 'manifest')}`;
  const assertions = [
    { label: 'c2pa.actions.v2', box: superbox('cbor', 'c2pa.actions.v2', cborBox(encodeCbor(actions(content)))) },
    { label: 'c2pa.hash.data', box: superbox('cbor', 'c2pa.hash.data', cborBox(encodeCbor(dataHash(content)))) },
  ];
  const claim = encodeCbor(
    cborMap({
      instanceID: `xmp:iid:${uuid(content.seed, 'instance')}`,
      claim_generator_info: cborMap({ name: content.generator }),
      signature: `self#jumbf=/c2pa/${label}/c2pa.signature`,
      created_assertions: assertions.map((each) =>
        cborMap({ url: `self#jumbf=c2pa.assertions/${each.label}`, hash: contentHash(each.box) }),
      ),
      alg: HASH,
    }),
  );
  const boxes = assertions.map(({ box }) => box);
  return superbox(
    'store',
    'c2pa',
    superbox(
      'manifest',
      label,
      superbox('assertions', 'c2pa.assertions', ...boxes),
      superbox('claim', 'c2pa.claim.v2', cborBox(claim)),
      superbox('signature', 'c2pa.signature', cborBox(sign(claim))),
    ),
  );
}

const actions = ({ generator }: ManifestContent): Cbor =>
  cborMap({
    actions: [cborMap({ action: 'c2pa.created', softwareAgent: cborMap({ name: generator }), digitalSourceType: trainedAlgorithmicMedia })],
  });

const dataHash = ({ embedded, fileHash }: ManifestContent): Cbor =>
  cborMap({ exclusions: [cborMap(embedded)], name: 'jumbf manifest', alg: HASH, hash: fileHash, pad: new Uint8Array() });

/** Assertions are named by the hash of what is in their box. */
const contentHash = (box: Buffer): Buffer => createHash(HASH).update(box.subarray(BOX_HEAD_BYTES)).digest();

/** In the form of version 4, which the specification asks for; its bits come from the seed. */
function uuid(seed: Uint8Array, purpose: string): string {
  const bytes = createHash(HASH).update(purpose).update(seed).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/u, '$1-$2-$3-$4-');
}
