/**
 * Texts in PNG files, also packed ones, but never more than a megabyte of each, nor more of them than files of real programs have.
 * Source: PNG specification (third edition), tEXt, zTXt, iTXt.
 */
import { crc32, inflateSync } from 'node:zlib';
import { isPng } from '#src/finish/png-chunks.ts';
import { mostParts } from '#src/finish/most-parts.ts';

export type PngText = { readonly keyword: string; readonly text: string };

const lengthAndType = 8;
const checksum = 4;
/** Of what is packed and of what comes out. */
const mostTextBytes = 1 << 20;
/** Of those that are wanted, so many are read; files have one or two. */
const mostTexts = 8;
const longestKeyword = 79;

const typeOf = (name: string): number => Buffer.from(name).readUInt32BE(0);
const plain = typeOf('tEXt');
const packed = typeOf('zTXt');
const international = typeOf('iTXt');
const imageEnd = typeOf('IEND');

/**
 * The texts whose keyword is one of `keywords`, in whatever case; of several of a keyword, all. None of a file that is no PNG. Chunks whose
 * checksum is wrong, which are too long or can't be unpacked are passed over.
 */
export function pngTexts(file: Uint8Array, keywords: ReadonlySet<string>): readonly PngText[] {
  const texts: PngText[] = [];
  if (!isPng(file)) return texts;
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const shortest = Math.min(...[...keywords].map((keyword) => keyword.length));
  let looked = 0;
  for (let at = 8, parts = 0; parts < mostParts && at + lengthAndType + checksum <= bytes.length; parts++) {
    const body = at + lengthAndType;
    const length = bytes.readUInt32BE(at);
    const end = body + length;
    const type = bytes.readUInt32BE(at + 4);
    if (end + checksum > bytes.length || type === imageEnd) break;
    at = end + checksum;
    if (type !== plain && type !== packed && type !== international) continue;
    if (length <= shortest || length > mostTextBytes) continue;
    const keyword = keywordAt(bytes, body, end);
    if (keyword === undefined || !keywords.has(keyword.toLowerCase())) continue;
    looked += 1;
    if (crc32(bytes.subarray(body - 4, end)) === bytes.readUInt32BE(end)) {
      const text = textIn(type, bytes.subarray(body + keyword.length + 1, end));
      if (text !== undefined) texts.push({ keyword, text });
    }
    if (looked === mostTexts) break;
  }
  return texts;
}

function keywordAt(bytes: Buffer, from: number, end: number): string | undefined {
  const last = Math.min(end, from + longestKeyword + 1);
  let at = from;
  while (at < last && bytes[at] !== 0) at += 1;
  return at === last || at === from ? undefined : bytes.toString('latin1', from, at);
}

/** What follows the keyword. */
function textIn(type: number, rest: Buffer): string | undefined {
  if (type === plain) return rest.toString('latin1');
  if (type === packed) return rest[0] === 0 ? unpacked(rest.subarray(1))?.toString('latin1') : undefined;
  const languageEnd = rest.indexOf(0, 2);
  const translatedEnd = languageEnd < 0 ? -1 : rest.indexOf(0, languageEnd + 1);
  if (translatedEnd < 0) return undefined;
  const text = rest.subarray(translatedEnd + 1);
  if (rest[0] === 0) return text.toString('utf8');
  return rest[0] === 1 && rest[1] === 0 ? unpacked(text)?.toString('utf8') : undefined;
}

function unpacked(bytes: Buffer): Buffer | undefined {
  try {
    return inflateSync(bytes, { maxOutputLength: mostTextBytes });
  } catch {
    // Broken, or more than anybody writes there.
    return undefined;
  }
}
