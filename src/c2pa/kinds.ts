/** Which files are looked at for manifests, and whether there may be one. */
import { bufferOf } from '#src/c2pa/bytes.ts';

/** What every manifest store holds, whatever file it lies in; one of them is enough. Source: C2PA technical specification 2.2, 11.1.4. */
const tokens = [Buffer.from('6332706100110010800000aa00389b71', 'hex'), Buffer.from('c2pa.signature\0')];

/** Brands of ISO base media files. */
const brands: Readonly<Record<string, string>> = { avif: 'image/avif', heic: 'image/heic', heix: 'image/heic', mif1: 'image/heif' };

/** The type of picture that the first bytes tell; `undefined`: none that manifests are known for. */
export function pictureType(file: Uint8Array): string | undefined {
  const head = bufferOf(file.subarray(0, 16)).toString('latin1');
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png';
  if (head.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (head.startsWith('RIFF') && head.slice(8, 12) === 'WEBP') return 'image/webp';
  if (head.startsWith('GIF8')) return 'image/gif';
  if (head.startsWith('II*\0') || head.startsWith('MM\0*')) return 'image/tiff';
  return head.slice(4, 8) === 'ftyp' ? brands[head.slice(8, 12)] : undefined;
}

/** Whether a manifest store may be in it: a search for what it must hold, which costs the same for every file of this length. */
export const mayHoldManifest = (file: Uint8Array): boolean => tokens.some((token) => bufferOf(file).includes(token));
