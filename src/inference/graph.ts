import type { FeedTensor, TensorInfo } from './tensor.ts';

/** An ONNX graph that can be run; `session.ts` has the one implementation. */
export interface Graph {
  /** The file as people know it: `unet/model.onnx`. */
  readonly label: string;
  readonly inputs: ReadonlyMap<string, TensorInfo>;
  readonly outputs: ReadonlyMap<string, TensorInfo>;
  /** One run. The answer may be a view of memory that the graph owns: copy what must outlive the next run. Throws InferenceError. */
  run(feeds: Readonly<Record<string, FeedTensor>>): Promise<ReadonlyMap<string, OutputTensor>>;
}

export type OutputTensor = { readonly dims: readonly number[]; readonly values: Float32Array | Float16Array };
