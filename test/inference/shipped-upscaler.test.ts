/** The upscaler in models/, as far as it matters to whoever puts its tiles together. */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import sharp from 'sharp';
import { loadUpscaler, type Picture, type Upscaler } from '../../src/inference/upscaler.ts';
import { tilesAlong } from '../../src/inference/upscaler-tiles.ts';
import { compare } from '../golden/fixtures.ts';
import { editJson } from './model-copies.ts';

const shipped = join(import.meta.dirname, '../../models/upscaler');
const skip = !existsSync(join(shipped, 'blitzbild-upscaler.json')) && 'there is no upscaler in models/';
const CPU = { provider: 'cpu', intraOpThreads: 2 } as const;

/** A piece of pictures that the embedded model drew: outlines, snow, slopes of colour, and the white between two pictures. */
async function realPicture(widthPx: number, heightPx: number): Promise<Picture> {
  const sheet = join(import.meta.dirname, '../../models/embedded/samples.png');
  const piece = sharp(sheet).removeAlpha().toColourspace('srgb').extract({ left: 20, top: 60, width: widthPx, height: heightPx });
  return { pixels: new Uint8Array(await piece.raw().toBuffer()), widthPx, heightPx };
}

/** The shipped graphs with other tiles. */
function withTiles(context: TestContext, sizePx: number): Upscaler {
  const folder = mkdtempSync(join(tmpdir(), 'tiled-upscaler-'));
  cpSync(shipped, folder, { recursive: true });
  editJson(join(folder, 'blitzbild-upscaler.json'), { tile: { sizePx, overlapPx: 32 } });
  const upscaler = loadUpscaler(folder, CPU);
  context.after(async () => {
    await upscaler.close();
    rmSync(folder, { recursive: true });
  });
  return upscaler;
}

/** Mean difference of each column from the next. */
function stepsByColumn({ pixels, widthPx, heightPx }: Picture): number[] {
  return Array.from({ length: widthPx - 1 }, (_, x) => {
    let sum = 0;
    for (let y = 0; y < heightPx; y++) {
      const at = (y * widthPx + x) * 3;
      for (let channel = 0; channel < 3; channel++) sum += Math.abs(pixels[at + channel + 3]! - pixels[at + channel]!);
    }
    return sum / heightPx / 3;
  });
}

/** Columns of the enlarged picture where a fade of tiles of 64 pixels begins, is half done, or ends. */
function borderColumns(widthPx: number, factor: number): ReadonlySet<number> {
  const tiles = tilesAlong(widthPx, { sizePx: 64, overlapPx: 32, multipleOfPx: 1 });
  const places = tiles.slice(1).flatMap(({ fadeIn }) => [fadeIn.startPx, (fadeIn.startPx + fadeIn.endPx) / 2, fadeIn.endPx]);
  return new Set(places.map((at) => Math.round(at * factor) - 1));
}

/** Discs with crisp edges over a slope of colour, as flat art has them. */
function discs(widthPx: number, heightPx: number): Picture {
  const pixels = new Uint8Array(widthPx * heightPx * 3);
  for (let i = 0; i < widthPx * heightPx; i++) {
    const [x, y] = [i % widthPx, Math.floor(i / widthPx)];
    const isInside = ((x % 37) - 18) ** 2 + ((y % 29) - 14) ** 2 < 120;
    pixels.set(isInside ? [240, 40, 60] : [(x * 255) / widthPx, 180, (y * 255) / heightPx], i * 3);
  }
  return { pixels, widthPx, heightPx };
}

test('its tiles join without a seam: what they make is what one run makes, at the borders as elsewhere', { skip }, async (context) => {
  const [tiled, whole] = [withTiles(context, 64), withTiles(context, 1024)];
  const real = await realPicture(120, 80);
  const cases = [[real, 2], [real, 4], [real, 8], [discs(120, 80), 2], [discs(120, 80), 4]] as const; // prettier-ignore
  for (const [picture, factor] of cases) {
    assert.deepEqual(
      [(await tiled.countTiles(picture, factor)) >= 6, await whole.countTiles(picture, factor)],
      [true, factor === 8 ? 2 : 1],
    );
    const [made, expected] = [await tiled.upscale(picture, factor), await whole.upscale(picture, factor)];
    const { maxDifference, equalShare } = compare(made.pixels, expected.pixels);
    assert.ok(maxDifference <= 3 && equalShare > 0.98, `×${factor}: ${maxDifference} of 255, ${equalShare} equal`);

    const lastPass = factor === 8 ? 4 : 1; // by how much the passes before the last one enlarged
    const borders = borderColumns(picture.widthPx * lastPass, factor / lastPass);
    const steps = stepsByColumn(expected);
    const largest = (one: Picture): number => Math.max(...stepsByColumn(one).map((step, x) => (borders.has(x) ? step - steps[x]! : 0)));
    assert.ok(largest(made) <= 0.1, `×${factor}: ${largest(made)} more at a border`);
    // Tiles that differ in brightness by 1 of 255 would be found.
    const seam = [...borders][1]!;
    const brighter = made.pixels.map((value, i) => (Math.floor(i / 3) % made.widthPx > seam ? Math.max(0, value - 1) : value));
    assert.ok(largest({ ...made, pixels: brighter }) > 0.1, `×${factor}: a seam would be found`);
  }
});

test('it keeps colours where they are, and one colour one colour', { skip }, async () => {
  const upscaler = loadUpscaler(shipped, CPU);
  const colour = [12, 200, 99];
  const flat = { pixels: Uint8Array.from({ length: 40 * 24 * 3 }, (_, i) => colour[i % 3]!), widthPx: 40, heightPx: 24 };
  const { pixels } = await upscaler.upscale(flat, 4);
  assert.ok(
    pixels.every((value, i) => Math.abs(value - colour[i % 3]!) <= 3),
    'also at the picture’s edge',
  );
  await upscaler.close();
});
