import { InferenceError, type InferenceErrorCode } from './errors.ts';

/** `provider` is known while a graph is loaded, and left out while it runs. */
type Context = { readonly file: string; readonly provider?: string };

/** What onnxruntime 1.30 writes (plain `Error`, no code), and what it means. First match wins. */
const MEANINGS: readonly {
  readonly pattern: RegExp;
  readonly code: InferenceErrorCode;
  readonly sentence: (context: Context) => string;
}[] = [
  {
    pattern:
      /Failed to get a WebGPU adapter|Failed to load shared library|Failed to load library|backend not found|libcud|CUDA failure|cudaGetDevice|CUDA driver|no CUDA-capable/i,
    code: 'provider_unavailable',
    sentence: ({ provider = 'GPU' }) => `The provider ${provider} cannot start here: its driver or libraries are missing.`,
  },
  {
    pattern: /Protobuf parsing failed|does not have a graph|INVALID_PROTOBUF/i,
    code: 'model_truncated',
    sentence: ({ file }) => `${file} is not a whole ONNX file; download it again.`,
  },
  {
    pattern: /External data path/i,
    code: 'model_external_data',
    sentence: ({ file }) => `${file} names weights outside of its own folder; they are not loaded.`,
  },
  {
    pattern: /are out of bounds|cannot be read in full|file_size/i,
    code: 'model_truncated',
    sentence: ({ file }) => `The weights beside ${file} end early; download them again.`,
  },
  {
    pattern: /File doesn't exist|No such file|cannot get file size/i,
    code: 'model_missing',
    sentence: ({ file }) => `${file} or the weights beside it are missing; download the model again.`,
  },
  {
    pattern:
      /(GroupNorm|NhwcConv|BiasSplitGelu|BiasAdd)\b.*(not a registered|Could not find an implementation)|Could not find an implementation for.*(GroupNorm|NhwcConv|BiasSplitGelu|BiasAdd)/is,
    code: 'model_gpu_fused',
    sentence: ({ file }) => `${file} was optimised for a GPU and has operators that this provider lacks; take the plain ONNX export.`,
  },
  {
    pattern: /is not a registered function\/op|No Op registered|Could not find an implementation|Fatal error:.*is not a registered/i,
    code: 'model_custom_ops',
    sentence: ({ file }) => `${file} has operators that onnxruntime does not know; take the plain ONNX export.`,
  },
  {
    pattern: /bad_alloc|Failed to allocate|out of memory|\bOOM\b/i,
    code: 'out_of_memory',
    sentence: ({ file }) => `There was not enough memory to run ${file}; ask for a smaller picture or a smaller model.`,
  },
  {
    pattern: /idx=.*must be within|indices element out of data bounds/i,
    code: 'model_config',
    sentence: ({ file }) => `The tokenizer makes tokens that ${file} does not know: they are not of one model.`,
  },
  {
    pattern: /Unexpected input data type/i,
    code: 'model_config',
    sentence: ({ file }) => `${file} wants another number type than it says.`,
  },
  {
    pattern: /INVALID_GRAPH|This is an invalid model|Unsupported model IR version|Current official support|Missing opset/i,
    code: 'model_config',
    sentence: ({ file }) => `${file} is not a graph that this onnxruntime can load; export it again, with opset 17.`,
  },
  {
    pattern:
      /Invalid rank for input|Got invalid dimensions|mismatched dimensions|Attempting to broadcast|must match|cannot be reshaped|Incompatible dimensions/i,
    code: 'size_unsupported',
    sentence: ({ file }) => `${file} cannot make a picture of this size; sides that are multiples of 64 always fit a model of free size.`,
  },
];

/** One clear sentence for an error of onnxruntime; its own words stay in `detail.cause` and in `cause`. */
export function explainOnnxError(error: unknown, context: Context): InferenceError {
  if (error instanceof InferenceError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const isLoading = context.provider !== undefined;
  const meaning = MEANINGS.find(({ pattern, code }) => pattern.test(text) && !(isLoading && code === 'size_unsupported'));
  const detail = { ...context, cause: text.slice(0, 500) };
  if (!meaning)
    return new InferenceError('run_failed', `onnxruntime failed at ${context.file}: ${text.slice(0, 300)}`, detail, { cause: error });
  return new InferenceError(meaning.code, meaning.sentence(context), detail, { cause: error });
}
