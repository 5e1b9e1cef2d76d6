import { InferenceError } from './errors.ts';
import type { Graph } from './graph.ts';
import { createFloatFeed, type FloatFeed, type TensorInfo } from './tensor.ts';
import { LEAST_OVERLAP_PX, type GraphFactor, type TileRules } from './upscaler-folder.ts';

/** A graph that enlarges: which of its ends is which, and which tiles it takes. */
export type UpscalerGraph = {
  readonly graph: Graph;
  readonly input: TensorInfo;
  readonly output: string;
  /** Rules for rows and columns of tiles: those of the folder, or the graph's own where its input has a fixed size. */
  readonly rows: TileRules;
  readonly columns: TileRules;
};

/**
 * Reads from the graph what it is: an input [1, 3, height, width] and an output like it, whatever their names are; sides may be free
 * or fixed. Throws `model_config` with what it found.
 */
export function describeUpscalerGraph(graph: Graph, tile: TileRules): UpscalerGraph {
  const input = pick(graph.inputs, 'image');
  const output = pick(graph.outputs, 'upscaled');
  if (!input || !output || (graph.inputs.size > 1 && !graph.inputs.has('image')))
    throw wrong(graph, `must have one input [1, 3, height, width] and an output like it; it has ${shown(graph.inputs)}`);
  const [batch, , height, width] = input.shape;
  if (isFixed(batch) && batch !== 1) throw wrong(graph, `was exported for ${batch} pictures at a time; it must take 1`);
  return { graph, input, output: output.name, rows: rulesFor(graph, height, tile), columns: rulesFor(graph, width, tile) };
}

/** The one of our own name, or the first that can be a picture. */
function pick(ends: ReadonlyMap<string, TensorInfo>, name: string): TensorInfo | undefined {
  const isPicture = ({ shape }: TensorInfo): boolean => shape.length === 4 && (shape[1] === 3 || !isFixed(shape[1]));
  return [ends.get(name), ...ends.values()].find((end) => end !== undefined && isPicture(end));
}

function rulesFor(graph: Graph, side: number | string | undefined, tile: TileRules): TileRules {
  if (!isFixed(side)) return tile;
  const overlapPx = Math.min(tile.overlapPx, Math.floor(side / 2));
  if (overlapPx < LEAST_OVERLAP_PX)
    throw wrong(graph, `takes pictures of ${side} pixels a side; with less than ${2 * LEAST_OVERLAP_PX} tiles would show`);
  return { sizePx: side, overlapPx, multipleOfPx: side };
}

/** Free sides have a name, an empty one, or −1. */
const isFixed = (dim: number | string | undefined): dim is number => typeof dim === 'number' && dim > 0;

const shown = (ends: ReadonlyMap<string, TensorInfo>): string =>
  [...ends.values()].map(({ name, shape }) => `${name} [${shape.map((dim) => (dim === '' ? '?' : dim)).join(', ')}]`).join(' and ');

const wrong = (graph: Graph, what: string): InferenceError =>
  new InferenceError('model_config', `${graph.label} ${what}.`, { file: graph.label });

/** For tiles of [1, 3, heightPx, widthPx]. */
export const createTileFeed = ({ input }: UpscalerGraph, heightPx: number, widthPx: number): FloatFeed =>
  createFloatFeed(input, [1, 3, heightPx, widthPx]);

/** One run: [3, factor · height, factor · width] in about 0 … 1. Throws `model_config` for another size. */
export async function enlargeTile(
  { graph, input, output }: UpscalerGraph,
  { tensor }: FloatFeed,
  factor: GraphFactor,
): Promise<Float32Array | Float16Array> {
  const [, , height = 0, width = 0] = tensor.dims;
  const { dims, values } = (await graph.run({ [input.name]: tensor })).get(output)!;
  const wanted = [1, 3, height * factor, width * factor];
  if (dims.length === 4 && dims.every((dim, i) => dim === wanted[i])) return values;
  throw wrong(graph, `made [${dims.join(', ')}] instead of [${wanted.join(', ')}]`);
}
