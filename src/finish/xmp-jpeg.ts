/** XMP in JPEG files: an APP1 segment before the image data. Sources: ITU-T T.81, annex B; XMP specification part 3, 1.1.3. */
import { mostParts } from '#src/finish/most-parts.ts';
import { mostXmpBytes } from '#src/finish/xmp.ts';

const header = Buffer.from('http://ns.adobe.com/xap/1.0/\0', 'latin1');
const exifHeader = Buffer.from('Exif\0\0', 'latin1');
const startOfScan = 0xda;
const app0 = 0xe0;
const app1 = 0xe1;
const mostSegmentBytes = 65_535;

type Segment = { readonly marker: number; readonly start: number; readonly bodyStart: number; readonly end: number };

const view = (file: Uint8Array): Buffer => Buffer.from(file.buffer, file.byteOffset, file.byteLength);

const isJpeg = (file: Uint8Array): boolean => file.length >= 4 && file[0] === 0xff && file[1] === 0xd8 && file[2] === 0xff;

/** Calls `visit` for the segments before the image data, until it says so; whether that data was reached. */
function walk(bytes: Buffer, visit: (segment: Segment) => 'on' | 'enough'): boolean {
  let at = 2;
  for (let parts = 0; parts < mostParts && at + 4 <= bytes.length && bytes[at] === 0xff; parts++) {
    const marker = bytes[at + 1]!;
    if (marker === 0xff) {
      // Any number of these may fill the space before a marker.
      at += 1;
      continue;
    }
    if (marker === startOfScan) return true;
    const end = at + 2 + bytes.readUInt16BE(at + 2);
    if (end < at + 4 || end > bytes.length) return false;
    if (visit({ marker, start: at, bodyStart: at + 4, end }) === 'enough') return false;
    at = end;
  }
  return false;
}

const startsWith = (bytes: Buffer, { bodyStart, end }: Segment, start: Buffer): boolean =>
  end - bodyStart >= start.length && bytes.compare(start, 0, start.length, bodyStart, bodyStart + start.length) === 0;

const isXmp = (bytes: Buffer, segment: Segment): boolean => segment.marker === app1 && startsWith(bytes, segment, header);

/** At most `most` packets; none of a file that is no JPEG. */
export const jpegXmp = (file: Uint8Array, most: number): readonly string[] => {
  const packets: string[] = [];
  if (!isJpeg(file)) return packets;
  const bytes = view(file);
  walk(bytes, (segment) => {
    if (isXmp(bytes, segment)) packets.push(bytes.toString('utf8', segment.bodyStart + header.length, segment.end));
    return packets.length < most ? 'on' : 'enough';
  });
  return packets;
};

/** The same JPEG with this packet alone. Throws a `TypeError` if the file is no whole JPEG or the packet too long for a segment. */
export const withJpegXmp = (jpeg: Uint8Array, packet: string): Uint8Array => {
  const bytes = view(jpeg);
  const kept: Buffer[] = [];
  let keptTo = 0;
  // JFIF and Exif have to come first.
  let place = 2;
  const isWhole =
    isJpeg(jpeg) &&
    walk(bytes, (segment) => {
      if (isXmp(bytes, segment)) {
        kept.push(bytes.subarray(keptTo, segment.start));
        keptTo = segment.end;
      } else if (segment.start === place && (segment.marker === app0 || startsWith(bytes, segment, exifHeader))) place = segment.end;
      return 'on';
    });
  if (!isWhole) throw new TypeError('not a whole JPEG file');
  const rest = Buffer.concat([...kept, bytes.subarray(keptTo)]);
  return Buffer.concat([rest.subarray(0, place), segmentOf(packet), rest.subarray(place)]);
};

function segmentOf(packet: string): Buffer {
  const body = Buffer.concat([header, Buffer.from(packet, 'utf8')]);
  const length = body.length + 2;
  if (length > mostSegmentBytes || body.length > mostXmpBytes)
    throw new TypeError(`an XMP packet of ${body.length} bytes is too long for a JPEG`);
  return Buffer.concat([Buffer.from([0xff, app1, length >> 8, length & 0xff]), body]);
}
