/** JPEG: an APP11 segment. Sources: ITU-T T.81, B.1; ISO/IEC 19566-5, D.2; C2PA technical specification 2.2, A.3.1. */
import { bufferOf } from '#src/c2pa/bytes.ts';
import { ContainerError, type Place } from '#src/c2pa/writing/containers/container.ts';

const APP0 = 0xe0;
const APP1 = 0xe1;
const MARKER_BYTES = 2;
/** Marker APP11, length, «JP» (JPEG XT box), number of this box among those of its type, number of the packet. */
const SEGMENT_HEAD_BYTES = 12;
const segmentHead = Buffer.from('ffeb00004a50000100000001', 'hex');
const MOST_STORE_BYTES = 0xffff - SEGMENT_HEAD_BYTES + MARKER_BYTES;

/** Behind JFIF, Exif and XMP, which old readers want to come first. */
export function placeInJpeg(file: Uint8Array): Place {
  const bytes = bufferOf(file);
  let at = MARKER_BYTES;
  while (at + 4 <= bytes.length && bytes[at] === 0xff && [APP0, APP1].includes(bytes[at + 1] ?? 0))
    at += MARKER_BYTES + bytes.readUInt16BE(at + 2);
  if (at + 4 > bytes.length || bytes[at] !== 0xff) throw new ContainerError('a JPEG file that is cut short');
  const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)];
  return { head: () => head, tail, embed: segment };
}

/** One is enough for what is written here. */
function segment(store: Uint8Array): Buffer {
  if (store.length > MOST_STORE_BYTES) throw new ContainerError('the manifest is too long for a JPEG file');
  const bytes = Buffer.concat([segmentHead, store]);
  bytes.writeUInt16BE(bytes.length - MARKER_BYTES, MARKER_BYTES);
  return bytes;
}
