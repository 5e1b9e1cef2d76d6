import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { essentialPng } from '#src/finish/png-essentials.ts';
import { flag } from './files.ts';
import { pngChunk } from '../png-chunk.ts';

/** With chunks behind the header. */
const having = (png: Uint8Array, ...chunks: readonly Uint8Array[]): Buffer =>
  Buffer.concat([png.subarray(0, 33), ...chunks, png.subarray(33)]);
const profile = (bytes: Uint8Array): Buffer => pngChunk('iCCP', Buffer.concat([Buffer.from('x\0\0'), bytes]));

test('a plain picture stays the very same bytes, palettes, transparency and profiles included', async () => {
  for (const png of [
    await flag().png().toBuffer(),
    await flag().png({ palette: true }).toBuffer(),
    await flag().ensureAlpha(0.5).toColourspace('rgb16').png().toBuffer(),
    await flag().withIccProfile('p3').png().toBuffer(),
  ]) {
    const kept = essentialPng(png);
    const pixels = async (file: Uint8Array): Promise<Buffer> => sharp(file).toColourspace('srgb').raw().toBuffer();
    assert.deepEqual(await pixels(kept), await pixels(png));
    assert.equal((await sharp(kept).metadata()).hasProfile, (await sharp(png).metadata()).hasProfile);
  }
  const png = await sharp(await flag().raw().toBuffer(), { raw: { width: 40, height: 20, channels: 3 } })
    .png()
    .toBuffer();
  assert.equal(essentialPng(png), png);
});

test('texts and what nobody knows are left out, wherever they stand and whatever their checksum', async () => {
  const png = await flag().png().toBuffer();
  const plain = essentialPng(png);
  const texts = ['tEXt', 'zTXt', 'iTXt', 'tIME', 'fooB'].map((type, index) =>
    pngChunk(type, Buffer.from('a\0b'), index === 1 ? 7 : undefined),
  );
  assert.deepEqual(essentialPng(having(png, ...texts)), plain);
  assert.deepEqual(essentialPng(Buffer.concat([png.subarray(0, -12), ...texts, png.subarray(-12)])), plain);
  assert.deepEqual(essentialPng(having(png, pngChunk('acTL', Buffer.alloc(8)))), having(plain, pngChunk('acTL', Buffer.alloc(8))));
});

test('a profile that is damaged, or becomes more than any is, is left out', async () => {
  const plain = essentialPng(await flag().png().toBuffer());
  assert.deepEqual(essentialPng(having(plain, profile(Buffer.from('no packing')))), plain);
  assert.deepEqual(essentialPng(having(plain, profile(deflateSync(Buffer.alloc(5_000_000))))), plain);
  assert.equal(essentialPng(having(plain, profile(deflateSync(Buffer.alloc(3_000_000))))).length > plain.length, true);
});

test('what is cut short stays so, and lengths that lie lead nowhere', async () => {
  const png = essentialPng(await flag().png().toBuffer());
  for (let length = 8; length < png.length; length += 7) assert.deepEqual(essentialPng(png.subarray(0, length)), png.subarray(0, length));
  const lying = having(png, pngChunk('zTXt', Buffer.alloc(4)));
  lying.writeUInt32BE(0xff_ff_ff_ff, 33);
  assert.deepEqual(essentialPng(lying), png.subarray(0, 33));
});
