import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Builder, LocalSigner } from '@contentauth/c2pa-node';
import { keyFiles } from '#src/c2pa/keys/names.ts';
import { placeInPng } from '#src/c2pa/writing/containers/png.ts';
import { cborBox, superbox } from '#src/c2pa/writing/jumbf.ts';

/** A claim that is a tag of a tag of a tag … */
export function nested(depth: number): Buffer {
  const claim = Buffer.concat([Buffer.alloc(depth, 0xc6), Buffer.of(0)]);
  const label = 'urn:c2pa:5400b27d-029b-4ed8-a516-35d13e212c85';
  return superbox(
    'store',
    'c2pa',
    superbox(
      'manifest',
      label,
      superbox('assertions', 'c2pa.assertions', superbox('cbor', 'c2pa.actions.v2', cborBox(claim))),
      superbox('claim', 'c2pa.claim.v2', cborBox(claim)),
      superbox('signature', 'c2pa.signature', cborBox(claim)),
    ),
  );
}

/** The PNG with this instead of a manifest. */
export function withStore(png: Buffer, store: Buffer): Buffer {
  const { head, tail, embed } = placeInPng(png);
  return Buffer.concat([head(0), embed(store), tail]);
}

/** The PNG with a manifest that is right, by the C2PA project's own writer, with that many empty arrays in an assertion. */
export function withArrays(png: Buffer, count: number, folder: string): Buffer {
  const key = readFileSync(join(folder, keyFiles.signingKey));
  const signer = LocalSigner.newSigner(readFileSync(join(folder, keyFiles.signing)), key, 'ed25519');
  const builder = Builder.withJson({
    claim_generator_info: [{ name: 'Somebody', version: '1' }],
    assertions: [{ label: 'org.example.arrays', data: { arrays: Array.from({ length: count }, () => []) } }],
  });
  const target: { buffer: Buffer | null } = { buffer: null };
  builder.sign(signer, { buffer: png, mimeType: 'image/png' }, target);
  if (target.buffer === null) throw new Error('nothing was signed');
  return target.buffer;
}
