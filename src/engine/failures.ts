/** The inference's failures in the words of the core. */
import type { ErrorCode } from '#core/errors.ts';
import { AppError } from '#core/errors.ts';
import type { Failed } from '#src/engine/protocol.ts';
import type { InferenceErrorCode } from '#src/inference/errors.ts';

const codeOf = {
  model_missing: 'model_missing',
  model_truncated: 'model_broken',
  model_format: 'model_unsupported',
  model_family: 'model_unsupported',
  model_external_data: 'model_broken',
  model_gpu_fused: 'model_unsupported',
  model_custom_ops: 'model_unsupported',
  model_config: 'model_broken',
  provider_unavailable: 'provider_unavailable',
  size_unsupported: 'size_unsupported',
  steps_unsupported: 'internal',
  scheduler_unsupported: 'model_unsupported',
  request_invalid: 'internal',
  nan: 'not_a_number',
  out_of_memory: 'out_of_memory',
  run_failed: 'internal',
  cancelled: 'cancelled',
} satisfies Record<InferenceErrorCode, ErrorCode>;

const isInferenceCode = (code: string): code is InferenceErrorCode => Object.hasOwn(codeOf, code);

/** Failures of the folder itself: no other provider can help. */
const brokenFolder: ReadonlySet<string> = new Set<InferenceErrorCode>([
  'model_missing',
  'model_truncated',
  'model_format',
  'model_family',
  'model_external_data',
  'model_custom_ops',
  'model_config',
  'scheduler_unsupported',
]);

/** A call that the child answered with `failed`. */
export class CallFailed extends Error {
  readonly code: string;
  readonly detail: Failed['detail'];

  constructor({ code, message, detail }: Failed) {
    super(message);
    this.name = 'CallFailed';
    this.code = code;
    this.detail = detail;
  }

  get isBrokenFolder(): boolean {
    return brokenFolder.has(this.code);
  }

  toAppError(model: string): AppError {
    const code = isInferenceCode(this.code) ? codeOf[this.code] : 'internal';
    return new AppError(code, { model, ...this.detail, detail: this.message }, { cause: this });
  }
}

/** The child ended, or broke the protocol and was ended, before it answered. */
export class ChildCrashed extends Error {
  override readonly name = 'ChildCrashed';

  toAppError(model: string): AppError {
    return new AppError('engine_crashed', { model, reason: this.message }, { cause: this });
  }
}
