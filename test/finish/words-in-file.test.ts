import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { readMarks } from '#src/finish/marks.ts';
import { withParameters } from '#src/finish/parameters-chunk.ts';
import { insertAfterHeader, readChunks, textChunk } from '#src/finish/png-chunks.ts';
import { hasWords } from '#src/finish/words-in-file.ts';

const blank = sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } });
const png = await blank.png().toBuffer();
const jpeg = await blank.clone().jpeg().toBuffer();
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

const comment = (UserComment: string) => ({ IFD0: { ImageDescription: 'x' }, IFD2: { UserComment } });
const nodes = '{"3": {"inputs": {"seed": 1}, "class_type": "KSampler"}}';

test('settings as generators write them are seen in every place they write to', async () => {
  const found: Readonly<Record<string, Uint8Array>> = {
    tEXt: withParameters(png, settings),
    iTXt: withParameters(png, `${settings} 狐`),
    'nodes of ComfyUI': insertAfterHeader(png, textChunk('prompt', nodes)),
    'a workflow': insertAfterHeader(png, textChunk('workflow', '{"last_node_id": 9, "nodes": [], "links": []}')),
    'metadata of InvokeAI': insertAfterHeader(png, textChunk('invokeai_metadata', '{"positive_prompt":"a fox","seed":1}')),
    'a command line': insertAfterHeader(png, textChunk('Dream', '"a red fox" -s 50 -S 1234 -W 512 -H 512')),
    zTXt: insertAfterHeader(png, { type: 'zTXt', body: Buffer.concat([Buffer.from('Prompt\0\0'), deflateSync(Buffer.from(nodes))]) }),
    jpeg: await blank.clone().withExif(comment(settings)).jpeg().toBuffer(),
    webp: await blank.clone().withExif(comment(settings)).webp().toBuffer(),
  };
  for (const [where, file] of Object.entries(found)) assert.equal(hasWords(file), true, where);
  const exif = Buffer.from((await sharp(found['jpeg']).metadata()).exif ?? []);
  const wide = Buffer.from(settings, 'utf16le');
  for (const text of [wide, Buffer.from(wide).swap16()])
    assert.equal(hasWords(jpegWith(withComment(exif, text))), true, 'two bytes a letter');
});

/** The same Exif data, whose comment is this one. */
function withComment(exif: Buffer, text: Buffer): Buffer {
  const tiff = exif.subarray(6);
  const entry = tiff.indexOf(Buffer.from([0x86, 0x92, 7, 0]));
  assert.ok(entry > 0, 'little-endian, as sharp writes it');
  const changed = Buffer.concat([exif, Buffer.from('UNICODE\0'), text]);
  changed.writeUInt32LE(text.length + 8, 6 + entry + 4);
  changed.writeUInt32LE(tiff.length, 6 + entry + 8);
  return changed;
}

function jpegWith(...segments: readonly Uint8Array[]): Buffer {
  const parts = segments.flatMap((body) => [Buffer.from([0xff, 0xe1, (body.length + 2) >> 8, (body.length + 2) & 0xff]), body]);
  return Buffer.concat([jpeg.subarray(0, 2), ...parts, jpeg.subarray(2)]);
}

test('other texts, other files and files that are cut anywhere have none, and nothing is thrown', async () => {
  const others = [
    png,
    insertAfterHeader(png, textChunk('Author', 'prompt')),
    await blank
      .clone()
      .withExif({ IFD0: { ImageDescription: settings } })
      .jpeg()
      .toBuffer(),
    // Photographs whose words are about stairs.
    await blank.clone().withExif(comment('Spanish Steps: Rome, 20 May. Seed: none')).jpeg().toBuffer(),
    await blank.clone().withExif(comment('Steps: 20, to the tower')).jpeg().toBuffer(),
    jpegWith(Buffer.from(`http://ns.adobe.com/xap/1.0/\0<x>${settings}</x>`)),
    insertAfterHeader(png, textChunk('prompt', 'Draw what you see')),
    insertAfterHeader(png, textChunk('workflow', '{"name": "scan, crop, save"}')),
    insertAfterHeader(png, textChunk('parameters', 'ISO 100, 1/250 s')),
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

describe('files of 20 MB that were made to take long', () => {
  const empty = { png: Buffer.from('\0\0\0\0tEXt\0\0\0\0'), named: Buffer.from('\0\0\0\x0bzTXtparameters\0\0\0\0\0') };
  const fill = (pattern: Buffer): Buffer => Buffer.alloc(20_000_000, pattern);
  const files: Readonly<Record<string, () => Promise<Uint8Array>>> = {
    'a PNG of empty texts': async () => Buffer.concat([png.subarray(0, 33), fill(empty.png), png.subarray(33)]),
    'a PNG of texts with the name alone': async () => Buffer.concat([png.subarray(0, 33), fill(empty.named), png.subarray(33)]),
    'a JPEG of empty segments': async () => Buffer.concat([jpeg.subarray(0, 2), fill(Buffer.from([0xff, 0xe1, 0, 2])), jpeg.subarray(2)]),
    'a JPEG of filling': async () => Buffer.concat([jpeg.subarray(0, 2), fill(Buffer.from([0xff]))]),
    'a WebP of empty Exif': async () => {
      const webp = await blank.clone().webp().toBuffer();
      const file = Buffer.concat([webp, fill(Buffer.from('EXIF\0\0\0\0'))]);
      file.writeUInt32LE(file.length - 8, 4);
      return file;
    },
    'a WebP of other chunks': async () => {
      const webp = await blank.clone().webp().toBuffer();
      const file = Buffer.concat([webp, fill(Buffer.from('JUNK\0\0\0\0'))]);
      file.writeUInt32LE(file.length - 8, 4);
      return file;
    },
  };
  for (const [name, make] of Object.entries(files))
    test(`${name}: under 150 ms of computing`, async () => {
      const file = await make();
      const before = process.cpuUsage();
      assert.equal(hasWords(file), false);
      assert.deepEqual(readMarks(file), { aiGenerated: false });
      const { user, system } = process.cpuUsage(before);
      assert.ok(user + system < 150_000, `${(user + system) / 1000} ms`);
    });
});
