import assert from 'node:assert/strict';
import { deserialize, serialize } from 'node:v8';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseChildMessage, parseParentMessage } from '#src/engine/protocol.ts';

const timings = { textMs: 1, denoiseMs: 2, decodeMs: 3, totalMs: 6, sessionRunMs: 5 };
const result = { kind: 'result', id: 1, width: 2, height: 1, pixels: new Uint8Array(6), seed: 7, timings };

test('messages survive the channel', () => {
  assert.deepEqual(parseChildMessage(deserialize(serialize(result))), result);
  const load = { kind: 'load', id: 0, what: 'model', folder: '/models/a', provider: 'cpu', intraOpThreads: 2 };
  assert.deepEqual(parseParentMessage(deserialize(serialize(load))), load);
  const cachedLoad = { ...load, graphCache: { folder: '/data/model-cache', maxBytes: 20e9 } };
  assert.deepEqual(parseParentMessage(deserialize(serialize(cachedLoad))), cachedLoad);
  assert.equal(parseParentMessage({ ...load, graphCache: { folder: '/data/model-cache', maxBytes: -1 } }), undefined);
  const enlarged = { ...result, timings: { ...timings, upscaleMs: 9 } };
  assert.deepEqual(parseChildMessage(deserialize(serialize(enlarged))), enlarged);
  const upscale = { factor: 4, folder: '/models/upscaler', providers: ['cuda', 'cpu'] };
  const generate = {
    kind: 'generate',
    id: 1,
    prompt: '',
    negativePrompt: '',
    width: 8,
    height: 8,
    steps: 1,
    guidanceScale: 1,
    seed: 0,
    init: { pixels: new Uint8Array(8 * 8 * 3), strength: 0.5 },
    upscale,
  };
  assert.deepEqual(parseParentMessage(deserialize(serialize(generate))), generate);
  assert.equal(parseParentMessage({ ...generate, upscale: { ...upscale, factor: 3 } }), undefined);
  const enlarge = { kind: 'enlarge', id: 2, width: 2, height: 1, pixels: new Uint8Array(6), upscale: { ...upscale, factor: 8 } };
  assert.deepEqual(parseParentMessage(deserialize(serialize(enlarge))), enlarge);
  assert.equal(parseParentMessage({ ...enlarge, width: 3 }), undefined);
  const larger = { kind: 'enlarged', id: 2, width: 2, height: 1, pixels: new Uint8Array(6), upscaleMs: 3, provider: 'cpu' };
  assert.deepEqual(parseChildMessage(deserialize(serialize(larger))), larger);
  assert.equal(parseChildMessage({ ...larger, height: 2 }), undefined);
});

test('a picture whose pixels do not fill its size is no result', () => {
  for (const wrong of [
    { pixels: new Uint8Array(5) },
    { width: 3 },
    { height: 0 },
    { pixels: [0, 0, 0, 0, 0, 0] },
    { seed: -1 },
    { timings: { ...timings, upscaleMs: -1 } },
    { notUpscaled: 5 },
    { extra: 1 },
  ])
    assert.equal(parseChildMessage({ ...result, ...wrong }), undefined, JSON.stringify(wrong));
});

test('nothing else is taken for a message', () => {
  for (const wrong of [
    undefined,
    null,
    'ready',
    5,
    {},
    { kind: 'result' },
    { kind: 'progress', id: 1, step: Number.NaN, steps: 4, tiles: 0 },
  ])
    assert.equal(parseChildMessage(wrong), undefined);
  fc.assert(
    fc.property(fc.anything(), (anything) => {
      assert.equal(parseChildMessage(anything), undefined);
      assert.equal(parseParentMessage(anything), undefined);
    }),
  );
});
