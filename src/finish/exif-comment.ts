/** The user comment of Exif data. Sources: TIFF 6.0, section 2; Exif 2.32, 4.6.3 and UserComment. */

const exifPointer = 0x8769;
const userComment = 0x9286;
const longType = 4;
const undefinedType = 7;
const entryBytes = 12;
const encodingBytes = 8;
/** Comments say in eight bytes how they are encoded, and some programs get that wrong: all are tried. */
const decoders = [
  (comment: Buffer): string => comment.toString('utf8'),
  (comment: Buffer): string => comment.toString('utf16le'),
  (comment: Buffer): string =>
    Buffer.from(comment.subarray(0, comment.length & ~1))
      .swap16()
      .toString('utf16le'),
];
const mostCommentBytes = 1 << 16;

/** How the comment may read, one for each encoding; none where there is no comment. `tiff`: from its byte order on. */
export function exifComments(tiff: Buffer): readonly string[] {
  if (tiff.length < 8) return [];
  const order = tiff.toString('latin1', 0, 4);
  if (order !== 'II*\0' && order !== 'MM\0*') return [];
  const isLittle = order.startsWith('I');
  const u16 = (at: number): number => (isLittle ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  const u32 = (at: number): number => (isLittle ? tiff.readUInt32LE(at) : tiff.readUInt32BE(at));
  const entry = (directory: number, tag: number, type: number): number | undefined => {
    if (directory + 2 > tiff.length) return undefined;
    const end = Math.min(tiff.length, directory + 2 + u16(directory) * entryBytes);
    for (let at = directory + 2; at + entryBytes <= end; at += entryBytes) if (u16(at) === tag && u16(at + 2) === type) return at;
    return undefined;
  };
  const pointer = entry(u32(4), exifPointer, longType);
  const found = pointer === undefined ? undefined : entry(u32(pointer + 8), userComment, undefinedType);
  if (found === undefined) return [];
  const [count, from] = [u32(found + 4), u32(found + 8)];
  if (count <= encodingBytes || from + count > tiff.length) return [];
  const comment = tiff.subarray(from + encodingBytes, from + Math.min(count, mostCommentBytes));
  return decoders.map((decode) => decode(comment));
}
