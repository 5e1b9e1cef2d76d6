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

const internationalText = Buffer.from('iTXt').readUInt32BE(0);
const imageEnd = Buffer.from('IEND').readUInt32BE(0);

/** Calls `visit` for each text chunk of this keyword whose checksum is right. Others are stepped over, unread: a file may have millions. */
function walkTexts(file: Uint8Array, keyword: string, visit: (start: number, end: number) => 'on' | 'enough'): void {
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
      if (crc32(bytes.subarray(at + 4, end)) === bytes.readUInt32BE(end) && visit(at, end + checksum) === 'enough') return;
    at = end + checksum;
  }
}

/** At most `most` uncompressed international texts of this keyword; none of a file that is no PNG. */
export const textsOf = (file: Uint8Array, keyword: string, most: number): readonly string[] => {
  const texts: string[] = [];
  walkTexts(file, keyword, (start, end) => {
    const text = readText({ type: 'iTXt', body: file.subarray(start + lengthAndType, end - checksum) });
    if (text !== undefined) texts.push(text.text);
    return texts.length < most ? 'on' : 'enough';
  });
  return texts;
};

/** The same PNG with this text right after the header, in place of any other of its keyword. Throws a `TypeError` if the file is no PNG. */
export const withText = (png: Uint8Array, keyword: string, text: string): Uint8Array => {
  const kept: Uint8Array[] = [];
  let keptTo = 0;
  walkTexts(png, keyword, (start, end) => {
    kept.push(png.subarray(keptTo, start));
    keptTo = end;
    return 'on';
  });
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
