/** What a file is, told from its first bytes, before any decoder sees it: a name or a MIME type can claim anything. */

export type ReadableFormat = 'png' | 'jpeg' | 'webp' | 'gif' | 'avif';

const latin1 = (file: Uint8Array, from: number, to: number): string =>
  Buffer.from(file.buffer, file.byteOffset, file.byteLength).toString('latin1', from, Math.min(to, file.length));

/** `undefined` for everything that is not read: vector graphics, documents, archives, camera formats, text. */
export const sniffFormat = (file: Uint8Array): ReadableFormat | undefined => {
  const start = latin1(file, 0, 12);
  if (start.startsWith('\x89PNG\r\n\x1a\n')) return 'png';
  if (start.startsWith('\xff\xd8\xff')) return 'jpeg';
  if (start.startsWith('GIF87a') || start.startsWith('GIF89a')) return 'gif';
  if (start.startsWith('RIFF') && start.endsWith('WEBP')) return 'webp';
  if (start.slice(4, 8) === 'ftyp' && brands(file).some((brand) => brand === 'avif' || brand === 'avis')) return 'avif';
  return undefined;
};

/**
 * Whether the header announces more than one picture. GIF and WebP are counted by their decoder, which knows them better.
 * Source: PNG specification (third edition), acTL; AVIF 1.1, brand `avis`.
 */
export const announcesAnimation = (file: Uint8Array, format: ReadableFormat): boolean => {
  if (format === 'png') return pngFrames(file) > 1;
  return format === 'avif' && latin1(file, 8, 12) === 'avis';
};

/** Major and compatible brands of an ISO base media file. */
const brands = (file: Uint8Array): readonly string[] => {
  const length = Math.min(file.length, new DataView(file.buffer, file.byteOffset, 4).getUint32(0), 256);
  const found = [latin1(file, 8, 12)];
  for (let at = 16; at + 4 <= length; at += 4) found.push(latin1(file, at, at + 4));
  return found;
};

/** Chunks are walked by their lengths alone: a wrong checksum must not hide the one that is looked for. */
const pngFrames = (file: Uint8Array): number => {
  const bytes = new DataView(file.buffer, file.byteOffset, file.byteLength);
  for (let at = 8; at + 12 <= file.length; at += 12 + bytes.getUint32(at)) {
    const type = latin1(file, at + 4, at + 8);
    if (type === 'acTL') return bytes.getUint32(at + 8);
    if (type === 'IDAT') break;
  }
  return 1;
};
