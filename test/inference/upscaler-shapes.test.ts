/** Upscaler folders as people make them of Real-ESRGAN and its like. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { InferenceError } from '../../src/inference/errors.ts';
import { loadUpscaler, type EnlargeFactor, type Picture, type Upscaler } from '../../src/inference/upscaler.ts';
import { passesFor } from '../../src/inference/upscaler-passes.ts';
import { compare } from '../golden/fixtures.ts';
import { assertSameBytes } from '../same-bytes.ts';
import { repeatingUpscaler } from './made-graphs.ts';

const workspace = mkdtempSync(join(tmpdir(), 'upscaler-shapes-'));
const opened: Upscaler[] = [];
after(async () => {
  for (const upscaler of opened) await upscaler.close();
  rmSync(workspace, { recursive: true });
});

let folders = 0;
/** An upscaler with these graphs by their factor. */
function open(graphs: Readonly<Partial<Record<2 | 4, Uint8Array>>>, tile?: object): Upscaler {
  const folder = join(workspace, String(folders++));
  mkdirSync(folder);
  const factors = Object.fromEntries(Object.keys(graphs).map((factor) => [factor, `RealESRGAN_x${factor}plus.fp32.onnx`]));
  for (const [factor, bytes] of Object.entries(graphs)) writeFileSync(join(folder, factors[factor]!), bytes);
  writeFileSync(join(folder, 'blitzbild-upscaler.json'), JSON.stringify({ name: 'made', factors, tile }));
  const upscaler = loadUpscaler(folder, { provider: 'cpu', intraOpThreads: 1 });
  opened.push(upscaler);
  return upscaler;
}

function noisy(widthPx: number, heightPx: number): Picture {
  const pixels = new Uint8Array(widthPx * heightPx * 3);
  let state = 1;
  for (let i = 0; i < pixels.length; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    pixels[i] = i % 7 < 3 ? 200 : state >>> 24;
  }
  return { pixels, widthPx, heightPx };
}

/** Each pixel `factor` times each way. */
function repeated({ pixels, widthPx, heightPx }: Picture, factor: number): Uint8Array {
  const made = new Uint8Array(pixels.length * factor ** 2);
  for (let i = 0; i < widthPx * heightPx * factor ** 2; i++) {
    const [x, y] = [Math.floor((i % (widthPx * factor)) / factor), Math.floor(i / (widthPx * factor) / factor)];
    made.set(pixels.subarray((y * widthPx + x) * 3, (y * widthPx + x) * 3 + 3), i * 3);
  }
  return made;
}

async function assertRepeats(upscaler: Upscaler, picture: Picture, factors: readonly EnlargeFactor[] = [2, 4, 8]): Promise<void> {
  for (const factor of factors) {
    const tiles: number[] = [];
    const made = await upscaler.upscale(picture, factor, { onTile: (...tile) => tiles.push(...tile) });
    const what = `${picture.widthPx}×${picture.heightPx} ×${factor}`;
    assert.deepEqual([made.widthPx, made.heightPx], [picture.widthPx * factor, picture.heightPx * factor], what);
    assertSameBytes(made.pixels, repeated(picture, factor), what);
    const count = await upscaler.countTiles(picture, factor);
    assert.deepEqual(tiles, Array.from({ length: count }, (_, i) => [i + 1, count]).flat(), what);
  }
}

describe('a folder with one factor', () => {
  test('reaches all of them: over two passes, and by averaging where its own is too much', async () => {
    const sizes = [noisy(30, 21), noisy(100, 40)];
    for (const graphs of [{ 2: repeatingUpscaler(2) }, { 4: repeatingUpscaler(4) }, { 2: repeatingUpscaler(2), 4: repeatingUpscaler(4) }]) {
      const upscaler = open(graphs, { sizePx: 64, overlapPx: 32 });
      for (const picture of sizes) await assertRepeats(upscaler, picture);
    }
  });

  test('takes as few passes as it can', () => {
    const plan = (factor: EnlargeFactor, ...graphs: (2 | 4)[]) =>
      passesFor(factor, new Set(graphs)).map(({ graph, shrink }) => (shrink === 1 ? `×${graph}` : `×${graph} ÷${shrink}`));
    assert.deepEqual([plan(2, 4), plan(4, 4), plan(8, 4)], [['×4 ÷2'], ['×4'], ['×4', '×4 ÷2']]);
    assert.deepEqual([plan(2, 2), plan(4, 2), plan(8, 2)], [['×2'], ['×2', '×2'], ['×2', '×2', '×2']]);
    assert.deepEqual([plan(2, 2, 4), plan(4, 2, 4), plan(8, 2, 4)], [['×2'], ['×4'], ['×4', '×2']]);
  });

  test('averages 2×2 pixels where ×4 is too much', async () => {
    // A network that draws something new: what it makes of ×2 is exactly the mean of what it makes of ×4.
    const upscaler = open({ 4: repeatingUpscaler(4, {}, { blurs: true }) });
    const picture = noisy(20, 12);
    const [half, whole] = [await upscaler.upscale(picture, 2), await upscaler.upscale(picture, 4)];
    const mean = Uint8Array.from(half.pixels, (_, i) => {
      const [channel, x, y] = [i % 3, Math.floor(i / 3) % 40, Math.floor(i / 120)];
      const at = (dx: number, dy: number): number => whole.pixels[((2 * y + dy) * 80 + 2 * x + dx) * 3 + channel]!;
      return Math.round((at(0, 0) + at(1, 0) + at(0, 1) + at(1, 1)) / 4);
    });
    assert.ok(compare(half.pixels, mean).maxDifference <= 1);
  });
});

describe('a graph', () => {
  test('may call its ends as it likes, and leave sides and batch free or unnamed', async () => {
    for (const ends of [
      { input: 'input', output: 'output', dims: ['batch_size', 3, 'width', 'height'] },
      { input: 'x', output: 'add_1234', dims: [1, 3, '', ''] },
      { input: 'lq', output: 'sr', dims: ['n', 'c', 'h', 'w'] },
      { input: 'image.1', output: '4513', dims: [1, 3, -1, -1] },
    ])
      await assertRepeats(open({ 4: repeatingUpscaler(4, ends) }), noisy(9, 5), [4]);
  });

  test('of a fixed size gets pictures of any size, in tiles of its own', async () => {
    for (const dims of [[1, 3, 64, 64], [1, 3, 128, 96], [1, 3, 80, 'width']] as const) {
      const upscaler = open({ 4: repeatingUpscaler(4, { dims }) });
      for (const [widthPx, heightPx] of [[1, 1], [7, 40], [64, 64], [65, 30], [200, 131]] as const)
        await assertRepeats(upscaler, noisy(widthPx, heightPx), widthPx * heightPx < 9000 ? [2, 4, 8] : [2, 4]);
    } // prettier-ignore
  });

  test('of a fixed size makes what a free one makes, though it changes every edge that it sees', async () => {
    const free = open({ 2: repeatingUpscaler(2, {}, { blurs: true }) }, { sizePx: 1024, overlapPx: 32 });
    const fixed = open({ 2: repeatingUpscaler(2, { dims: [1, 3, 64, 64] }, { blurs: true }) });
    for (const [widthPx, heightPx] of [[64, 64], [65, 70], [161, 64], [200, 131]] as const) {
      const picture = noisy(widthPx, heightPx);
      const [made, expected] = [await fixed.upscale(picture, 2), await free.upscale(picture, 2)];
      const { maxDifference } = compare(made.pixels, expected.pixels);
      assert.ok(maxDifference <= 1, `${widthPx}×${heightPx}: ${maxDifference}`);
    } // prettier-ignore
  });

  test('of a fixed size sees a small picture mirrored at its right and lower edge, and no black there', async () => {
    const fixed = open({ 2: repeatingUpscaler(2, { dims: [1, 3, 64, 64] }, { blurs: true }) });
    const white = { pixels: new Uint8Array(20 * 20 * 3).fill(255), widthPx: 20, heightPx: 20 };
    const { pixels } = await fixed.upscale(white, 2);
    assert.equal(pixels.at(-1), 255);
    assert.ok(pixels[0]! < 255, 'its own black beyond the upper left edge is the network’s affair');
  });

  test('that takes even sides only gets them where the folder says so', async () => {
    const graphs = { 2: repeatingUpscaler(2, {}, { evenSides: true }) };
    await assert.rejects(open(graphs).upscale(noisy(9, 5), 2), InferenceError);
    const upscaler = open(graphs, { sizePx: 64, multipleOfPx: 2 });
    for (const [widthPx, heightPx] of [
      [1, 1],
      [9, 5],
      [65, 131],
    ] as const)
      await assertRepeats(upscaler, noisy(widthPx, heightPx));
  });

  const refused: readonly (readonly [dims: readonly (number | string)[], message: RegExp])[] = [
    [[1, 3, 48, 48], /takes pictures of 48 pixels a side; with less than 64 tiles would show\.$/],
    [[4, 3, 'h', 'w'], /was exported for 4 pictures at a time; it must take 1\.$/],
    [[1, 1, 'h', 'w'], /must have one input \[1, 3, height, width\] and an output like it; it has image \[1, 1, h, w\]\.$/],
    [[1, 64, 64, 3], /it has image \[1, 64, 64, 3\]\.$/],
  ];
  for (const [dims, message] of refused)
    test(`[${dims.join(', ')}] is refused with what it has`, async () => {
      const upscaler = open({ 2: repeatingUpscaler(2, { dims }) });
      const isRefused = (error: unknown): boolean =>
        error instanceof InferenceError && error.code === 'model_config' && message.test(error.message);
      await assert.rejects(upscaler.upscale(noisy(4, 4), 2), isRefused);
      await assert.rejects(upscaler.countTiles(noisy(4, 4), 4), isRefused);
    });
});
