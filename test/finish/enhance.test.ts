import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Pixels } from '#core/ports.ts';
import { enhancePicture } from '#src/finish/enhance.ts';
import { lumaPlane } from '#src/finish/luminance.ts';
import { measure } from '#src/finish/measure.ts';
import { blurPixels } from '#src/finish/raw-pixels.ts';
import { decideStretch } from '#src/finish/stretch.ts';
import { drawnPicture, grain } from './pictures.ts';

const mapped = (picture: Pixels, change: (value: number) => number): Pixels => ({
  ...picture,
  pixels: new Uint8Array(Uint8ClampedArray.from(picture.pixels, change).buffer),
});
/** As drawn, with a white and a black corner: nothing is left to do about it. */
const good = (noise = 0): Pixels => {
  const picture = drawnPicture(240, 160, noise);
  for (let y = 0; y < 30; y++)
    for (let x = 0; x < 40; x++) {
      picture.pixels.fill(250, (y * 240 + x) * 3, (y * 240 + x) * 3 + 3);
      picture.pixels.fill(6, ((159 - y) * 240 + x) * 3, ((159 - y) * 240 + x) * 3 + 3);
    }
  return picture;
};
const flat = (picture: Pixels): Pixels => mapped(picture, (value) => value * 0.4 + 76);
const plain = (value: number): Pixels => ({ pixels: new Uint8Array(96 * 96 * 3).fill(value), widthPx: 96, heightPx: 96 });
/** Grey with grain of this deviation in each channel. */
const grainyWall = (noise: number): Pixels => {
  const next = grain(11);
  return mapped({ pixels: new Uint8Array(240 * 160 * 3), widthPx: 240, heightPx: 160 }, () => 128 + noise * next());
};
const meanDifference = (one: Pixels, other: Pixels): number =>
  one.pixels.reduce((sum, value, place) => sum + Math.abs(value - other.pixels[place]!), 0) / one.pixels.length;
const measured = async (picture: Pixels): Promise<Awaited<ReturnType<typeof measure>>> => measure(await lumaPlane(picture), picture);

/** What people bring, each made from the good picture. */
const inNeed: Readonly<Record<string, () => Promise<Pixels>>> = {
  'washed out': async () => flat(good()),
  hazy: async () => mapped(good(), (value) => value * 0.4 + 150),
  underexposed: async () => mapped(good(), (value) => value * 0.4),
  soft: async () => blurPixels(good(), 1.3),
  'very soft': async () => blurPixels(good(), 3),
  'washed out and soft': async () => blurPixels(flat(good()), 1.5),
  'washed out and grainy': async () => flat(good(10)),
};

describe('a good picture', () => {
  test('comes back bit by bit as it was, and is said to be unchanged', async () => {
    const picture = good();
    const { pixels, enhancement } = await enhancePicture(picture);
    assert.deepEqual(pixels, good().pixels);
    assert.equal(enhancement.isUnchanged, true);
    assert.deepEqual(enhancement.after, enhancement.before);
    assert.ok(enhancement.before.contrast > 0.7, String(enhancement.before.contrast));
  });

  test('may be grainy', async () => {
    const grainy = good(10);
    const { pixels, enhancement } = await enhancePicture(grainy);
    assert.equal(enhancement.isUnchanged, true);
    assert.deepEqual(pixels, grainy.pixels);
  });

  test('black, white, grey, and black on white have nothing to bring out', async () => {
    const lines = plain(255);
    for (let y = 0; y < 96; y += 3) lines.pixels.fill(0, y * 96 * 3, (y + 1) * 96 * 3);
    for (const picture of [plain(0), plain(255), plain(128), lines]) {
      const { pixels, enhancement } = await enhancePicture(picture);
      assert.equal(enhancement.isUnchanged, true);
      assert.deepEqual(pixels, picture.pixels);
    }
  });

  test('a plain wall with grain is not blown up into a storm', async () => {
    const wall = grainyWall(3);
    const { enhancement } = await enhancePicture(wall);
    assert.ok(enhancement.after.contrast < 0.2, JSON.stringify(enhancement));
  });

  test('strong colours of the same brightness are not taken for a flat picture', async () => {
    const picture = plain(0);
    for (let at = 0; at < picture.pixels.length; at += 3) picture.pixels.set(at % 2 === 0 ? [230, 40, 30] : [60, 80, 240], at);
    const { enhancement } = await enhancePicture(picture);
    assert.ok(enhancement.before.contrast < 0.2, String(enhancement.before.contrast));
    assert.equal(enhancement.isUnchanged, true);
  });

  test('a night stays a night, and snow stays snow', async () => {
    const night = mapped(good(), (value) => value * 0.7);
    assert.equal((await enhancePicture(night)).enhancement.isUnchanged, true);
    const snow = mapped(good(), (value) => 255 - (255 - value) * 0.6);
    assert.equal((await enhancePicture(snow)).enhancement.isUnchanged, true);
  });
});

describe('a picture in need', () => {
  test('a washed out one visibly gains contrast, and its colours with it', async () => {
    const source = flat(good());
    const { enhancement, ...picture } = await enhancePicture(source);
    const { before, after } = enhancement;
    assert.ok(after.contrast > 1.5 * before.contrast, `${before.contrast} → ${after.contrast}`);
    assert.ok(after.contrast > 0.85 && after.contrast <= 1);
    assert.ok(Math.abs(after.sharpness - before.sharpness) < 0.05, 'spreading tones does not count as sharpening');
    const place = (80 * 240 + 120) * 3;
    const chroma = ({ pixels }: Pixels): number => pixels[place]! - pixels[place + 2]!;
    assert.ok(chroma(picture) > 1.5 * chroma(source), `${chroma(source)} → ${chroma(picture)}`);
    assert.ok(meanDifference(picture, good()) < meanDifference(source, good()) / 2, 'it is nearer to what it was made from');
  });

  test('a pure blue, dark as it is, does not turn black when shadows are deepened', async () => {
    const source = good();
    for (let y = 100; y < 130; y++) for (let x = 180; x < 220; x++) source.pixels.set([0, 0, 255], (y * 240 + x) * 3);
    const { pixels } = await enhancePicture(flat(source));
    const [red = 255, , blue = 0] = pixels.subarray((115 * 240 + 200) * 3);
    assert.ok(red < 40 && blue > 200, `${red}, ${blue}`);
  });

  test('a hazy and an underexposed one gain too', async () => {
    for (const name of ['hazy', 'underexposed']) {
      const { before, after, isUnchanged } = (await enhancePicture(await inNeed[name]!())).enhancement;
      assert.equal(isUnchanged, false);
      assert.ok(after.contrast > 1.5 * before.contrast, `${name}: ${before.contrast} → ${after.contrast}`);
    }
  });

  test('a soft one gets its edges back, without bright rims around them', async () => {
    const source = await blurPixels(good(), 1.6);
    const { enhancement, ...picture } = await enhancePicture(source);
    const { before, after } = enhancement;
    assert.ok(after.sharpness > 1.3 * before.sharpness, `${before.sharpness} → ${after.sharpness}`);
    assert.ok(meanDifference(picture, good()) < meanDifference(source, good()), 'nearer to the sharp picture than before');
    const range = async (of: Pixels): Promise<readonly number[]> => {
      const luma = await lumaPlane(of);
      return [luma.reduce((low, value) => Math.min(low, value)), luma.reduce((high, value) => Math.max(high, value))];
    };
    const [low = 0, high = 0] = await range(source);
    const [lowAfter = 0, highAfter = 0] = await range(picture);
    assert.ok(lowAfter >= low - 4 && highAfter <= high + 4, `${low}…${high} → ${lowAfter}…${highAfter}`);
  });

  test('grain is not amplified much', async () => {
    const source = flat(good(10));
    const picture = await enhancePicture(source);
    const before = (await measured(source)).noise;
    const after = (await measured(picture)).noise;
    assert.ok(after < 6, `${before} → ${after} bytes`);
    assert.ok(picture.enhancement.after.contrast > 1.3 * picture.enhancement.before.contrast, 'and yet it gains');
    const soft = await blurPixels(good(12), 0.8);
    assert.ok((await measured(await enhancePicture(soft))).noise < 1.3 * (await measured(soft)).noise);
  });

  for (const [name, make] of Object.entries(inNeed))
    test(`${name}: a second time changes little`, async () => {
      const once = await enhancePicture(await make());
      assert.equal(once.enhancement.isUnchanged, false);
      const twice = await enhancePicture(once);
      assert.ok(meanDifference(once, twice) < 1, `${meanDifference(once, twice)} of 255`);
      assert.ok(Math.abs(twice.enhancement.after.contrast - once.enhancement.after.contrast) < 0.03);
    });

  test('what is told is what is there', async () => {
    const picture = await enhancePicture(await inNeed['washed out and soft']!());
    const { contrast, sharpness } = await measured(picture);
    assert.deepEqual(picture.enhancement.after, { contrast, sharpness });
  });
});

test('hues stay: no colour turns into another one', async () => {
  const { pixels } = await enhancePicture(flat(good()));
  const source = good();
  let turned = 0;
  for (let place = 0; place < pixels.length; place += 3) {
    const order = (of: Uint8Array): number => Math.sign(of[place]! - of[place + 2]!);
    if (Math.abs(source.pixels[place]! - source.pixels[place + 2]!) > 30 && order(source.pixels) !== order(pixels)) turned += 1;
  }
  assert.equal(turned, 0);
});

test('sharpness does not depend on contrast, and falls with every blur', async () => {
  const one = (await measured(good())).sharpness;
  assert.ok(Math.abs((await measured(flat(good()))).sharpness - one) < 0.04);
  let last = one;
  for (const sigma of [0.8, 1.2, 1.8, 3]) {
    const { sharpness } = await measured(await blurPixels(good(), sigma));
    assert.ok(sharpness < last, `${sigma}: ${sharpness}, before ${last}`);
    last = sharpness;
  }
  assert.ok(last < 0.08, String(last));
});

test('grain is measured as it was added', async () => {
  for (const noise of [4, 8, 16]) {
    // Independent grain in three channels is weaker in their weighted mean.
    const expected = noise * Math.hypot(0.2126, 0.7152, 0.0722);
    const found = (await measured(grainyWall(noise))).noise;
    assert.ok(Math.abs(found - expected) < 0.25 * expected, `${found} instead of ${expected}`);
  }
});

test('whatever the histogram, a picture is never stretched a second time', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 255 }),
      fc.integer({ min: 0, max: 255 }),
      fc.double({ min: 0, max: 20, noNaN: true }),
      (one, other, noise) => {
        const [darkest, brightest] = [Math.min(one, other), Math.max(one, other)];
        const stretch = decideStretch({ darkest, brightest }, noise);
        if (stretch === undefined) return;
        const moved = (tone: number): number => Math.min(255, Math.max(0, Math.round(tone * stretch.gain + stretch.offset)));
        const [low, high] = [moved(darkest), moved(brightest)];
        assert.ok(low <= darkest + 1 && high >= brightest - 1, 'tones are spread, never pressed together');
        const again = decideStretch({ darkest: low, brightest: high }, noise * stretch.gain);
        assert.equal(again, undefined, `${darkest}…${brightest} → ${low}…${high}`);
      },
    ),
    { numRuns: 2000 },
  );
});

test('the smallest pictures are measured without reading beyond them', async () => {
  for (const [widthPx, heightPx] of [
    [1, 1],
    [2, 2],
    [5, 1],
    [3, 9],
  ] as const) {
    const { enhancement, pixels } = await enhancePicture(drawnPicture(widthPx, heightPx));
    assert.equal(pixels.length, widthPx * heightPx * 3);
    for (const value of [...Object.values(enhancement.before), ...Object.values(enhancement.after)])
      assert.ok(value >= 0 && value <= 1, String(value));
  }
});
