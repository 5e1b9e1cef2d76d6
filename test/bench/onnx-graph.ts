import { Float, message, type Field } from './protobuf.ts';
import type { WeightSink } from './random-weights.ts';

/** Name of a tensor in the graph. */
export type Tensor = string & { readonly __brand?: 'Tensor' };
export type ElementType = 'float32' | 'int32' | 'int64';
/** Sizes that are fixed, or names for those that are not. */
export type Dims = readonly (number | string)[];
type Attribute = number | Float | readonly number[];

/** Numbers of onnx/onnx.proto3. */
const elementTypes = { float32: 1, int32: 6, int64: 7 } as const satisfies Record<ElementType, number>;
const attributeTypes = { float: 1, int: 2, ints: 7 } as const;
const EXTERNAL = 1;
const OPSET = 17;
const IR_VERSION = 8;

/** Puts an ONNX graph together, node by node. Weights are random and go to `weights`, outside of the graph's own file. */
export class OnnxGraph {
  readonly #weights: WeightSink;
  readonly #nodes: Field[] = [];
  readonly #initializers: Field[] = [];
  readonly #inputs: Field[] = [];
  readonly #outputs: Field[] = [];
  #names = 0;

  constructor(weights: WeightSink) {
    this.#weights = weights;
  }

  input(name: string, type: ElementType, dims: Dims): Tensor {
    this.#inputs.push([11, valueInfo(name, type, dims)]);
    return name;
  }

  /** Gives a tensor the name and the shape under which the graph answers with it. */
  output(tensor: Tensor, name: string, dims: Dims): void {
    this.#nodes.push([
      1,
      [
        [1, tensor],
        [2, name],
        [4, 'Identity'],
      ],
    ]);
    this.#outputs.push([12, valueInfo(name, 'float32', dims)]);
  }

  node(operator: string, inputs: readonly Tensor[], attributes: Readonly<Record<string, Attribute>> = {}): Tensor {
    const output = this.#name();
    const fields = Object.entries(attributes).map(([name, value]): Field => [5, attribute(name, value)]);
    this.#nodes.push([1, [...inputs.map((input): Field => [1, input]), [2, output], [3, output], [4, operator], ...fields]]);
    return output;
  }

  /** Random weights whose products with unit inputs are of unit size again. */
  weight(dims: readonly number[], fanIn: number): Tensor {
    const name = this.#name();
    const { location, offset, length } = this.#weights.random(
      dims.reduce((product, dim) => product * dim, 1),
      Math.sqrt(1 / fanIn),
    );
    const entry = (key: string, value: string): Field => [
      13,
      [
        [1, key],
        [2, value],
      ],
    ];
    const external = [
      entry('location', location),
      entry('offset', String(offset)),
      entry('length', String(length)),
      [14, EXTERNAL] as const,
    ];
    this.#initializers.push([5, [...dims.map((dim): Field => [1, dim]), [2, elementTypes.float32], [8, name], ...external]]);
    return name;
  }

  /** The same value everywhere: biases, and the scales of normalisations, as they are before training. */
  filled(count: number, value: number): Tensor {
    this.#weights.count(count);
    return this.constant(new Float32Array(count).fill(value), [count]);
  }

  constant(values: Float32Array | BigInt64Array, dims: readonly number[]): Tensor {
    const name = this.#name();
    const type = values instanceof Float32Array ? elementTypes.float32 : elementTypes.int64;
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    this.#initializers.push([5, [...dims.map((dim): Field => [1, dim]), [2, type], [8, name], [9, bytes]]]);
    return name;
  }

  scalar(value: number): Tensor {
    return this.constant(Float32Array.of(value), []);
  }

  ints(...values: readonly number[]): Tensor {
    return this.constant(BigInt64Array.from(values, BigInt), [values.length]);
  }

  /** ModelProto. */
  bytes(): Uint8Array {
    const graph: Field[] = [...this.#nodes, [2, 'graph'], ...this.#initializers, ...this.#inputs, ...this.#outputs];
    return message([
      [1, IR_VERSION],
      [2, 'blitzbild bench'],
      [7, graph],
      [
        8,
        [
          [1, ''],
          [2, OPSET],
        ],
      ],
    ]);
  }

  #name(): Tensor {
    return `t${(this.#names += 1)}`;
  }
}

function attribute(name: string, value: Attribute): readonly Field[] {
  if (value instanceof Float)
    return [
      [1, name],
      [2, value],
      [20, attributeTypes.float],
    ];
  if (typeof value === 'number')
    return [
      [1, name],
      [3, value],
      [20, attributeTypes.int],
    ];
  return [[1, name], ...value.map((one): Field => [8, one]), [20, attributeTypes.ints]];
}

const valueInfo = (name: string, type: ElementType, dims: Dims): readonly Field[] => {
  const shape = dims.map((dim): Field => [1, [typeof dim === 'number' ? [1, dim] : [2, dim]]]);
  return [
    [1, name],
    [
      2,
      [
        [
          1,
          [
            [1, elementTypes[type]],
            [2, shape],
          ],
        ],
      ],
    ],
  ];
};
