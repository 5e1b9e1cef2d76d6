import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { InferenceError, type InferenceErrorCode } from '../../src/inference/errors.ts';
import { loadUpscaler, type Picture, type Upscaler } from '../../src/inference/upscaler.ts';
import { compare, fixturePath, readNpyFixture } from '../golden/fixtures.ts';
import { editJson, onnxBytes } from './model-copies.ts';

const CPU = { provider: 'cpu', intraOpThreads: 1 } as const;
const tiny = fixturePath('upscaler');
const workspace = mkdtempSync(join(tmpdir(), 'upscalers-'));
const opened: Upscaler[] = [];
after(async () => {
  for (const upscaler of opened) await upscaler.close();
  rmSync(workspace, { recursive: true });
});

function open(folder = tiny): Upscaler {
  const upscaler = loadUpscaler(folder, CPU);
  opened.push(upscaler);
  return upscaler;
}

let copies = 0;
function copy(change: Record<string, unknown> = {}): string {
  const folder = join(workspace, String(copies++));
  cpSync(tiny, folder, { recursive: true });
  editJson(join(folder, 'blitzbild-upscaler.json'), change);
  return folder;
}

/** Noise with edges and flat areas: everything that a seam could show in. */
function noisy(widthPx: number, heightPx: number): Picture {
  const pixels = new Uint8Array(widthPx * heightPx * 3);
  let state = 1;
  for (let i = 0; i < pixels.length; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    pixels[i] = i % 7 < 3 ? 200 : state >>> 24;
  }
  return { pixels, widthPx, heightPx };
}

const thrown = (code: InferenceErrorCode, message: RegExp) => (error: unknown) =>
  error instanceof InferenceError && error.code === code && message.test(error.message);

describe('a small picture', () => {
  test('becomes what numpy makes of it, channels and sides in their places', async () => {
    const { shape, values } = readNpyFixture('upscaler/picture.npy');
    const [heightPx = 0, widthPx = 0] = shape;
    const made = await open().upscale({ pixels: values as Uint8Array, widthPx, heightPx }, 2);
    assert.deepEqual([made.widthPx, made.heightPx], [42, 26]);
    const { maxDifference, equalShare } = compare(made.pixels, readNpyFixture('upscaler/picture-x2.npy').values);
    assert.ok(maxDifference <= 1 && equalShare > 0.999, `${maxDifference}, ${equalShare}`);
  });

  test('of one pixel is enlarged too', async () => {
    const { pixels } = await open().upscale({ pixels: Uint8Array.of(10, 20, 30), widthPx: 1, heightPx: 1 }, 4);
    assert.deepEqual([...pixels], Array.from({ length: 16 }, () => [10, 20, 30]).flat());
  });

  test('is one run, told as one tile', async () => {
    const upscaler = open();
    const tiles: number[][] = [];
    await upscaler.upscale(noisy(64, 40), 2, { onTile: (...tile) => tiles.push(tile) });
    assert.deepEqual([tiles, await upscaler.countTiles({ widthPx: 64, heightPx: 40 }, 2)], [[[1, 1]], 1]);
  });
});

describe('a picture larger than a tile', () => {
  const sizes: readonly (readonly [number, number])[] = [[65, 30], [30, 65], [129, 97], [200, 67], [64, 300]]; // prettier-ignore

  test('is the same to the bit where pixels are repeated', async () => {
    const upscaler = open();
    for (const [widthPx, heightPx] of sizes) {
      const picture = noisy(widthPx, heightPx);
      const { pixels } = await upscaler.upscale(picture, 4);
      const differs = pixels.findIndex((value, i) => {
        const [channel, x, y] = [i % 3, Math.floor(i / 3) % (widthPx * 4), Math.floor(i / 12 / widthPx)];
        return value !== picture.pixels[(Math.floor(y / 4) * widthPx + Math.floor(x / 4)) * 3 + channel];
      });
      assert.equal(differs, -1, `${widthPx}x${heightPx}`);
    }
  });

  test('has no seam: it is what one run of the whole makes, though the graph changes every edge that it sees', async () => {
    const [tiled, whole] = [open(), open(copy({ tile: { sizePx: 1024, overlapPx: 32 } }))];
    for (const [widthPx, heightPx] of sizes) {
      const picture = noisy(widthPx, heightPx);
      const [made, expected] = [await tiled.upscale(picture, 2), await whole.upscale(picture, 2)];
      const { maxDifference, equalShare } = compare(made.pixels, expected.pixels);
      assert.ok((await tiled.countTiles(picture, 2)) > 1 && (await whole.countTiles(picture, 2)) === 1);
      assert.ok(maxDifference <= 1 && equalShare > 0.999, `${widthPx}x${heightPx}: ${maxDifference}, ${equalShare}`);
    }
  });

  test('would have seams if its tiles were laid side by side', async () => {
    const upscaler = open();
    const picture = noisy(128, 64);
    const left = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => picture.pixels[Math.floor(i / 192) * 384 + (i % 192)]!);
    const [whole, half] = [await upscaler.upscale(picture, 2), await upscaler.upscale({ pixels: left, widthPx: 64, heightPx: 64 }, 2)];
    const alongTheCut = Array.from({ length: 128 }, (_, y) =>
      Math.abs(whole.pixels[(y * 256 + 127) * 3]! - half.pixels[(y * 128 + 127) * 3]!),
    );
    assert.ok(Math.max(...alongTheCut) > 5, `${Math.max(...alongTheCut)}`);
  });

  test('can be cancelled between two tiles, and the next picture comes', async () => {
    const upscaler = open();
    const abort = new AbortController();
    const tiles: number[] = [];
    const onTile = (tile: number): void => {
      tiles.push(tile);
      if (tile === 2) abort.abort();
    };
    await assert.rejects(upscaler.upscale(noisy(200, 200), 2, { signal: abort.signal, onTile }), thrown('cancelled', /cancelled/));
    assert.deepEqual(tiles, [1, 2]);
    assert.equal((await upscaler.upscale(noisy(8, 8), 2)).widthPx, 16);
    await assert.rejects(upscaler.upscale(noisy(8, 8), 2, { signal: abort.signal }), thrown('cancelled', /cancelled/));
  });
});

test('calls queue up, and each gets its own picture', async () => {
  const upscaler = open();
  const pictures = [noisy(70, 20), noisy(20, 70), noisy(5, 5)];
  const alone = [];
  for (const picture of pictures) alone.push(await upscaler.upscale(picture, 2));
  assert.deepEqual(await Promise.all(pictures.map((picture) => upscaler.upscale(picture, 2))), alone);
});

describe('what is refused', () => {
  test('folders, each with its reason and before anything is loaded', () => {
    const cut = copy();
    truncateSync(join(cut, 'x4.onnx'), 100);
    const gone = copy();
    unlinkSync(join(gone, 'x2.onnx'));
    const foreign = copy();
    writeFileSync(join(foreign, 'x2.onnx'), onnxBytes({ operator: 'Spy', domain: 'com.example' }));
    const cases: readonly [string, InferenceErrorCode, RegExp][] = [
      [join(workspace, 'nowhere'), 'model_missing', /no upscaler folder/],
      [workspace, 'model_missing', /blitzbild-upscaler\.json/],
      [cut, 'model_truncated', /x4\.onnx/],
      [gone, 'model_missing', /x2\.onnx/],
      [foreign, 'model_custom_ops', /com\.example\.Spy/],
      [copy({ factors: { '2': '../x2.onnx' } }), 'model_config', /factors\.2/],
      [copy({ factors: {} }), 'model_config', /factors/],
      [copy({ factors: undefined }), 'model_config', /factors/],
      [copy({ name: '' }), 'model_config', /name/],
      [copy({ tile: { sizePx: 64, overlapPx: 31 } }), 'model_config', /overlapPx/],
      [copy({ tile: { sizePx: 63, overlapPx: 32 } }), 'model_config', /sizePx/],
      [copy({ tile: { sizePx: '256' } }), 'model_config', /sizePx/],
      [copy({ tile: { sizePx: 100, multipleOfPx: 8 } }), 'model_config', /multipleOfPx/],
      [copy({ tile: 256 }), 'model_config', /tile is missing/],
    ];
    for (const [folder, code, message] of cases) assert.throws(() => loadUpscaler(folder, CPU), thrown(code, message), String(message));
  });

  test('bytes that are no picture', async () => {
    const upscaler = open();
    await assert.rejects(upscaler.upscale({ ...noisy(4, 4), widthPx: 5 }, 4), thrown('request_invalid', /no RGB picture/));
    assert.equal((await upscaler.upscale(noisy(4, 4), 4)).widthPx, 16);
  });

  test('a graph that enlarges by another factor than it says', async () => {
    const swapped = open(copy({ factors: { '2': 'x4.onnx' } }));
    await assert.rejects(swapped.upscale(noisy(4, 4), 2), thrown('model_config', /\[1, 3, 16, 16\] instead of \[1, 3, 8, 8\]/));
  });

  test('a closed upscaler', async () => {
    const upscaler = open();
    await upscaler.upscale(noisy(4, 4), 2);
    await upscaler.close();
    await assert.rejects(upscaler.upscale(noisy(4, 4), 2), thrown('run_failed', /closed/));
  });
});
