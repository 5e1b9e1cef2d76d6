import assert from 'node:assert/strict';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ChildUpscaling } from '#src/engine/child-upscaling.ts';
import { onnxBytes } from '../inference/model-copies.ts';

test('tiles are counted by the first provider that can open the folder', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'blitzbild-upscaler-'));
  context.after(() => rm(folder, { recursive: true }));
  await cp(join(import.meta.dirname, '../golden/fixtures/upscaler'), folder, { recursive: true });
  // No CPU runs this one.
  await writeFile(join(folder, 'x4.onnx'), onnxBytes({ operator: 'GroupNorm', domain: 'com.microsoft' }));
  const upscaling = new ChildUpscaling(1);
  const size = { widthPx: 96, heightPx: 32 };
  assert.equal(upscaling.countTiles({ folder, factor: 2, providers: ['cpu', 'webgpu'] }, size), 2);
  assert.equal(upscaling.countTiles({ folder, factor: 2, providers: ['cpu'] }, size), 0);
});
