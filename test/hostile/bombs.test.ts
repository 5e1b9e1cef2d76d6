/** Threat: decompression bombs in pictures that people send. Bytes are capped first, then the pixels of the header, then the decoder. */
import assert from 'node:assert/strict';
import { before as beforeAll, describe, test } from 'node:test';
import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { AppError } from '#core/errors.ts';
import { SharpStudio } from '#src/finish/sharp-studio.ts';
import { World } from '../app/world.ts';
import { flag } from '../finish/files.ts';
import { pngChunk, pngSignature } from '../png-chunk.ts';

/** As the program allows by default. */
const maxPixels = 40_000_000;
/** Of the process above what it had before: one picture of that size as RGB would be 120 MB. */
const mostGrownMb = 100;
/** Of the processor: other tests run beside this. */
const longestMs = 4000;

const studio = new SharpStudio({ threads: 1 });

/** A PNG whose header says this and whose pixels are a few zeros. */
function pngThatClaims(widthPx: number, heightPx: number, bits = 8, colour = 2): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(widthPx, 0);
  header.writeUInt32BE(heightPx, 4);
  header.set([bits, colour], 8);
  return Buffer.concat([
    pngSignature,
    pngChunk('IHDR', header),
    pngChunk('IDAT', deflateSync(Buffer.alloc(999))),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

const withChunk = (png: Uint8Array, chunk: Uint8Array): Buffer => Buffer.concat([png.subarray(0, 33), chunk, png.subarray(33)]);

/** The bytes after the first `pattern` of a file, changed in place. */
function patched(file: Uint8Array, pattern: Uint8Array, offset: number, write: (bytes: Buffer, at: number) => void): Buffer {
  const bytes = Buffer.from(file);
  const at = bytes.indexOf(pattern);
  assert.ok(at >= 0, 'the file has this part');
  write(bytes, at + offset);
  return bytes;
}

/** So many megabytes of zeros in a thousandth of that. */
const packedZeros = (megabytes: number): Buffer => deflateSync(Buffer.alloc(megabytes * 1_000_000), { level: 9 });

/** The same text many times, just below what a decoder takes as too much. */
const manyTexts = (megabytes: number, count: number): Buffer => {
  const text = pngChunk('zTXt', Buffer.concat([Buffer.from('x\0\0'), packedZeros(megabytes)]));
  return Buffer.concat(Array.from({ length: count }, () => text));
};

/** As many 1 × 1 frames as a megabyte holds. */
function endlessGif(): Buffer {
  const head = Buffer.from('47494638396101000100800000000000ffffff', 'hex');
  const frame = Buffer.from('21f90400010000002c00000000010001000002024401003b'.slice(0, -2), 'hex');
  return Buffer.concat([head, ...Array.from({ length: 40_000 }, () => frame), Buffer.from([0x3b])]);
}

/** A small picture whose only frame says that it is as large as a GIF can say. */
const gifOfOneHugeFrame = (gif: Uint8Array): Buffer =>
  patched(gif, Buffer.from([0x2c, 0, 0, 0, 0]), 5, (bytes, at) => bytes.fill(0xff, at, at + 4));

/** What becomes of a file, with what it took. */
async function outcome(file: Uint8Array): Promise<{ readonly code: string; readonly ms: number; readonly grownMb: number }> {
  const peak = process.resourceUsage().maxRSS;
  const before = process.cpuUsage();
  const code = await studio.decode(file, { maxPixels }).then(
    ({ widthPx, heightPx }) => (widthPx * heightPx <= maxPixels ? 'decoded' : 'too many pixels were decoded'),
    (error: unknown) => (error instanceof AppError ? error.code : String(error)),
  );
  const { user, system } = process.cpuUsage(before);
  return { code, ms: (user + system) / 1000, grownMb: (process.resourceUsage().maxRSS - peak) / 1024 };
}

describe('a file that becomes much more than it is', () => {
  let small: Record<'png' | 'jpeg' | 'gif' | 'webp' | 'lossless' | 'avif', Buffer>;
  beforeAll(async () => {
    small = {
      png: await flag().png().toBuffer(),
      jpeg: await flag().jpeg().toBuffer(),
      gif: await flag().gif().toBuffer(),
      webp: await flag().ensureAlpha(0.5).webp().toBuffer(),
      lossless: await flag().webp({ lossless: true }).toBuffer(),
      avif: await flag().avif({ effort: 0 }).toBuffer(),
    };
    // The decoders' own libraries are loaded, so that only the bombs are measured.
    for (const file of Object.values(small)) assert.equal((await outcome(file)).code, 'decoded');
  });

  const bombs: Readonly<Record<string, readonly [make: () => Buffer, codes: RegExp]>> = {
    'PNG of 100,000 × 100,000': [() => pngThatClaims(100_000, 100_000), /^picture_too_large$/u],
    'PNG of 16 bits and four channels': [() => pngThatClaims(60_000, 60_000, 16, 6), /^picture_too_large$/u],
    'PNG of more than there are numbers for': [() => pngThatClaims(0xff_ff_ff_ff, 0xff_ff_ff_ff), /^picture_(?:too_large|unreadable)$/u],
    'PNG of one very long row': [() => pngThatClaims(0x7f_ff_ff_ff, 1), /^picture_(?:too_large|unreadable)$/u],
    'PNG with a packed colour profile': [
      () => withChunk(small.png, pngChunk('iCCP', Buffer.concat([Buffer.from('x\0\0'), packedZeros(50)]))),
      /^decoded$/u,
    ],
    'PNG with packed texts in front of its pixels': [() => withChunk(small.png, manyTexts(5, 400)), /^decoded$/u],
    'PNG with packed texts behind its pixels': [
      () => Buffer.concat([small.png.subarray(0, -12), manyTexts(50, 20), small.png.subarray(-12)]),
      /^decoded$/u,
    ],
    'PNG with a million empty texts': [
      () => withChunk(small.png, Buffer.concat(Array.from({ length: 1_000_000 }, () => pngChunk('tEXt', Buffer.from('a\0'))))),
      /^decoded$/u,
    ],
    'PNG of pixels that never end': [
      () => {
        const header = small.png.subarray(0, 33);
        return Buffer.concat([header, pngChunk('IDAT', packedZeros(200)), pngChunk('IEND', Buffer.alloc(0))]);
      },
      /^(?:decoded|picture_unreadable)$/u,
    ],
    'JPEG of 65,500 × 65,500': [
      () => patched(small.jpeg, Buffer.from([0xff, 0xc0]), 5, (bytes, at) => bytes.writeUInt32BE(0xff_dc_ff_dc, at)),
      /^picture_too_large$/u,
    ],
    'GIF of 65,535 × 65,535': [
      () => patched(small.gif, Buffer.from('GIF89a'), 6, (bytes, at) => bytes.fill(0xff, at, at + 4)),
      // Its decoder goes by the frame where the screen is absurd.
      /^(?:decoded|picture_too_large)$/u,
    ],
    'GIF with a frame of 65,535 × 65,535': [() => gifOfOneHugeFrame(small.gif), /^(?:decoded|picture_(?:too_large|unreadable))$/u],
    'GIF of 40,000 frames': [endlessGif, /^picture_animated$/u],
    'WebP of 16,777,216 × 16,777,216': [
      () => patched(small.webp, Buffer.from('VP8X'), 12, (bytes, at) => bytes.fill(0xff, at, at + 6)),
      /^picture_(?:too_large|unreadable)$/u,
    ],
    'WebP without loss of 16,384 × 16,384': [
      () => patched(small.lossless, Buffer.from('VP8L'), 9, (bytes, at) => bytes.writeUInt32LE(0x0f_ff_ff_ff, at)),
      /^picture_(?:too_large|unreadable)$/u,
    ],
    'AVIF of 100,000 × 100,000': [
      () =>
        patched(small.avif, Buffer.from('ispe'), 8, (bytes, at) => {
          bytes.writeUInt32BE(100_000, at);
          bytes.writeUInt32BE(100_000, at + 4);
        }),
      /^picture_(?:too_large|unreadable)$/u,
    ],
  };

  for (const [name, [make, codes]] of Object.entries(bombs))
    test(`${name} is neither unpacked nor waited for`, async () => {
      const file = make();
      assert.ok(file.length < 20_000_000, 'it would be taken in by its bytes');
      const { code, ms, grownMb } = await outcome(file);
      assert.match(code, codes);
      assert.ok(grownMb < mostGrownMb, `${Math.round(grownMb)} MB`);
      assert.ok(ms < longestMs, `${Math.round(ms)} ms`);
    });
});

test('a JPEG of thousands of scans ends in time', async () => {
  const jpeg = await sharp({ create: { width: 1500, height: 1500, channels: 3, background: '#888' } })
    .jpeg({ progressive: true })
    .toBuffer();
  // The last scan, again and again: each goes through all pixels.
  const end = jpeg.lastIndexOf(Buffer.from([0xff, 0xd9]));
  const scan = jpeg.subarray(jpeg.lastIndexOf(Buffer.from([0xff, 0xda])), end);
  const file = Buffer.concat([jpeg.subarray(0, end), ...Array.from({ length: 5000 }, () => scan), jpeg.subarray(end)]);
  const { code, ms } = await outcome(file);
  assert.match(code, /^(?:decoded|picture_unreadable)$/u);
  assert.ok(ms < longestMs, `${Math.round(ms)} ms`);
});

test('a bomb in one room delays no picture of another one, and is told in a sentence', async () => {
  await using world = await World.open();
  for (const file of [pngThatClaims(100_000, 100_000), endlessGif()])
    world.say('!img fix', { from: '@eve:evil', room: '!eve', file: { name: 'cat.png', mimeType: 'image/png', bytes: file } });
  await world.asks('!img a fox');
  assert.deepEqual(world.platform.refusals, ['picture_refused', 'picture_refused']);
  assert.equal(world.platform.pictures.length, 1);
  assert.deepEqual(world.errors, []);
});
