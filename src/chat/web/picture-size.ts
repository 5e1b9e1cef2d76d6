/**
 * The size that a picture file says it has, read from its header; nothing is decoded. Formats: PNG (IHDR), GIF (logical
 * screen), JPEG (frame header, as stored: a rotation in its EXIF is not applied), WebP (VP8, VP8L, VP8X).
 */
export type PictureSize = { readonly widthPx: number; readonly heightPx: number };

/** `undefined` where the header is cut off, broken or of another format. */
export function pictureSize(bytes: Uint8Array): PictureSize | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const size = readers.map((read) => read(view)).find((found) => found !== undefined);
    return size !== undefined && size.widthPx > 0 && size.heightPx > 0 ? size : undefined;
  } catch (error) {
    // The header points past the end of the file.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

type Reader = (view: DataView) => PictureSize | undefined;

const textAt = (view: DataView, offset: number, length: number): string =>
  String.fromCharCode(...Array.from({ length }, (_, index) => view.getUint8(offset + index)));

const png: Reader = (view) => (textAt(view, 1, 3) === 'PNG' ? { widthPx: view.getUint32(16), heightPx: view.getUint32(20) } : undefined);

const gif: Reader = (view) =>
  textAt(view, 0, 4) === 'GIF8' ? { widthPx: view.getUint16(6, true), heightPx: view.getUint16(8, true) } : undefined;

const jpeg: Reader = (view) => {
  if (view.getUint16(0) !== 0xff_d8) return undefined;
  let offset = 2;
  for (;;) {
    if (view.getUint8(offset) !== 0xff) return undefined;
    const marker = view.getUint8(offset + 1);
    if (marker === 0xff) {
      offset += 1;
      continue;
    }
    // SOF0 … SOF15, without DHT (C4), JPG (C8) and DAC (CC).
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) return { heightPx: view.getUint16(offset + 5), widthPx: view.getUint16(offset + 7) };
    // Start of scan, end of image: no frame header came.
    if (marker === 0xda || marker === 0xd9) return undefined;
    const length = view.getUint16(offset + 2);
    if (length < 2) return undefined;
    offset += 2 + length;
  }
};

const webp: Reader = (view) => {
  if (textAt(view, 0, 4) !== 'RIFF' || textAt(view, 8, 4) !== 'WEBP') return undefined;
  const uint24 = (offset: number): number => view.getUint16(offset, true) + view.getUint8(offset + 2) * 0x1_00_00;
  switch (textAt(view, 12, 4)) {
    case 'VP8X':
      return { widthPx: uint24(24) + 1, heightPx: uint24(27) + 1 };
    case 'VP8L': {
      const bits = view.getUint32(21, true);
      return { widthPx: (bits & 0x3f_ff) + 1, heightPx: ((bits >>> 14) & 0x3f_ff) + 1 };
    }
    case 'VP8 ':
      return { widthPx: view.getUint16(26, true) & 0x3f_ff, heightPx: view.getUint16(28, true) & 0x3f_ff };
    default:
      return undefined;
  }
};

const readers: readonly Reader[] = [png, gif, jpeg, webp];
