/** XMP in WebP files: a chunk after the image data, announced in the extended header. Source: RFC 9649, section 2. */
import { mostParts } from '#src/finish/most-parts.ts';
import { mostXmpBytes } from '#src/finish/xmp.ts';

const headerBytes = 12;
const chunkHeaderBytes = 8;
const typeOf = (letters: string): number => Buffer.from(letters, 'latin1').readUInt32LE(0);
const xmpChunk = typeOf('XMP ');
const extendedChunk = typeOf('VP8X');
const lossyChunk = typeOf('VP8 ');
const losslessChunk = typeOf('VP8L');
const hasXmp = 0x04;
const hasAlpha = 0x10;

type Chunk = {
  /** Its four letters as a number, which compares faster than text. */
  readonly type: number;
  readonly start: number;
  readonly bodyStart: number;
  readonly bodyEnd: number;
  readonly end: number;
};

const view = (file: Uint8Array): Buffer => Buffer.from(file.buffer, file.byteOffset, file.byteLength);

export const isWebp = (file: Uint8Array): boolean => {
  const start = view(file.subarray(0, headerBytes)).toString('latin1');
  return start.length === headerBytes && start.startsWith('RIFF') && start.endsWith('WEBP');
};

/** Calls `visit` for each chunk until it says so; whether the file ended where it should. */
function walk(bytes: Buffer, visit: (chunk: Chunk) => 'on' | 'enough'): boolean {
  const fileEnd = chunkHeaderBytes + bytes.readUInt32LE(4);
  let at = headerBytes;
  for (let parts = 0; parts < mostParts && at + chunkHeaderBytes <= Math.min(fileEnd, bytes.length); parts++) {
    const bodyStart = at + chunkHeaderBytes;
    const bodyEnd = bodyStart + bytes.readUInt32LE(at + 4);
    if (bodyEnd > bytes.length) return false;
    const end = bodyEnd + ((bodyEnd - bodyStart) % 2);
    if (visit({ type: bytes.readUInt32LE(at), start: at, bodyStart, bodyEnd, end }) === 'enough') return false;
    at = end;
  }
  return at === fileEnd && fileEnd <= bytes.length;
}

/** At most `most` packets; none of a file that is no WebP. */
export const webpXmp = (file: Uint8Array, most: number): readonly string[] => {
  const packets: string[] = [];
  if (!isWebp(file)) return packets;
  const bytes = view(file);
  walk(bytes, ({ type, bodyStart, bodyEnd }) => {
    if (type === xmpChunk && bodyEnd - bodyStart <= mostXmpBytes) packets.push(bytes.toString('utf8', bodyStart, bodyEnd));
    return packets.length < most ? 'on' : 'enough';
  });
  return packets;
};

/** The same WebP with this packet alone. Throws a `TypeError` if the file is no whole WebP. */
export const withWebpXmp = (webp: Uint8Array, packet: string): Uint8Array => {
  const bytes = view(webp);
  const parts: Buffer[] = [];
  let header: Buffer | undefined;
  const isWhole =
    isWebp(webp) &&
    walk(bytes, (chunk) => {
      header ??= extendedHeader(bytes, chunk);
      if (chunk.type !== extendedChunk && chunk.type !== xmpChunk) parts.push(bytes.subarray(chunk.start, chunk.end));
      return 'on';
    });
  if (!isWhole || header === undefined) throw new TypeError('not a whole WebP file');
  const chunks = Buffer.concat([chunkOf('VP8X', header), ...parts, chunkOf('XMP ', Buffer.from(packet, 'utf8'))]);
  const start = Buffer.from(bytes.subarray(0, headerBytes));
  start.writeUInt32LE('WEBP'.length + chunks.length, 4);
  return Buffer.concat([start, chunks]);
};

/** What the first chunk tells, as a file with XMP has to begin; `undefined` where it is none that a file may begin with. */
function extendedHeader(bytes: Buffer, { type, bodyStart, bodyEnd }: Chunk): Buffer | undefined {
  const body = bytes.subarray(bodyStart, bodyEnd);
  const header = Buffer.alloc(10);
  if (type === extendedChunk && body.length >= header.length) {
    body.copy(header);
  } else if (type === lossyChunk && body.length >= 10) {
    header.writeUIntLE((body.readUInt16LE(6) & 0x3fff) - 1, 4, 3);
    header.writeUIntLE((body.readUInt16LE(8) & 0x3fff) - 1, 7, 3);
  } else if (type === losslessChunk && body.length >= 5) {
    const bits = body.readUInt32LE(1);
    header.writeUIntLE(bits & 0x3fff, 4, 3);
    header.writeUIntLE((bits >>> 14) & 0x3fff, 7, 3);
    if ((bits >>> 28) & 1) header[0]! |= hasAlpha;
  } else return undefined;
  header[0]! |= hasXmp;
  return header;
}

function chunkOf(type: string, body: Buffer): Buffer {
  const chunk = Buffer.alloc(chunkHeaderBytes + body.length + (body.length % 2));
  chunk.write(type, 0, 'latin1');
  chunk.writeUInt32LE(body.length, 4);
  chunk.set(body, chunkHeaderBytes);
  return chunk;
}
