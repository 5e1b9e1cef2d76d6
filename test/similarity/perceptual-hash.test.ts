import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import sharp from 'sharp';
import type { Pixels } from '#core/ports.ts';
import { openPixels, readPixels } from '#src/finish/raw-pixels.ts';
import { boundsOf } from '#src/similarity/hash-match.ts';
import { gridSide, luminanceGrid } from '#src/similarity/luminance-grid.ts';
import { firmBitsOf, hashOf, popcount, symmetricHashesOf, type PerceptualHash } from '#src/similarity/perceptual-hash.ts';
import { frequencies, integralOf, spectrumOf } from '#src/similarity/spectrum.ts';
import { wholeWindow, windows } from '#src/similarity/windows.ts';
import { artwork, edited, plain } from './pictures.ts';

const spectrum = async (picture: Pixels) => spectrumOf(integralOf(await luminanceGrid(picture)), wholeWindow);
const hash = async (picture: Pixels) => hashOf(await spectrum(picture));
const distance = (a: PerceptualHash, b: PerceptualHash): number =>
  a.bits.reduce((sum, word, at) => sum + popcount((word ^ b.bits[at]!) & a.firm[at]!), 0);

test('the bits of a word are counted', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (word) => popcount(word) === word.toString(2).replaceAll('0', '').length),
  );
});

describe('the grid', () => {
  test('keeps the mean brightness of pictures of every shape', async () => {
    for (const [widthPx, heightPx] of [
      [1, 1],
      [3, 700],
      [160, 160],
      [161, 159],
      [1000, 20],
    ] as const) {
      const pixels = Uint8Array.from({ length: widthPx * heightPx * 3 }, (_, at) => (at * 7919) % 251);
      const grid = await luminanceGrid({ pixels, widthPx, heightPx });
      let luma = 0;
      for (let at = 0; at < pixels.length; at += 3) luma += 0.2126 * pixels[at]! + 0.7152 * pixels[at + 1]! + 0.0722 * pixels[at + 2]!;
      const mean = grid.reduce((sum, value) => sum + value, 0) / (gridSide * gridSide);
      assert.ok(Math.abs(mean - luma / (widthPx * heightPx)) < 1e-6, `${widthPx}×${heightPx}`);
    }
  });

  test('refuses pixels of another number', async () => {
    await assert.rejects(luminanceGrid({ pixels: new Uint8Array(5), widthPx: 1, heightPx: 2 }), TypeError);
    await assert.rejects(luminanceGrid({ pixels: new Uint8Array(0), widthPx: 0, heightPx: 0 }), TypeError);
  });
});

test('a wave has its whole strength at its own frequency', async () => {
  const wave = (frequency: number): Pixels => {
    const [widthPx, heightPx] = [256, 256];
    const picture = plain(0, widthPx, heightPx);
    for (let at = 0; at < widthPx * heightPx; at++) {
      const [x, y] = [at % widthPx, Math.floor(at / widthPx)];
      const value = Math.cos((Math.PI * frequency * (x + 0.5)) / widthPx) * Math.cos((Math.PI * 5 * (y + 0.5)) / heightPx);
      picture.pixels.fill(128 + 100 * value, at * 3, at * 3 + 3);
    }
    return picture;
  };
  for (const frequency of [4, 9, 13]) {
    const found = await spectrum(wave(frequency));
    const strongest = found.reduce((best, value, at) => (Math.abs(value) > Math.abs(found[best]!) ? at : best), 0);
    assert.deepEqual([Math.floor(strongest / frequencies) + 1, (strongest % frequencies) + 1], [5, frequency]);
  }
});

test('the eight hashes of a picture are those of the mirrored and turned picture', async () => {
  const picture = await artwork(0);
  const all = symmetricHashesOf(await spectrum(picture));
  assert.equal(all.length, 8);
  const turned = [0, 90, 180, 270].map(async (degrees) => readPixels(sharp(await openPixels(picture).rotate(degrees).png().toBuffer())));
  const mirrored = turned.map(async (one) => readPixels(openPixels(await one).flop()));
  const met = new Set<number>();
  for (const one of await Promise.all([...turned, ...mirrored])) {
    const theirs = await hash(one);
    const nearest = all.findIndex((ours) => distance(ours, theirs) <= 2);
    assert.notEqual(nearest, -1);
    met.add(nearest);
  }
  assert.equal(met.size, 8, 'each of the eight is another one');
});

describe('what is a match', () => {
  test('mild edits are, of plain drawings too; other pictures are not', async () => {
    for (const index of [0, 1, 2, 3, 4, 5, 11]) {
      const work = await artwork(index);
      const ofWork = await hash(work);
      for (const name of ['jpeg', 'resize', 'blur', 'gamma']) {
        const query = await hash(await edited(work, name, 2));
        assert.ok(distance(query, ofWork) <= boundsOf(query).mostDiffering, `${name} of ${index}`);
      }
      const other = await hash(await artwork(index + 600));
      assert.ok(distance(other, ofWork) > boundsOf(other).mostDiffering, `another than ${index}`);
    }
  });

  test('nothing is, where there is nothing to tell a picture by', async () => {
    for (const value of [0, 128, 255]) {
      const query = await hash(plain(value));
      assert.equal(firmBitsOf(query), 0);
      assert.ok(boundsOf(query).mostDiffering < 0);
    }
  });
});

test('windows lie within the work and cover each cut of at most a fifth closely', () => {
  for (const { left, top, width, height } of windows) assert.ok(left >= 0 && top >= 0 && left + width <= 1 && top + height <= 1);
  fc.assert(
    fc.property(
      fc.double({ min: 0.8, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (side, x, y) => {
        const [left, top] = [x * (1 - side), y * (1 - side)];
        const offsets = windows.map((window) =>
          Math.max(
            ...[
              window.left - left,
              window.top - top,
              window.left + window.width - left - side,
              window.top + window.height - top - side,
            ].map(Math.abs),
          ),
        );
        return Math.min(...offsets) <= 0.04;
      },
    ),
  );
});
