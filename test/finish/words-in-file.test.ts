import assert from 'node:assert/strict';
import { test } from 'node:test';
import sharp from 'sharp';
import { withParameters } from '#src/finish/parameters-chunk.ts';
import { insertAfterHeader, readChunks, textChunk } from '#src/finish/png-chunks.ts';
import { hasWords } from '#src/finish/words-in-file.ts';

const blank = sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } });
const png = await blank.png().toBuffer();
const settings = 'a red fox\nNegative prompt: fog\nSteps: 20, CFG scale: 7, Seed: 1, Size: 8x8';

const textIn = (file: Uint8Array): string => {
  const chunk = readChunks(file).find(({ type }) => type === 'tEXt' || type === 'iTXt');
  return `${chunk?.type} ${Buffer.from(chunk?.body ?? []).toString('utf8')}`;
};

test('words stand in a text chunk: Latin-1 where that can be, international else, and the picture stays', async () => {
  const latin = withParameters(png, 'füchse');
  assert.equal(Buffer.from(readChunks(latin).find(({ type }) => type === 'tEXt')?.body ?? []).toString('latin1'), 'parameters\0füchse');
  assert.match(textIn(withParameters(png, '狐')), /^iTXt parameters\0+狐$/u);
  assert.match(textIn(withParameters(png, 'a\u0001b')), /^iTXt/u, 'control characters are not allowed in tEXt');
  const [before, after] = await Promise.all([png, latin].map(async (file) => sharp(file).raw().toBuffer()));
  assert.ok(before !== undefined && after?.equals(before));
});

test('words of known generators are seen in every place they write to', async () => {
  const exif = { IFD0: { ImageDescription: 'x' }, IFD2: { UserComment: settings } };
  const found: Readonly<Record<string, Uint8Array>> = {
    tEXt: withParameters(png, settings),
    iTXt: withParameters(png, `${settings} 狐`),
    workflow: insertAfterHeader(png, textChunk('workflow', '{}')),
    zTXt: insertAfterHeader(png, { type: 'zTXt', body: Buffer.from('Prompt\0\0x') }),
    jpeg: await blank.clone().withExif(exif).jpeg().toBuffer(),
    webp: await blank.clone().withExif(exif).webp().toBuffer(),
  };
  for (const [where, file] of Object.entries(found)) assert.equal(hasWords(file), true, where);
});

test('other texts, other files and files that are cut anywhere have none, and nothing is thrown', async () => {
  const others = [
    png,
    insertAfterHeader(png, textChunk('Author', 'prompt')),
    await blank
      .clone()
      .withExif({ IFD0: { ImageDescription: 'a holiday' } })
      .jpeg()
      .toBuffer(),
    await blank.clone().gif().toBuffer(),
    new TextEncoder().encode('parameters\0Steps: 20'),
    new Uint8Array(),
  ];
  for (const [at, file] of others.entries()) assert.equal(hasWords(file), false, String(at));
  const whole = [
    withParameters(png, settings),
    await blank
      .clone()
      .withExif({ IFD2: { UserComment: settings } })
      .webp()
      .toBuffer(),
  ];
  for (const file of whole) for (let length = 0; length < file.length; length++) hasWords(file.subarray(0, length));
});

test('a million empty chunks are looked through in well under a second', () => {
  const empty = Buffer.from([0, 0, 0, 0, ...Buffer.from('tEXt'), 0, 0, 0, 0]);
  const bomb = Buffer.concat([png.subarray(0, 33), Buffer.alloc(12 * 1_000_000, empty), png.subarray(33)]);
  const startedMs = performance.now();
  assert.equal(hasWords(bomb), false);
  assert.ok(performance.now() - startedMs < 1000);
});
