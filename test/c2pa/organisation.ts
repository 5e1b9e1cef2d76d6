import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { makeOrganisationKeys } from '#src/c2pa/keys/make-keys.ts';
import { readOrganisationKeys, type OrganisationKeys } from '#src/c2pa/keys/organisation-keys.ts';
import { C2paSigner } from '#src/c2pa/writing/signer.ts';
import type { ManifestFacts } from '#core/marks-port.ts';

export const DAY_MS = 86_400_000;
export const generator = 'Blitzbild 0.1.0 (embedded)';

export type Organisation = Disposable & { readonly folder: string; readonly keys: OrganisationKeys; readonly signer: C2paSigner };

/** An organisation with keys of its own, in a folder that goes with it. */
export async function organisation(name = 'Example Ltd', { days = 365, nowMs = Date.now() } = {}): Promise<Organisation> {
  const parent = mkdtempSync(join(tmpdir(), 'blitzbild-keys-'));
  const folder = join(parent, 'keys');
  await makeOrganisationKeys({ folder, organisation: name, days, nowMs });
  const keys = readOrganisationKeys(folder);
  if (keys === undefined) throw new Error('no keys were made');
  return { folder, keys, signer: new C2paSigner(keys), [Symbol.dispose]: () => rmSync(parent, { recursive: true }) };
}

export const mimeTypes = { png: 'image/png', jpeg: 'image/jpeg', webp: 'image/webp' } as const;
export type Format = keyof typeof mimeTypes;
export const formats = Object.keys(mimeTypes) as Format[];

/** A picture with structure; equal arguments, equal bytes. */
export async function picture(format: Format, widthPx = 96, heightPx = 64): Promise<Buffer> {
  const pixels = Buffer.alloc(widthPx * heightPx * 3);
  for (let at = 0; at < pixels.length; at += 1) pixels[at] = (Math.imul(at, 2_654_435_761) >>> 21) & 0xff;
  const open = sharp(pixels, { raw: { width: widthPx, height: heightPx, channels: 3 } });
  return (format === 'png' ? open.png({ compressionLevel: 3 }) : open[format]()).toBuffer();
}

export const facts = (format: Format): ManifestFacts => ({ mimeType: mimeTypes[format], generator });

export const fileOf = ({ folder }: Organisation, name: string): string => readFileSync(join(folder, name), 'utf8');

/** Numbers from 0 to 1, the same for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
