import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { insertAfterHeader } from '#src/finish/png-chunks.ts';
import { pngTexts } from '#src/finish/png-texts.ts';

const png = await sharp({ create: { width: 3, height: 2, channels: 3, background: '#08f' } })
  .png()
  .toBuffer();
const wanted = new Set(['title']);
const withChunk = (type: string, ...parts: readonly (string | Uint8Array)[]): Uint8Array =>
  insertAfterHeader(png, { type, body: Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part))) });
const textsOf = (file: Uint8Array): readonly string[] => pngTexts(file, wanted).map(({ text }) => text);

test('texts are read from all three kinds of chunks, packed and plain', () => {
  const packed = deflateSync(Buffer.from('a red fox'));
  for (const file of [
    withChunk('tEXt', 'Title\0a red fox'),
    withChunk('zTXt', 'Title\0\0', packed),
    withChunk('iTXt', 'Title\0\0\0en\0Titel\0a red fox'),
    withChunk('iTXt', 'Title\0\x01\0\0\0', packed),
  ])
    assert.deepEqual(textsOf(file), ['a red fox']);
});

test('other keywords, broken chunks and bombs are passed over', () => {
  const bomb = deflateSync(Buffer.alloc(50_000_000));
  const flipped = Buffer.from(withChunk('tEXt', 'Title\0fox'));
  flipped[flipped.indexOf('fox')]! ^= 1;
  for (const file of [
    withChunk('tEXt', 'Titles\0fox'),
    withChunk('tEXt', 'Title'),
    withChunk('zTXt', 'Title\0\0', bomb),
    withChunk('zTXt', 'Title\0\0', 'no stream'),
    withChunk('zTXt', 'Title\0\x01', deflateSync(Buffer.from('fox'))),
    withChunk('iTXt', 'Title\0\x01\0\0\0', bomb),
    withChunk('iTXt', 'Title\0\0\0en'),
    flipped,
    Buffer.from('<html>'),
  ])
    assert.deepEqual(textsOf(file), []);
  const whole = withChunk('zTXt', 'Title\0\0', deflateSync(Buffer.from('fox')));
  for (let length = 0; length < whole.length; length++) textsOf(whole.subarray(0, length));
});
