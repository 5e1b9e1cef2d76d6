/** Files that people could upload, made on the spot. */
import { once } from 'node:events';
import { createDeflate } from 'node:zlib';
import sharp from 'sharp';
import type { Sharp } from 'sharp';
import { pngChunk } from '../png-chunk.ts';

/** Left half red, right half blue. */
export const flag = (widthPx = 40, heightPx = 20): Sharp => {
  const pixels = new Uint8Array(widthPx * heightPx * 3);
  for (let at = 0; at < widthPx * heightPx; at++) pixels.set(at % widthPx < widthPx / 2 ? [208, 48, 32] : [32, 48, 208], at * 3);
  return sharp(pixels, { raw: { width: widthPx, height: heightPx, channels: 3 } });
};

/** A valid black PNG of side × side pixels in one bit each: kilobytes that become hundreds of megabytes. */
export const pngBomb = async (sidePx: number): Promise<Buffer> => {
  const packer = createDeflate({ level: 9 });
  const parts: Buffer[] = [];
  packer.on('data', (part: Buffer) => parts.push(part));
  const row = Buffer.alloc(1 + Math.ceil(sidePx / 8));
  for (let y = 0; y < sidePx; y++) if (!packer.write(row)) await once(packer, 'drain');
  packer.end();
  await once(packer, 'end');
  const header = Buffer.alloc(13);
  header.writeUInt32BE(sidePx, 0);
  header.writeUInt32BE(sidePx, 4);
  header[8] = 1;
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, pngChunk('IHDR', header), pngChunk('IDAT', Buffer.concat(parts)), pngChunk('IEND', Buffer.alloc(0))]);
};

/** The same PNG as the first of `frames` frames of an APNG; only the announcement, which is what readers go by. */
export const announceFrames = (png: Uint8Array, frames: number): Buffer => {
  const control = Buffer.alloc(8);
  control.writeUInt32BE(frames, 0);
  const headerEnd = 8 + 12 + 13;
  return Buffer.concat([png.subarray(0, headerEnd), pngChunk('acTL', control), png.subarray(headerEnd)]);
};

/** Two pictures, one after the other. */
export const animation = async (format: 'gif' | 'webp'): Promise<Buffer> => {
  const first = await flag().png().toBuffer();
  const second = await flag().negate().png().toBuffer();
  return sharp([first, second], { join: { animated: true } })
    .toFormat(format)
    .toBuffer();
};
