import assert from 'node:assert/strict';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { ChildUpscaling } from '#src/engine/child-upscaling.ts';
import type { ProviderName } from '#src/engine/providers.ts';
import { InferenceError } from '#src/inference/errors.ts';
import { onnxBytes } from '../inference/model-copies.ts';

const fixture = join(import.meta.dirname, '../golden/fixtures/upscaler');
const picture = { pixels: new Uint8Array(96 * 32 * 3), widthPx: 96, heightPx: 32 };
const hooks = { signal: new AbortController().signal, onTile: () => {} };
/** A provider that no Linux has. */
const missing: ProviderName = process.platform === 'win32' ? 'coreml' : 'dml';

/** The folder with a ×4 that no CPU runs. */
const halfBroken = async (context: TestContext): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'blitzbild-upscaler-'));
  context.after(() => rm(folder, { recursive: true }));
  await cp(fixture, folder, { recursive: true });
  await writeFile(join(folder, 'x4.onnx'), onnxBytes({ operator: 'GroupNorm', domain: 'com.microsoft' }));
  return folder;
};

test('the first provider that can does the work, and is said', async () => {
  const upscaling = new ChildUpscaling(1);
  const call = { folder: fixture, factor: 2, providers: [missing, 'cpu'] } as const;
  assert.equal(await upscaling.countTiles({ ...call, providers: [...call.providers] }, picture), 2);
  const {
    provider,
    picture: larger,
    upscaleMs,
    sessionRunMs,
  } = await upscaling.enlarge(picture, { ...call, providers: [...call.providers] }, hooks);
  assert.deepEqual([provider, larger.widthPx, larger.heightPx], ['cpu', 192, 64]);
  assert.ok(sessionRunMs > 0 && sessionRunMs <= upscaleMs);
});

test('where none can, no tiles are promised and each reason is told', async (context) => {
  const upscaling = new ChildUpscaling(1);
  const call = { folder: await halfBroken(context), factor: 2 as const };
  assert.equal(await upscaling.countTiles({ ...call, providers: ['cpu'] }, picture), 0);
  const refused = (code: string, message: RegExp) => (error: unknown) =>
    error instanceof InferenceError && error.code === code && message.test(error.message);
  await assert.rejects(upscaling.enlarge(picture, { ...call, providers: ['cpu'] }, hooks), refused('model_gpu_fused', /x4\.onnx/));
  await assert.rejects(
    upscaling.enlarge(picture, { ...call, providers: ['cpu', missing] }, hooks),
    refused('provider_unavailable', /x4\.onnx was optimised for a GPU .*has no provider/),
  );
});
