import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { markJpeg, markPng, markWebp, readMarks } from '#src/finish/marks.ts';
import { insertAfterHeader } from '#src/finish/png-chunks.ts';
import { trainedAlgorithmicMedia } from '#src/finish/xmp.ts';
import { pngChunk } from '../png-chunk.ts';
import { readTags, withoutExiftool } from './exiftool.ts';
import { flag } from './files.ts';

const photo = 'http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture';
const camera = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" Iptc4xmpExt:DigitalSourceType="${photo}"/></rdf:RDF></x:xmpmeta>`;

type Kind = { readonly extension: string; readonly mark: (file: Uint8Array) => Uint8Array; readonly make: () => Promise<Buffer> };

const withExif = { IFD0: { Artist: 'Ada' } };
const kinds: Readonly<Record<string, Kind>> = {
  PNG: { extension: 'png', mark: markPng, make: () => flag().png().toBuffer() },
  JPEG: { extension: 'jpg', mark: markJpeg, make: () => flag().jpeg().toBuffer() },
  'JPEG with Exif and XMP of a camera': {
    extension: 'jpg',
    mark: markJpeg,
    make: () => flag().withExif(withExif).withXmp(camera).jpeg({ progressive: true }).toBuffer(),
  },
  'lossy WebP': { extension: 'webp', mark: markWebp, make: () => flag(41, 21).webp({ quality: 80 }).toBuffer() },
  'lossless WebP with alpha': {
    extension: 'webp',
    mark: markWebp,
    make: () => flag(41, 21).ensureAlpha(0.5).webp({ lossless: true }).toBuffer(),
  },
  'WebP with Exif and XMP of a camera': {
    extension: 'webp',
    mark: markWebp,
    make: () => flag().withExif(withExif).withXmp(camera).webp().toBuffer(),
  },
};

const pixelsOf = async (file: Uint8Array): Promise<Buffer> => sharp(file).raw().toBuffer();

for (const [name, { mark, make, extension }] of Object.entries(kinds))
  describe(name, () => {
    test('is marked without a change of its pixels, and twice is like once', async () => {
      const file = await make();
      assert.equal(readMarks(file).aiGenerated, false);
      const marked = mark(file);
      assert.deepEqual(readMarks(marked), { digitalSourceType: trainedAlgorithmicMedia, aiGenerated: true });
      assert.deepEqual(await pixelsOf(marked), await pixelsOf(file));
      assert.deepEqual(Buffer.from(mark(marked)), Buffer.from(marked));
    });

    test('exiftool reads the mark, and warns of nothing new', { skip: withoutExiftool }, async () => {
      const folder = await mkdtemp(join(tmpdir(), 'blitzbild-xmp-'));
      after(() => rm(folder, { recursive: true }));
      const [before, marked] = [join(folder, `before.${extension}`), join(folder, `after.${extension}`)];
      const file = await make();
      await writeFile(before, file);
      await writeFile(marked, mark(file));
      const tags = readTags(marked);
      assert.equal(tags['XMP-iptcExt:DigitalSourceType'], trainedAlgorithmicMedia);
      assert.equal(tags['XMP-xmp:CreatorTool'], 'Blitzbild');
      // What was wrong already may stay so.
      const validity = [tags, readTags(before)].map((of) => String(of['ExifTool:Validate']));
      assert.ok(validity[0] === '0 0 0' || validity[0] === validity[1], JSON.stringify(tags));
      if (name.includes('Exif')) assert.equal(tags['IFD0:Artist'], 'Ada');
    });

    test('cut short anywhere, it is refused or has no mark, and nothing is thrown when it is read', async () => {
      const file = await make();
      const marked = mark(file);
      for (let length = 0; length < marked.length; length += 7)
        assert.equal(typeof readMarks(marked.subarray(0, length)).aiGenerated, 'boolean');
      if (extension === 'webp') assert.throws(() => mark(file.subarray(0, file.length - 3)), TypeError);
      assert.throws(() => mark(file.subarray(0, 3)), TypeError);
      assert.throws(() => mark(Buffer.from('a red fox')), TypeError);
    });
  });

const stating = (type: string): string => camera.replace(photo, type);

test('all spellings of what trained models made, wholly or in parts, and nothing else', async () => {
  const says = async (type: string): Promise<boolean> => readMarks(await flag().withXmp(stating(type)).jpeg().toBuffer()).aiGenerated;
  const types = trainedAlgorithmicMedia.replace(/[^/]+$/u, '');
  for (const type of [
    trainedAlgorithmicMedia,
    trainedAlgorithmicMedia.replace('http:', 'https:'),
    `${types}compositeWithTrainedAlgorithmicMedia`,
    `${types.replace('http:', 'https:')}compositeWithTrainedAlgorithmicMedia`,
  ])
    assert.equal(await says(type), true, type);
  for (const type of [
    `${types}digitalArt`,
    `${types}algorithmicMedia`,
    'http://example.org/trainedAlgorithmicMedia',
    `${trainedAlgorithmicMedia}s`,
  ])
    assert.equal(await says(type), false, type);
});

test('a packed XMP packet of a PNG is read as well', async () => {
  const packed = deflateSync(Buffer.from(stating(trainedAlgorithmicMedia)));
  const png = await flag().png().toBuffer();
  for (const [type, start] of [
    ['zTXt', 'XML:com.adobe.xmp\0\0'],
    ['iTXt', 'XML:com.adobe.xmp\0\x01\0\0\0'],
  ] as const) {
    const file = insertAfterHeader(png, { type, body: Buffer.concat([Buffer.from(start, 'latin1'), packed]) });
    assert.equal(readMarks(file).aiGenerated, true, type);
  }
});

test('what a camera says is told as it is', async () => {
  for (const file of [await flag().withXmp(camera).jpeg().toBuffer(), await flag().withXmp(camera).webp().toBuffer()])
    assert.deepEqual(readMarks(file), { digitalSourceType: photo, aiGenerated: false });
});

describe('files that were made to take long', () => {
  const quickly = (file: Uint8Array): void => {
    const startedMs = performance.now();
    assert.deepEqual(readMarks(file), { aiGenerated: false });
    const tookMs = performance.now() - startedMs;
    assert.ok(tookMs < 1500, `${tookMs} ms for ${file.length} bytes`);
  };
  const million = 1_000_000;

  test('a PNG of a million empty chunks', async () => {
    const png = await flag().png().toBuffer();
    quickly(Buffer.concat([png.subarray(0, 33), Buffer.alloc(12 * million, pngChunk('teXt', Buffer.alloc(0))), png.subarray(33)]));
  });

  test('a JPEG of a million empty segments, and one of endless filling', async () => {
    const jpeg = await flag().jpeg().toBuffer();
    const comment = Buffer.from([0xff, 0xfe, 0, 2]);
    quickly(Buffer.concat([jpeg.subarray(0, 2), Buffer.alloc(4 * million, comment), jpeg.subarray(2)]));
    quickly(Buffer.concat([jpeg.subarray(0, 2), Buffer.alloc(20 * million, 0xff)]));
  });

  test('a WebP of a million empty chunks', async () => {
    const webp = Buffer.from(await flag().webp().toBuffer());
    const empty = Buffer.concat([webp, Buffer.alloc(8 * million, Buffer.from('JUNK\0\0\0\0', 'latin1'))]);
    empty.writeUInt32LE(empty.length - 8, 4);
    quickly(empty);
  });

  test('a packet of the wildest repetitions', async () => {
    const text = `<Iptc4xmpExt:DigitalSourceType>${' '.repeat(1000)}`.repeat(900);
    const body = Buffer.from(`XML:com.adobe.xmp\0\0\0\0\0${text}`, 'latin1');
    const png = await flag().png().toBuffer();
    quickly(Buffer.concat([png.subarray(0, 33), pngChunk('iTXt', body), png.subarray(33)]));
  });
});
