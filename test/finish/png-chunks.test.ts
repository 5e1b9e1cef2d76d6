import assert from 'node:assert/strict';
import { test } from 'node:test';
import sharp from 'sharp';
import { insertAfterHeader, readChunks, textChunk } from '#src/finish/png-chunks.ts';
import { pngTexts } from '#src/finish/png-texts.ts';

const smallPng = async (): Promise<Uint8Array> =>
  sharp({ create: { width: 3, height: 2, channels: 3, background: '#08f' } })
    .png()
    .toBuffer();

test('an inserted text stands right after the header, keeps its letters and its checksum', async () => {
  const marked = insertAfterHeader(await smallPng(), textChunk('Title', 'Größe – 狐'));
  const chunks = readChunks(marked);
  assert.deepEqual([chunks[0]?.type, chunks[1]?.type, chunks.at(-1)?.type], ['IHDR', 'iTXt', 'IEND']);
  assert.deepEqual(pngTexts(marked, new Set(['title'])), [{ keyword: 'Title', text: 'Größe – 狐' }]);
  assert.equal((await sharp(marked).metadata()).width, 3);
});

test('a flipped bit ends the reading there', async () => {
  const marked = Buffer.from(insertAfterHeader(await smallPng(), textChunk('Title', 'fox')));
  marked[marked.indexOf('fox')]! ^= 1;
  assert.deepEqual(
    readChunks(marked).map((chunk) => chunk.type),
    ['IHDR'],
  );
});

test('files that are cut short or no PNG never throw when read', async () => {
  const png = await smallPng();
  for (let length = 0; length < png.length; length++)
    assert.ok(readChunks(png.subarray(0, length)).every((chunk) => chunk.type !== 'IEND'));
  assert.deepEqual(readChunks(Buffer.from('<html>')), []);
  assert.throws(() => insertAfterHeader(Buffer.from('<html>'), textChunk('a', 'b')), TypeError);
});
