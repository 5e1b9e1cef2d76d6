/** PNG: the chunk caBX. Sources: PNG specification (third edition), chunk layout; C2PA technical specification 2.2, A.3.2. */
import { crc32 } from 'node:zlib';
import { bufferOf } from '#src/c2pa/bytes.ts';
import { ContainerError, type Place } from '#src/c2pa/writing/containers/container.ts';

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const HEAD_BYTES = 8;
const CRC_BYTES = 4;
const IHDR_BYTES = 13;

/** Right behind IHDR, which comes before the pixels. */
export function placeInPng(file: Uint8Array): Place {
  const bytes = bufferOf(file);
  const at = signature.length + HEAD_BYTES + IHDR_BYTES + CRC_BYTES;
  if (bytes.length < at || bytes.readUInt32BE(signature.length) !== IHDR_BYTES || bytes.toString('latin1', 12, 16) !== 'IHDR')
    throw new ContainerError('no PNG file');
  const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)];
  return { head: () => head, tail, embed: chunk };
}

function chunk(store: Uint8Array): Buffer {
  const bytes = Buffer.alloc(HEAD_BYTES + store.length + CRC_BYTES);
  bytes.writeUInt32BE(store.length, 0);
  bytes.write('caBX', 4, 'latin1');
  bytes.set(store, HEAD_BYTES);
  const end = HEAD_BYTES + store.length;
  bytes.writeUInt32BE(crc32(bytes.subarray(4, end)), end);
  return bytes;
}
