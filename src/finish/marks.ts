/** Writing and finding the mark of origin in files. Pure: bytes in, bytes or facts out. */
import { insertAfterHeader, isPng, readChunks, readText, textChunk } from '#src/finish/png-chunks.ts';
import { digitalSourceType, trainedAlgorithmicMedia, xmpPacket } from '#src/finish/xmp.ts';

const pngXmpKeyword = 'XML:com.adobe.xmp';
const jpegXmpHeader = 'http://ns.adobe.com/xap/1.0/\0';

/** What a file says about its origin. */
export type Marks = {
  /** URI of the IPTC digital source type. */
  readonly digitalSourceType?: string;
  /** Whether that type says: made by a trained model. */
  readonly aiGenerated: boolean;
};

/** The same PNG with the mark in a standard iTXt chunk. */
export const markPng = (png: Uint8Array): Uint8Array => insertAfterHeader(png, textChunk(pngXmpKeyword, xmpPacket));

/** The marks of a PNG or JPEG file; a file of another kind, or a broken one, carries none. */
export const readMarks = (file: Uint8Array): Marks => {
  for (const packet of isPng(file) ? pngPackets(file) : jpegPackets(file)) {
    const type = digitalSourceType(packet);
    if (type !== undefined) return { digitalSourceType: type, aiGenerated: type === trainedAlgorithmicMedia };
  }
  return { aiGenerated: false };
};

const pngPackets = (file: Uint8Array): readonly string[] =>
  readChunks(file)
    .map(readText)
    .filter((found) => found?.keyword === pngXmpKeyword)
    .map((found) => found?.text ?? '');

/** XMP packets in the APP1 segments before the image data. */
const jpegPackets = (file: Uint8Array): readonly string[] => {
  const packets: string[] = [];
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  if (bytes.length < 4 || bytes.readUInt16BE(0) !== 0xffd8) return packets;
  let at = 2;
  while (at + 4 <= bytes.length && bytes[at] === 0xff && bytes[at + 1] !== 0xda) {
    const end = at + 2 + bytes.readUInt16BE(at + 2);
    const header = bytes.toString('latin1', at + 4, at + 4 + jpegXmpHeader.length);
    if (bytes[at + 1] === 0xe1 && header === jpegXmpHeader) packets.push(bytes.toString('utf8', at + 4 + jpegXmpHeader.length, end));
    at = end;
  }
  return packets;
};
