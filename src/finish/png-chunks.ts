/**
 * Reading and inserting PNG chunks, because sharp writes XMP only into a compressed zTXt chunk that readers ignore.
 * Source: PNG specification (third edition), chunk layout and iTXt.
 */
import { crc32 } from 'node:zlib';

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

/** Keyword and text of an uncompressed iTXt chunk; `undefined` for anything else. */
export const readText = (chunk: PngChunk): { readonly keyword: string; readonly text: string } | undefined => {
  if (chunk.type !== 'iTXt') return undefined;
  const body = view(chunk.body);
  const keywordEnd = body.indexOf(0);
  if (keywordEnd < 1 || body[keywordEnd + 1] !== 0) return undefined;
  const languageEnd = body.indexOf(0, keywordEnd + 3);
  const translatedEnd = languageEnd < 0 ? -1 : body.indexOf(0, languageEnd + 1);
  if (translatedEnd < 0) return undefined;
  return { keyword: body.toString('latin1', 0, keywordEnd), text: body.toString('utf8', translatedEnd + 1) };
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
