/** JPEG: APP11 segments. Sources: ITU-T T.81, B.1; ISO/IEC 19566-5, D.2; C2PA technical specification 2.2, A.3.1. */
import { bufferOf } from '#src/c2pa/bytes.ts';
import { ContainerError, type Place } from '#src/c2pa/writing/containers/container.ts';
import { BOX_HEAD_BYTES } from '#src/c2pa/writing/jumbf.ts';

const APP0 = 0xe0;
const APP1 = 0xe1;
const APP11 = 0xeb;
/** Common identifier of JPEG XT boxes, and the number of this one among others of the same type. */
const identifier = Buffer.from([0x4a, 0x50, 0x00, 0x01]);
const MARKER_BYTES = 2;
/** Segment length, identifier, number of the packet. */
const SEGMENT_HEAD_BYTES = MARKER_BYTES + 2 + identifier.length + 4;
const MOST_SEGMENT_BYTES = 0xffff - (SEGMENT_HEAD_BYTES - MARKER_BYTES) - BOX_HEAD_BYTES;

/** Behind JFIF, Exif and XMP, which old readers want to come first. */
export function placeInJpeg(file: Uint8Array): Place {
  const bytes = bufferOf(file);
  let at = MARKER_BYTES;
  while (at + 4 <= bytes.length && bytes[at] === 0xff && [APP0, APP1].includes(bytes[at + 1] ?? 0))
    at += MARKER_BYTES + bytes.readUInt16BE(at + 2);
  if (at >= bytes.length) throw new ContainerError('a JPEG file that is cut short');
  const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)];
  return { head: () => head, tail, embed: segments };
}

/** The box's own length and type begin every segment. */
function segments(store: Uint8Array): Buffer {
  const boxHead = store.subarray(0, BOX_HEAD_BYTES);
  const parts: Uint8Array[] = [];
  for (let [at, packet] = [BOX_HEAD_BYTES, 1]; at < store.length; at += MOST_SEGMENT_BYTES, packet += 1) {
    const content = store.subarray(at, at + MOST_SEGMENT_BYTES);
    const head = Buffer.alloc(SEGMENT_HEAD_BYTES);
    head.writeUInt16BE(0xff00 | APP11, 0);
    head.writeUInt16BE(SEGMENT_HEAD_BYTES - MARKER_BYTES + BOX_HEAD_BYTES + content.length, 2);
    head.set(identifier, 4);
    head.writeUInt32BE(packet, 8);
    parts.push(head, boxHead, content);
  }
  return Buffer.concat(parts);
}
