import { InferenceError } from './errors.ts';

export type TensorType = 'float32' | 'float16' | 'float64' | 'int32' | 'int64' | 'bool' | 'other';

/** A graph's input or output: `shape` has numbers where the graph is fixed and names where it is free. */
export type TensorInfo = { readonly name: string; readonly type: TensorType; readonly shape: readonly (number | string)[] };

/** What a session is fed: made once per picture, its `data` rewritten between runs. float16 travels as its bits. */
export type FeedTensor = {
  readonly type: TensorType;
  readonly dims: readonly number[];
  readonly data: Float32Array | Float64Array | Uint16Array | Int32Array | BigInt64Array;
  readonly location: 'cpu';
};

/** A feed, and the same memory as numbers that can be written. */
export type FloatFeed = { readonly tensor: FeedTensor; readonly values: Float32Array | Float16Array };

function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/** A float input of the type the graph wants. */
export function createFloatFeed(info: TensorInfo, dims: readonly number[]): FloatFeed {
  if (info.type === 'float32') {
    const values = new Float32Array(elementCount(dims));
    return { tensor: { type: 'float32', dims, data: values, location: 'cpu' }, values };
  }
  if (info.type === 'float16') {
    const values = new Float16Array(elementCount(dims));
    return { tensor: { type: 'float16', dims, data: new Uint16Array(values.buffer), location: 'cpu' }, values };
  }
  throw new InferenceError('model_config', `The graph's input ${info.name} is ${info.type}; float32 and float16 are supported.`, {
    input: info.name,
    type: info.type,
  });
}

/** Whole numbers (token ids, attention mask) in the type the graph wants. */
export function createIntegerFeed(info: TensorInfo, dims: readonly number[], values: readonly number[]): FeedTensor {
  if (info.type === 'int64') return { type: 'int64', dims, data: BigInt64Array.from(values, BigInt), location: 'cpu' };
  if (info.type === 'int32') return { type: 'int32', dims, data: Int32Array.from(values), location: 'cpu' };
  throw new InferenceError('model_config', `The graph's input ${info.name} is ${info.type}; int32 and int64 are supported.`, {
    input: info.name,
    type: info.type,
  });
}

/** The timestep, as the graph wants it: any number type, alone or once per picture of the batch. Fractions are cut off for whole-number inputs. */
export function createTimestepFeed(info: TensorInfo, batch: number): { readonly tensor: FeedTensor; set(timestep: number): void } {
  const dims = info.shape.length === 0 ? [] : [typeof info.shape[0] === 'number' ? info.shape[0] : batch];
  const count = elementCount(dims);
  const make = (data: FeedTensor['data']): FeedTensor => ({ type: info.type, dims, data, location: 'cpu' });
  switch (info.type) {
    case 'float16': {
      const values = new Float16Array(count);
      return { tensor: make(new Uint16Array(values.buffer)), set: (timestep) => void values.fill(timestep) };
    }
    case 'int64': {
      const values = new BigInt64Array(count);
      return { tensor: make(values), set: (timestep) => void values.fill(BigInt(Math.trunc(timestep))) };
    }
    case 'float32':
    case 'float64':
    case 'int32': {
      const values =
        info.type === 'int32' ? new Int32Array(count) : info.type === 'float64' ? new Float64Array(count) : new Float32Array(count);
      return { tensor: make(values), set: (timestep) => void values.fill(timestep) };
    }
    default:
      throw new InferenceError('model_config', `The graph's input ${info.name} is ${info.type}; a number is needed.`, {
        input: info.name,
        type: info.type,
      });
  }
}

/** Throws `nan` if a value is NaN or infinite: a picture made of it would be black, and nobody would know why. */
export function checkFinite(values: Float32Array | Float16Array, file: string, where: string): void {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! - values[i]!; // NaN for NaN and ±Infinity
  if (!Number.isNaN(sum)) return;
  throw new InferenceError(
    'nan',
    `${file} answered with NaN or infinity ${where}; float16 weights that overflow are the usual cause: use the float32 export.`,
    { file, where },
  );
}
