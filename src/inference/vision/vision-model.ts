import { join } from 'node:path';
import { InferenceError } from '../errors.ts';
import type { Graph, OutputTensor } from '../graph.ts';
import { checkGraph } from '../model-folder.ts';
import { OnnxSession } from '../session.ts';
import { checkFinite, type TensorInfo } from '../tensor.ts';
import { createPictureFeed, pictureDims, type PictureNumbers } from './picture-feed.ts';

/** A network that looks at one picture and answers with a row of numbers. */
export type VisionSpec = {
  /** Absolute. */
  readonly folder: string;
  /** Of the graph, below the folder. */
  readonly file: string;
  readonly input: PictureNumbers;
  /** Name of the graph's output; the first that can be a row of numbers where it is left out. */
  readonly output?: string | undefined;
  /** How many numbers there must be. */
  readonly length: number;
  /** What becomes of them: `unit` divides by the L2 norm. */
  readonly finish: 'unit' | 'softmax' | 'sigmoid' | 'none';
};

export class VisionModel {
  readonly #graph: Graph & { release(): Promise<void> };
  readonly #spec: VisionSpec;
  readonly #input: TensorInfo;
  readonly #output: string;

  /** Throws InferenceError, `model_*` where the folder is not what it says. */
  static async open(spec: VisionSpec, threads: number): Promise<VisionModel> {
    checkGraph(spec.folder, spec.file, 'cpu');
    const session = await OnnxSession.open(join(spec.folder, spec.file), { provider: 'cpu', intraOpThreads: threads });
    try {
      const model = new VisionModel(session, spec);
      // Shapes that a graph leaves open are seen by a run alone, and so is NaN.
      await model.run(new Uint8Array(spec.input.widthPx * spec.input.heightPx * 3).fill(128));
      return model;
    } catch (error) {
      await session.release();
      throw error;
    }
  }

  private constructor(graph: Graph & { release(): Promise<void> }, spec: VisionSpec) {
    this.#graph = graph;
    this.#spec = spec;
    this.#input = inputOf(graph, spec.input);
    this.#output = outputOf(graph, spec.output);
  }

  /**
   * @param pixels RGB, [heightPx, widthPx, 3] of the model's own size
   * @returns [length]
   * @throws InferenceError `request_invalid`, `model_config`, `nan`, `run_failed`, `out_of_memory`
   */
  async run(pixels: Uint8Array): Promise<Float32Array> {
    const { input, length, finish } = this.#spec;
    if (pixels.length !== input.widthPx * input.heightPx * 3)
      throw new InferenceError('request_invalid', `${pixels.length} bytes are no RGB picture of ${input.widthPx}×${input.heightPx}.`);
    const { tensor } = createPictureFeed(this.#input, pixels, input);
    const answer = await this.#graph.run({ [this.#input.name]: tensor });
    const values = rowOf(answer.get(this.#output)!, this.#graph.label, length);
    checkFinite(values, this.#graph.label, 'for a picture');
    return finishers[finish](values, this.#graph.label);
  }

  async release(): Promise<void> {
    await this.#graph.release();
  }
}

const isFixed = (dim: number | string | undefined): dim is number => typeof dim === 'number' && dim > 0;

function inputOf(graph: Graph, numbers: PictureNumbers): TensorInfo {
  const [input, ...others] = graph.inputs.values();
  const wanted = pictureDims(numbers);
  const fits = input?.shape.length === 4 && input.shape.every((dim, index) => !isFixed(dim) || dim === wanted[index]);
  if (input !== undefined && others.length === 0 && fits) return input;
  throw wrong(graph.label, `must have one input that takes [${wanted.join(', ')}]; it has ${shown(graph.inputs)}`);
}

function outputOf(graph: Graph, name: string | undefined): string {
  if (name !== undefined) {
    if (graph.outputs.has(name)) return name;
    throw wrong(graph.label, `has no output ${name}; it has ${shown(graph.outputs)}`);
  }
  const outputs = [...graph.outputs.values()];
  const first = outputs.find(({ shape }) => shape.length === 2) ?? outputs.find(({ shape }) => shape.length === 3 || shape.length === 4);
  if (first !== undefined) return first.name;
  throw wrong(graph.label, `has no output that is a row of numbers; it has ${shown(graph.outputs)}`);
}

/** [1, n] or [1, n, 1, 1] as they are; of [1, tokens, n] the first token, which stands for the whole picture. */
function rowOf({ dims, values }: OutputTensor, label: string, length: number): Float32Array {
  const [batch, second, third] = dims;
  const isRow = dims.length === 2 || (dims.length === 4 && third === 1 && dims[3] === 1);
  const count = isRow ? second : dims.length === 3 ? third : undefined;
  if (batch === 1 && count === length) return Float32Array.from(values.subarray(0, length));
  throw wrong(label, `answers with [${dims.join(', ')}] where [1, ${length}] is wanted`);
}

const finishers: Readonly<Record<VisionSpec['finish'], (values: Float32Array, label: string) => Float32Array>> = {
  unit(values, label) {
    const norm = Math.hypot(...values);
    if (norm < 1e-6) throw wrong(label, 'answers with nothing but zeros, which has no direction');
    return values.map((value) => value / norm);
  },
  softmax(values) {
    const highest = Math.max(...values);
    const powers = values.map((value) => Math.exp(value - highest));
    const sum = powers.reduce((total, value) => total + value, 0);
    return powers.map((value) => value / sum);
  },
  sigmoid: (values) => values.map((value) => 1 / (1 + Math.exp(-value))),
  none(values, label) {
    if (values.some((value) => value < 0 || value > 1))
      throw wrong(label, 'answers with numbers that are no probabilities; set activation');
    return values;
  },
};

const shown = (ends: ReadonlyMap<string, TensorInfo>): string =>
  [...ends.values()].map(({ name, shape }) => `${name} [${shape.map((dim) => (dim === '' ? '?' : dim)).join(', ')}]`).join(' and ');

const wrong = (label: string, what: string): InferenceError => new InferenceError('model_config', `${label} ${what}.`, { file: label });
