import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProviderName } from '#src/engine/providers.ts';
import { upscaleCall } from '#src/engine/upscale-call.ts';

const call = (providers: readonly ProviderName[], working: string | undefined) =>
  upscaleCall(4, { upscalerFolder: '/models/upscaler', providers }, working);

test('the provider that draws comes first, the CPU last, where the configuration has it', () => {
  const full = { factor: 4, folder: '/models/upscaler' };
  assert.deepEqual(call(['cuda', 'webgpu', 'cpu'], 'webgpu'), { ...full, providers: ['webgpu', 'cpu'] });
  assert.deepEqual(call(['cuda', 'cpu'], 'cpu'), { ...full, providers: ['cpu'] });
  assert.deepEqual(call(['cuda'], 'cuda'), { ...full, providers: ['cuda'] });
});

test('nothing is asked for where nothing is to be enlarged, or no upscaler is there', () => {
  assert.equal(upscaleCall(undefined, { upscalerFolder: '/models/upscaler', providers: ['cpu'] }, 'cpu'), undefined);
  assert.equal(upscaleCall(8, { upscalerFolder: undefined, providers: ['cpu'] }, 'cpu'), undefined);
});
