/**
 * Which characters the shipped font has and how wide they are, read from its file: texts are fitted before they are drawn, and what it
 * can't draw is left out instead of shown as boxes. Source: OpenType specification, tables head, hhea, hmtx and cmap (format 12).
 */
import { readFileSync } from 'node:fs';
import { fontFile, type FontWeight } from '#src/finish/fonts.ts';

export type FontMetrics = {
  readonly has: (codePoint: number) => boolean;
  /** Sum of the widths of the characters, in parts of the font's size. Shaping may make a text narrower, never much wider. */
  readonly width: (text: string) => number;
};

const known = new Map<FontWeight, FontMetrics>();

export const fontMetrics = (weight: FontWeight): FontMetrics => {
  const found = known.get(weight) ?? readMetrics(readFileSync(fontFile(weight)));
  known.set(weight, found);
  return found;
};

const readMetrics = (file: Uint8Array): FontMetrics => {
  const bytes = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const table = tablesOf(bytes);
  const unitsPerEm = bytes.getUint16(table('head') + 18);
  const advances = bytes.getUint16(table('hhea') + 34);
  const hmtx = table('hmtx');
  const glyphs = glyphsOf(bytes, table('cmap'));
  const advance = (glyph: number): number => bytes.getUint16(hmtx + 4 * Math.min(glyph, advances - 1)) / unitsPerEm;
  return {
    has: (codePoint) => glyphs.has(codePoint),
    width: (text) => [...text].reduce((sum, letter) => sum + advance(glyphs.get(letter.codePointAt(0) ?? 0) ?? 0), 0),
  };
};

/** Offsets of the tables by name. */
const tablesOf = (bytes: DataView): ((name: string) => number) => {
  const offsets = new Map<string, number>();
  for (let index = 0; index < bytes.getUint16(4); index++) {
    const at = 12 + 16 * index;
    const name = String.fromCharCode(bytes.getUint8(at), bytes.getUint8(at + 1), bytes.getUint8(at + 2), bytes.getUint8(at + 3));
    offsets.set(name, bytes.getUint32(at + 8));
  }
  return (name) => {
    const offset = offsets.get(name);
    if (offset === undefined) throw new TypeError(`the font has no table ${name}`);
    return offset;
  };
};

/** Code point → glyph, from the subtable for all of Unicode. */
const glyphsOf = (bytes: DataView, cmap: number): ReadonlyMap<number, number> => {
  const glyphs = new Map<number, number>();
  for (let index = 0; index < bytes.getUint16(cmap + 2); index++) {
    const subtable = cmap + bytes.getUint32(cmap + 4 + 8 * index + 4);
    if (bytes.getUint16(subtable) !== 12) continue;
    for (let group = 0; group < bytes.getUint32(subtable + 12); group++) {
      const at = subtable + 16 + 12 * group;
      const first = bytes.getUint32(at);
      for (let code = first; code <= bytes.getUint32(at + 4); code++) glyphs.set(code, bytes.getUint32(at + 8) + code - first);
    }
    return glyphs;
  }
  throw new TypeError('the font has no map of all code points');
};
