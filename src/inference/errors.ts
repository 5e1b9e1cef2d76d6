/** Every way the pipeline can fail, as codes for whoever speaks to people. `message` is one sentence for a log or an operator. */
export type InferenceErrorCode =
  | 'model_missing' // a folder or file that is not there
  | 'model_truncated' // a file that ends early, is empty, or is a web page or pointer in a model's place
  | 'model_format' // weights, but not as ONNX
  | 'model_family' // a pipeline we have no code for
  | 'model_external_data' // weights outside the model folder, or behind a link
  | 'model_gpu_fused' // operators that only a GPU provider has
  | 'model_custom_ops' // operators of a library we never load
  | 'model_config' // a setting that is missing, malformed or not supported
  | 'provider_unavailable'
  | 'size_unsupported'
  | 'steps_unsupported'
  | 'scheduler_unsupported'
  | 'request_invalid'
  | 'nan' // the graph answered with NaN or infinity
  | 'out_of_memory'
  | 'run_failed' // onnxruntime refused, in words we do not know
  | 'cancelled';

export type InferenceErrorDetail = Readonly<Record<string, string | number>>;

export class InferenceError extends Error {
  override readonly name = 'InferenceError';
  readonly code: InferenceErrorCode;
  readonly detail: Record<string, string | number>;

  constructor(code: InferenceErrorCode, message: string, detail: InferenceErrorDetail = {}, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.detail = { ...detail };
  }
}
