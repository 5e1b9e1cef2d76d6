import assert from 'node:assert/strict';
import test from 'node:test';
import type { InferenceErrorCode } from '../../src/inference/errors.ts';
import { explainOnnxError } from '../../src/inference/onnx-error.ts';

/** What onnxruntime 1.30 really wrote, shortened. */
const WRITTEN: readonly (readonly [text: string, code: InferenceErrorCode, sentence: RegExp])[] = [
  [
    'Load model from a/unet/model.onnx failed:Protobuf parsing failed.',
    'model_truncated',
    /unet\/model\.onnx is not a whole ONNX file; download it again/,
  ],
  ["Load model from x failed:Load model x failed. File doesn't exist", 'model_missing', /or the weights beside it are missing/],
  ['Load model from x failed: ModelProto does not have a graph.', 'model_truncated', /is not a whole ONNX file/],
  [
    'External data path validation failed for initializer: w. External data path: ../w escapes model directory',
    'model_external_data',
    /outside of its own folder; they are not loaded/,
  ],
  [
    'External initializer: w offset: 0 size to read: 9 given file_length: 3 are out of bounds or can not be read in full.',
    'model_truncated',
    /weights beside unet\/model\.onnx end early/,
  ],
  [
    'Invalid rank for input: timestep Got: 1 Expected: 0 Please fix either the inputs/outputs or the model.',
    'size_unsupported',
    /cannot make a picture of this size/,
  ],
  [
    'Got invalid dimensions for input: sample for the following indices\n index: 2 Got: 8 Expected: 64',
    'size_unsupported',
    /cannot make a picture of this size/,
  ],
  [
    'Non-zero status code returned while running Concat node. Concat: mismatched dimensions of 10 and 9',
    'size_unsupported',
    /multiples of 64 always fit/,
  ],
  ['Unexpected input data type. Actual: (tensor(float)) , expected: (tensor(float16))', 'model_config', /wants another number type/],
  [
    'indices element out of data bounds, idx=49407 must be within the inclusive range [-100,99]',
    'model_config',
    /tokens that unet\/model\.onnx does not know/,
  ],
  ['Fatal error: com.microsoft:GroupNorm(-1) is not a registered function/op', 'model_gpu_fused', /optimised for a GPU/],
  [
    'Failed to find kernel. NOT_IMPLEMENTED : Could not find an implementation for NhwcConv(1) node',
    'model_gpu_fused',
    /optimised for a GPU/,
  ],
  ['Fatal error: com.example:Evil(-1) is not a registered function/op', 'model_custom_ops', /operators that onnxruntime does not know/],
  [
    'Failed to get a WebGPU adapter: No supported adapters',
    'provider_unavailable',
    /^The provider webgpu cannot start here: its driver or libraries are missing\.$/,
  ],
  ['OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library', 'provider_unavailable', /cannot start here/],
  ['std::bad_alloc', 'out_of_memory', /not enough memory/],
  [
    'BFCArena::AllocateRawInternal Failed to allocate memory for requested buffer of size 4294967296',
    'out_of_memory',
    /ask for a smaller picture/,
  ],
  [
    '[ONNXRuntimeError] : 10 : INVALID_GRAPH : This is an invalid model. Type Error: Type does not match',
    'model_config',
    /export it again, with opset 17/,
  ],
  // The texts hold paths: a folder's name must not be taken for the cause.
  ['Load model from /srv/chatroom/outside/zoom/model.onnx failed: something new', 'run_failed', /something new$/],
  ['something new', 'run_failed', /^onnxruntime failed at unet\/model\.onnx: something new$/],
];

for (const [text, code, sentence] of WRITTEN) {
  test(`«${text.slice(0, 60)}» means ${code}`, () => {
    const cause = new Error(text);
    const explained = explainOnnxError(cause, { file: 'unet/model.onnx', ...(code === 'size_unsupported' ? {} : { provider: 'webgpu' }) });
    assert.equal(explained.code, code);
    assert.match(explained.message, sentence);
    assert.equal(explained.cause, cause);
    assert.equal(explained.detail['file'], 'unet/model.onnx');
  });
}

test('a graph that will not load is never blamed on the size of a picture', () => {
  const text = 'Node (Concat) dimensions must match';
  assert.equal(explainOnnxError(new Error(text), { file: 'unet/model.onnx', provider: 'cpu' }).code, 'run_failed');
  assert.equal(explainOnnxError(new Error(text), { file: 'unet/model.onnx' }).code, 'size_unsupported');
});
