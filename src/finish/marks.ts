/** Writing and finding the mark of origin in files, without touching a pixel. Pure: bytes in, bytes or facts out. */
import { isByTrainedModels } from '#core/digital-source-type.ts';
import { jpegXmp, withJpegXmp } from '#src/finish/xmp-jpeg.ts';
import { isPng, withText } from '#src/finish/png-chunks.ts';
import { pngTexts } from '#src/finish/png-texts.ts';
import { isWebp, webpXmp, withWebpXmp } from '#src/finish/xmp-webp.ts';
import { digitalSourceType, xmpPacket } from '#src/finish/xmp.ts';

const pngXmpKeyword = 'XML:com.adobe.xmp';
const pngXmpKeywords = new Set([pngXmpKeyword.toLowerCase()]);

/** Files have one packet; of those that have more, these are looked at. */
const mostPackets = 8;

/** What a file says about its origin. */
export type Marks = {
  /** URI of the IPTC digital source type. */
  readonly digitalSourceType?: string;
  /** Whether that type says: made by a trained model, wholly or in parts. */
  readonly aiGenerated: boolean;
};

/** The same PNG with the mark in a standard iTXt chunk, in place of any other XMP. Throws a `TypeError` if the file is no PNG. */
export const markPng = (png: Uint8Array): Uint8Array => withText(png, pngXmpKeyword, xmpPacket);

/** The same JPEG with the mark in an APP1 segment, in place of any other XMP. Throws a `TypeError` if the file is no whole JPEG. */
export const markJpeg = (jpeg: Uint8Array): Uint8Array => withJpegXmp(jpeg, xmpPacket);

/** The same WebP with the mark in an XMP chunk, in place of any other. Throws a `TypeError` if the file is no whole WebP. */
export const markWebp = (webp: Uint8Array): Uint8Array => withWebpXmp(webp, xmpPacket);

/** The marks of a PNG, JPEG or WebP file; a file of another kind, or a broken one, carries none. */
export const readMarks = (file: Uint8Array): Marks => {
  for (const packet of packetsOf(file)) {
    const type = digitalSourceType(packet);
    if (type !== undefined) return { digitalSourceType: type, aiGenerated: isByTrainedModels(type) };
  }
  return { aiGenerated: false };
};

const packetsOf = (file: Uint8Array): readonly string[] => {
  if (isPng(file)) return pngTexts(file, pngXmpKeywords).map(({ text }) => text);
  return isWebp(file) ? webpXmp(file, mostPackets) : jpegXmp(file, mostPackets);
};
