/**
 * Reading and inserting PNG chunks, because sharp writes XMP only into a compressed zTXt chunk that readers ignore.
 * Source: PNG specification (third edition), chunk layout and iTXt.
 */
import { crc32 } from 'node:zlib';
import { mostXmpBytes } from '#src/finish/xmp.ts';

export type PngChunk = { readonly type: string; readonly body: Uint8Array };

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const lengthAndType = 8;
const checksum = 4;

const view = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export const isPng = (file: Uint8Array): boolean =>
  file.length > signature.length && view(file.subarray(0, signature.length)).equals(signature);

/** The chunks up to IEND or to the first one that is cut short or fails its checksum; none if the file is no PNG. */
export const readChunks = (file: Uint8Array): readonly PngChunk[] => {
  const chunks: PngChunk[] = [];
  if (!isPng(file)) return chunks;
  const bytes = view(file);
  let at = signature.length;
  while (at + lengthAndType + checksum <= bytes.length) {
    const end = at + lengthAndType + bytes.readUInt32BE(at);
    if (end + checksum > bytes.length || crc32(bytes.subarray(at + 4, end)) !== bytes.readUInt32BE(end)) break;
    const type = bytes.toString('latin1', at + 4, at + lengthAndType);
    chunks.push({ type, body: bytes.subarray(at + lengthAndType, end) });
    if (type === 'IEND') break;
    at = end + checksum;
  }
  return chunks;
};

/** An uncompressed international text chunk without language. */
export const textChunk = (keyword: string, text: string): PngChunk => ({
  type: 'iTXt',
  // keyword, NUL, compression flag, compression method, empty language tag, NUL, empty translated keyword, NUL, text
  body: Buffer.concat([Buffer.from(keyword, 'latin1'), Buffer.from([0, 0, 0, 0, 0]), Buffer.from(text, 'utf8')]),
});

const internationalText = Buffer.from('iTXt').readUInt32BE(0);
const imageEnd = Buffer.from('IEND').readUInt32BE(0);

/** Where uncompressed international texts of this keyword stand whose checksum is right. */
function* placesOf(file: Uint8Array, keyword: string): Generator<{ readonly start: number; readonly end: number }> {
  if (!isPng(file)) return;
  const bytes = view(file);
  const wanted = Buffer.from(`${keyword}\0`, 'latin1');
  let at = signature.length;
  while (at + lengthAndType + checksum <= bytes.length) {
    const body = at + lengthAndType;
    const end = body + bytes.readUInt32BE(at);
    if (end + checksum > bytes.length) return;
    const type = bytes.readUInt32BE(at + 4);
    if (type === imageEnd) return;
    const isWanted = type === internationalText && end - body <= mostXmpBytes && end - body >= wanted.length;
    if (isWanted && bytes.compare(wanted, 0, wanted.length, body, body + wanted.length) === 0)
      if (crc32(bytes.subarray(at + 4, end)) === bytes.readUInt32BE(end)) yield { start: at, end: end + checksum };
    at = end + checksum;
  }
}

/** The same PNG with this text right after the header, in place of any other of its keyword. Throws a `TypeError` if the file is no PNG. */
export const withText = (png: Uint8Array, keyword: string, text: string): Uint8Array => {
  const kept: Uint8Array[] = [];
  let keptTo = 0;
  for (const { start, end } of placesOf(png, keyword)) {
    kept.push(png.subarray(keptTo, start));
    keptTo = end;
  }
  return insertAfterHeader(keptTo === 0 ? png : Buffer.concat([...kept, png.subarray(keptTo)]), textChunk(keyword, text));
};

const encodeChunk = ({ type, body }: PngChunk): Buffer => {
  const bytes = Buffer.alloc(lengthAndType + body.length + checksum);
  bytes.writeUInt32BE(body.length, 0);
  bytes.write(type, 4, 'latin1');
  bytes.set(body, lengthAndType);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, lengthAndType + body.length)), lengthAndType + body.length);
  return bytes;
};

/** The same PNG with one more chunk right after IHDR. Throws a `TypeError` if the file is no PNG. */
export const insertAfterHeader = (png: Uint8Array, chunk: PngChunk): Uint8Array => {
  if (!isPng(png)) throw new TypeError('not a PNG file');
  const bytes = view(png);
  const headerEnd = signature.length + lengthAndType + bytes.readUInt32BE(signature.length) + checksum;
  return Buffer.concat([bytes.subarray(0, headerEnd), encodeChunk(chunk), bytes.subarray(headerEnd)]);
};
