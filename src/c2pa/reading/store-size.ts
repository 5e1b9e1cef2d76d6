/** How long the manifest store of a file is, without reading it. Source: C2PA technical specification 2.2, A.3. */
import { bufferOf } from '#src/c2pa/bytes.ts';

/** @returns bytes, rather too many than too few; of kinds of files that are not taken apart here, the whole file */
export function storeBytes(file: Uint8Array, mimeType: string): number {
  const bytes = bufferOf(file);
  switch (mimeType) {
    case 'image/png':
      return pngBytes(bytes);
    case 'image/jpeg':
      return jpegBytes(bytes);
    case 'image/webp':
      return webpBytes(bytes);
    case 'image/avif':
    case 'image/heic':
    case 'image/heif':
      return mediaBytes(bytes);
    default:
      return bytes.length;
  }
}

/** Chunks of the name `caBX`. */
function pngBytes(bytes: Buffer): number {
  let sum = 0;
  for (let at = 8; at + 8 <= bytes.length; at += 12 + bytes.readUInt32BE(at))
    if (bytes.toString('latin1', at + 4, at + 8) === 'caBX') sum += bytes.readUInt32BE(at);
  return sum;
}

/** Segments APP11 with «JP», wherever they are: between scans as well. */
function jpegBytes(bytes: Buffer): number {
  const marker = Buffer.from('ffeb', 'hex');
  let sum = 0;
  for (let at = bytes.indexOf(marker); at !== -1 && at + 6 <= bytes.length; at = bytes.indexOf(marker, at + 2))
    if (bytes.toString('latin1', at + 4, at + 6) === 'JP') sum += bytes.readUInt16BE(at + 2);
  return sum;
}

/** Chunks of the name `C2PA`; their length is made even. */
function webpBytes(bytes: Buffer): number {
  let sum = 0;
  for (let at = 12; at + 8 <= bytes.length;) {
    const length = bytes.readUInt32LE(at + 4);
    if (bytes.toString('latin1', at, at + 4) === 'C2PA') sum += length;
    at += 8 + length + (length % 2);
  }
  return sum;
}

/** Boxes of the type `uuid` of an ISO base media file (ISO/IEC 14496-12, 4.2). What is of another form counts to the end. */
function mediaBytes(bytes: Buffer): number {
  let sum = 0;
  for (let at = 0; at + 8 <= bytes.length;) {
    const length = bytes.readUInt32BE(at);
    // 0: to the end of the file; 1: 64 bits, which a picture does not need.
    if (length < 8) return sum + bytes.length - at;
    if (bytes.toString('latin1', at + 4, at + 8) === 'uuid') sum += length;
    at += length;
  }
  return sum;
}
