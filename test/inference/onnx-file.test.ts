import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import fc from 'fast-check';
import { InferenceError } from '../../src/inference/errors.ts';
import { summariseOnnxFile, type OnnxFileSummary } from '../../src/inference/onnx-file.ts';
import { copyModel, onnxBytes } from './model-copies.ts';

const folder = copyModel();
const path = join(folder, 'unet/model.onnx');
const whole = readFileSync(path);

function summarise(bytes: Uint8Array): OnnxFileSummary {
  const copy = join(folder, 'changed.onnx');
  writeFileSync(copy, bytes);
  return summariseOnnxFile(copy, 'changed.onnx');
}

test('a graph tells its operators and its external weights', () => {
  const { sizeBytes, operators, externalFiles } = summariseOnnxFile(path, 'unet/model.onnx');
  assert.equal(sizeBytes, whole.length);
  for (const operator of ['Conv', 'MatMul', 'Concat', 'InstanceNormalization']) assert.ok(operators.has(operator), operator);
  assert.deepEqual([...externalFiles.keys()], ['model.onnx_data']);
  assert.equal(externalFiles.get('model.onnx_data'), readFileSync(`${path}_data`).length);
});

test('operators of other domains carry their domain', () => {
  assert.deepEqual([...summarise(onnxBytes({ operator: 'NhwcConv', domain: 'com.microsoft' })).operators], ['com.microsoft.NhwcConv']);
});

test('a graph that is cut anywhere is recognised', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: whole.length - 1 }), (length) => {
      assert.throws(() => summarise(whole.subarray(0, length)), { name: 'InferenceError', code: 'model_truncated' });
    }),
    { numRuns: 200 },
  );
});

test('damaged bytes never do more than fail in words', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 20 }), (changes) => {
      const damaged = Buffer.from(whole);
      for (const [at, byte] of changes) damaged[at] = byte;
      try {
        summarise(damaged);
      } catch (error) {
        assert.ok(error instanceof InferenceError && error.code === 'model_truncated', String(error));
      }
    }),
    { numRuns: 200 },
  );
});

test('messages nested without end are refused', () => {
  const attributeWithGraph = (inner: Buffer): Buffer => {
    const wrap = (field: number, body: Buffer): Buffer =>
      Buffer.concat([Buffer.from([field * 8 + 2, 0xff & ((body.length % 128) | 128), Math.floor(body.length / 128) % 128]), body]);
    return wrap(1, wrap(5, wrap(6, inner)));
  };
  let nested: Buffer = Buffer.alloc(0);
  for (let level = 0; level < 1000; level++) nested = attributeWithGraph(nested);
  const length = Buffer.from([0x3a, (nested.length % 128) | 128, Math.floor(nested.length / 128) % 128]);
  assert.throws(() => summarise(Buffer.concat([length, nested])), { code: 'model_truncated' });
});
