/** The upscaler in models/, as far as it matters to whoever puts its tiles together. */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadUpscaler, type Picture } from '../../src/inference/upscaler.ts';
import { compare } from '../golden/fixtures.ts';
import { editJson } from './model-copies.ts';

const shipped = join(import.meta.dirname, '../../models/upscaler');
const skip = !existsSync(join(shipped, 'blitzbild-upscaler.json')) && 'there is no upscaler in models/';
const CPU = { provider: 'cpu', intraOpThreads: 2 } as const;

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

test('its tiles join without a seam, at both factors', { skip }, async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'whole-upscaler-'));
  context.after(() => rmSync(folder, { recursive: true }));
  cpSync(shipped, folder, { recursive: true });
  editJson(join(folder, 'blitzbild-upscaler.json'), { tile: { sizePx: 1024, overlapPx: 32 } });
  const [tiled, whole] = [loadUpscaler(shipped, CPU), loadUpscaler(folder, CPU)];
  const picture = discs(301, 90);
  assert.deepEqual([tiled.countTiles(picture), whole.countTiles(picture)], [2, 1]);
  for (const factor of [2, 4] as const) {
    const [made, expected] = [await tiled.upscale(picture, factor), await whole.upscale(picture, factor)];
    const { maxDifference, equalShare } = compare(made.pixels, expected.pixels);
    assert.ok(maxDifference <= 2 && equalShare > 0.99, `×${factor}: ${maxDifference} of 255, ${equalShare} equal`);
  }
  await tiled.close();
  await whole.close();
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
