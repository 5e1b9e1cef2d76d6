import { crc32 } from 'node:zlib';

export const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** A chunk of a PNG: length, type, body, and the sum that belongs to them unless another one is given. */
export function pngChunk(type: string, body: Uint8Array, checksum?: number): Buffer {
  const bytes = Buffer.alloc(12 + body.length);
  bytes.writeUInt32BE(body.length, 0);
  bytes.write(type, 4, 'latin1');
  bytes.set(body, 8);
  bytes.writeUInt32BE(checksum ?? crc32(bytes.subarray(4, 8 + body.length)), 8 + body.length);
  return bytes;
}
