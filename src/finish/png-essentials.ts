/**
 * A PNG without everything that does not make its pixels. Texts may be packed, and the decoder unpacks each of them: a file of a
 * megabyte can hold gigabytes of them beside a picture of one pixel.
 */
import { inflateSync } from 'node:zlib';

const signatureBytes = 8;
/** Length, type and checksum. */
const aroundBody = 12;

/** What decides about pixels, colours and orientation, and nearly every file has. Source: PNG specification (third edition), chunk types. */
const essential = new Set('IHDR PLTE IDAT IEND tRNS cHRM gAMA sBIT sRGB cICP iCCP pHYs eXIf acTL'.split(' '));

/** The largest profiles that anybody uses are below two megabytes. */
const mostProfileBytes = 4_000_000;

/**
 * The same picture; the very same bytes where there is nothing to leave out. What is cut short stays so.
 * @param png begins with the signature
 */
export function essentialPng(png: Uint8Array): Uint8Array {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  const bytes = Buffer.from(png.buffer, png.byteOffset, png.byteLength);
  const kept: Uint8Array[] = [];
  let keptTo = 0;
  let at = signatureBytes;
  // By their lengths alone, as decoders go on behind a wrong checksum of what they can do without.
  while (at + aroundBody <= png.length) {
    const end = Math.min(png.length, at + aroundBody + view.getUint32(at));
    const type = bytes.toString('latin1', at + 4, at + 8);
    if (!essential.has(type) || (type === 'iCCP' && !isModest(bytes.subarray(at + 8, end - 4)))) {
      if (keptTo < at) kept.push(png.subarray(keptTo, at));
      keptTo = end;
    }
    at = end;
  }
  if (keptTo === 0) return png;
  return Buffer.concat([...kept, png.subarray(keptTo)]);
}

/** A name, NUL, the kind of packing, then the packed profile. What is damaged is left out as well. */
function isModest(body: Uint8Array): boolean {
  const nameEnd = body.indexOf(0);
  try {
    return nameEnd > 0 && inflateSync(body.subarray(nameEnd + 2), { maxOutputLength: mostProfileBytes }).length > 0;
  } catch {
    return false;
  }
}
