import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { isBlurhashValid } from 'blurhash';
import sharp from 'sharp';
import { readMarks } from '#src/finish/marks.ts';
import { SharpFinisher } from '#src/finish/sharp-finisher.ts';
import { digitalSourceType, trainedAlgorithmicMedia } from '#src/finish/xmp.ts';
import { readTags, withoutExiftool } from './exiftool.ts';
import { paintedPicture } from './pictures.ts';
import { assertSameBytes } from '../same-bytes.ts';

const finisher = new SharpFinisher();

describe('files', () => {
  test('the PNG holds exactly the pixels', async () => {
    const picture = paintedPicture(96, 64);
    const { png } = await finisher.finish(picture);
    const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
    assert.deepEqual([info.width, info.height, info.channels], [96, 64, 3]);
    assert.ok(data.equals(picture.pixels));
  });

  test('equal pixels give equal bytes, other pixels other bytes', async () => {
    const [first, second] = [await finisher.finish(paintedPicture(80, 80)), await finisher.finish(paintedPicture(80, 80))];
    assertSameBytes(first.png, second.png);
    assert.deepEqual(first.thumbnail, second.thumbnail);
    assert.equal(first.blurhash, second.blurhash);
    const changed = paintedPicture(80, 80);
    changed.pixels[0] = 255;
    assert.notDeepEqual((await finisher.finish(changed)).png, first.png);
  });

  test('the thumbnail keeps the shape, has at most 400 px a side and never grows', async () => {
    const sizes = [
      { from: [1024, 512], to: [400, 200] },
      { from: [512, 1024], to: [200, 400] },
      { from: [256, 256], to: [256, 256] },
    ] as const;
    for (const { from, to } of sizes) {
      const { thumbnail } = await finisher.finish(paintedPicture(from[0], from[1]));
      assert.deepEqual([thumbnail.widthPx, thumbnail.heightPx], to);
      const { format, width, height } = await sharp(thumbnail.jpeg).metadata();
      assert.deepEqual([format, width, height], ['jpeg', ...to]);
    }
  });

  test('a 1024 px picture is encoded in under a second, and the time is told', async () => {
    const { encodeMs, blurhash } = await finisher.finish(paintedPicture(1024, 1024));
    assert.ok(encodeMs > 0 && encodeMs < 1000, `${encodeMs} ms`);
    assert.deepEqual(isBlurhashValid(blurhash), { result: true });
  });

  test('pixels that do not fit the size are refused', async () => {
    await assert.rejects(finisher.finish({ ...paintedPicture(8, 8), widthPx: 9 }), /expected 216 bytes of pixels, got 192/);
  });
});

describe('a picture with alpha', () => {
  const alpha = Uint8Array.from({ length: 64 * 48 }, (_, place) => (place % 64 < 32 ? 0 : place % 256));
  const clear = { ...paintedPicture(64, 48), alpha };

  test('keeps every colour and every degree of transparency in the PNG, and carries the mark', async () => {
    const { png } = await finisher.finish(clear);
    const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
    assert.deepEqual([info.width, info.height, info.channels], [64, 48, 4]);
    for (let place = 0; place < alpha.length; place++) {
      assert.equal(data[place * 4 + 3], alpha[place]);
      for (let channel = 0; channel < 3; channel++) assert.equal(data[place * 4 + channel], clear.pixels[place * 3 + channel]);
    }
    assert.deepEqual(readMarks(png), { digitalSourceType: trainedAlgorithmicMedia, aiGenerated: true });
  });

  test('stands on white in the thumbnail, which is marked too', async () => {
    const { thumbnail, blurhash } = await finisher.finish(clear);
    const { data, info } = await sharp(thumbnail.jpeg).raw().toBuffer({ resolveWithObject: true });
    assert.equal(info.channels, 3);
    assert.ok(data.subarray((24 * 64 + 10) * 3, (24 * 64 + 10) * 3 + 3).every((value) => value > 245));
    assert.equal(readMarks(thumbnail.jpeg).aiGenerated, true);
    assert.deepEqual(isBlurhashValid(blurhash), { result: true });
  });

  test('gives the same bytes each time, and other ones than without', async () => {
    const { png } = await finisher.finish(clear);
    assert.deepEqual((await finisher.finish(clear)).png, png);
    assert.notDeepEqual((await finisher.finish(paintedPicture(64, 48))).png, png);
  });

  test('alpha of another size is refused', async () => {
    await assert.rejects(finisher.finish({ ...clear, alpha: alpha.subarray(1) }), /expected 3072 bytes of alpha, got 3071/);
  });
});

describe('mark of origin', () => {
  test('both files carry it and readMarks finds it', async () => {
    const { png, thumbnail } = await finisher.finish(paintedPicture(64, 48));
    for (const file of [png, thumbnail.jpeg])
      assert.deepEqual(readMarks(file), { digitalSourceType: trainedAlgorithmicMedia, aiGenerated: true });
  });

  test('files without it, of another source or broken carry none', async () => {
    const bare = await sharp(paintedPicture(8, 8).pixels, { raw: { width: 8, height: 8, channels: 3 } })
      .png()
      .toBuffer();
    for (const file of [bare, Buffer.alloc(0), Buffer.from([0xff, 0xd8, 0xff, 0xe1, 0, 0]), Buffer.from('plain text')])
      assert.deepEqual(readMarks(file), { aiGenerated: false });
    const photo = 'http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture';
    assert.equal(digitalSourceType(`<rdf:Description Iptc4xmpExt:DigitalSourceType="${photo}"/>`), photo);
  });

  test('exiftool reads it from both files, finds nothing wrong and nothing else about the maker', { skip: withoutExiftool }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'blitzbild-finish-'));
    after(() => rm(folder, { recursive: true }));
    const { png, thumbnail } = await finisher.finish(paintedPicture(64, 48));
    await writeFile(join(folder, 'a.png'), png);
    await writeFile(join(folder, 'a.jpg'), thumbnail.jpeg);
    for (const name of ['a.png', 'a.jpg']) {
      const tags = readTags(join(folder, name));
      assert.equal(tags['XMP-iptcExt:DigitalSourceType'], trainedAlgorithmicMedia);
      assert.equal(tags['ExifTool:Validate'], '0 0 0', JSON.stringify(tags));
      const xmp = Object.keys(tags).filter((tag) => tag.startsWith('XMP-'));
      assert.deepEqual(xmp.toSorted(), ['XMP-iptcExt:DigitalSourceType', 'XMP-xmp:CreatorTool']);
    }
  });
});
