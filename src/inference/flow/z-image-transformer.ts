import { InferenceError } from '../errors.ts';
import type { Graph } from '../graph.ts';
import { createFloatFeed, createTimestepFeed, type FeedTensor, type TensorInfo } from '../tensor.ts';
import type { Caption } from './caption-encoder.ts';

const f = Math.fround;
/** Captions are filled up to a multiple of this many tokens: SEQ_MULTI_OF of transformer_z_image.py. */
const TOKENS_MULTIPLE_OF = 32;
const INPUTS = ['hidden_states', 'timestep', 'encoder_hidden_states'] as const;

/** What the graph says of itself. */
export type TransformerShape = {
  readonly channels: number;
  readonly height: number | undefined; // latents, where the graph makes one size only
  readonly width: number | undefined;
  readonly captionWidth: number | undefined;
  /**
   * Latents as [1, channels, 1, height, width], with a frame: the layout of the first published graphs, which also fill up captions
   * and pictures inside. Without it, captions are to be filled up with their last token, as that layout's own driver does; pictures
   * are not, which makes no difference where their patches of 16×16 pixels are a multiple of 32.
   */
  readonly hasFrame: boolean;
};

/** Throws `model_config` where the graph is none of the two known layouts. */
export function transformerShape(graph: Graph): TransformerShape {
  const given = [...graph.inputs.keys()];
  const [missing, unknown] = [INPUTS.find((name) => !given.includes(name)), given.find((name) => !INPUTS.some((known) => known === name))];
  if (missing !== undefined || unknown !== undefined)
    throw new InferenceError(
      'model_config',
      `${graph.label} has the inputs ${given.join(', ')}; the transformer of a Z-Image takes ${INPUTS.join(', ')}.`,
      { file: graph.label },
    );
  const { shape } = graph.inputs.get('hidden_states')!;
  const caption = graph.inputs.get('encoder_hidden_states')!.shape;
  const hasFrame = shape.length === 5;
  const channels = fixed(shape[1]);
  if ((shape.length !== 4 && !hasFrame) || channels === undefined || (fixed(shape[0]) ?? 1) !== 1)
    throw wrongShape(graph, 'hidden_states', shape, '[1, channels, height, width] or [1, channels, 1, height, width]');
  if (caption.length !== 3 || fixed(caption[1]) !== undefined)
    throw wrongShape(graph, 'encoder_hidden_states', caption, '[1, any number of tokens, width]');
  const { type } = graph.inputs.get('timestep')!;
  if (type.startsWith('int'))
    throw new InferenceError('model_config', `${graph.label} takes its timestep as ${type}; Z-Image's runs from 0 to 1 in fractions.`, {
      file: graph.label,
    });
  const [height, width] = shape.slice(-2).map(fixed);
  return { channels, height, width, captionWidth: fixed(caption[2]), hasFrame };
}

export type FlowDenoiser = {
  /** What the scheduler takes: noise − picture, [channels, height, width]; the same array at each call. Throws `nan`. */
  predict(latents: Float32Array, timestep: number): Promise<Float32Array>;
};

type DenoiseRequest = {
  readonly latentShape: readonly [channels: number, height: number, width: number];
  readonly caption: Caption;
  readonly negative: Caption | undefined; // undefined: one pass, no guidance
  readonly guidanceScale: number;
};

/**
 * One picture's runs of the transformer, as ZImagePipeline: told how far it is as (1000 − timestep) / 1000, guided by
 * `prompt + scale · (prompt − negative)`, answering with the negative of what the scheduler takes. A caption's run is one of its own,
 * so that captions need not be of one length. Feeds are made once and rewritten at each step.
 */
export function createFlowDenoiser(graph: Graph, { latentShape, caption, negative, guidanceScale }: DenoiseRequest): FlowDenoiser {
  const { hasFrame } = transformerShape(graph);
  const [channels, height, width] = latentShape;
  const size = channels * height * width;
  const latentsFeed = createFloatFeed(graph.inputs.get('hidden_states')!, [1, channels, ...(hasFrame ? [1] : []), height, width]);
  const timestepFeed = createTimestepFeed(graph.inputs.get('timestep')!, 1);
  const captionInput = graph.inputs.get('encoder_hidden_states')!;
  const captionFeeds = [caption, ...(negative ? [negative] : [])].map((text) => captionFeed(captionInput, text, hasFrame));
  const output = (graph.outputs.get('sample') ?? graph.outputs.get('unified_results') ?? [...graph.outputs.values()][0]!).name;
  const prediction = new Float32Array(size);
  const scale = f(guidanceScale);

  async function run(encoder_hidden_states: FeedTensor): Promise<Float32Array | Float16Array> {
    const answer = await graph.run({ hidden_states: latentsFeed.tensor, timestep: timestepFeed.tensor, encoder_hidden_states });
    const { values, dims } = answer.get(output)!;
    if (values.length === size) return values;
    throw new InferenceError('model_config', `${graph.label} answers with [${dims.join(', ')}] instead of ${size} values.`, {
      file: graph.label,
    });
  }

  return {
    async predict(latents, timestep) {
      latentsFeed.values.set(latents);
      timestepFeed.set(f(f(1000 - timestep) / 1000));
      let sum = 0;
      for (const [i, feed] of captionFeeds.entries()) {
        const values = await run(feed);
        for (let j = 0; j < size; j++) {
          // Negated as it is read: −(p + s · (p − n)) is (−p) + s · ((−p) − (−n)), to the last bit.
          const value = -values[j]!;
          const positive = prediction[j]!;
          prediction[j] = i === 0 ? value : positive + f(scale * f(positive - value));
          sum += value - value; // NaN for NaN and ±Infinity
        }
      }
      if (sum === 0) return prediction;
      throw new InferenceError(
        'nan',
        `${graph.label} answered with NaN or infinity at timestep ${timestep}; float16 weights that overflow are the usual cause: use the float32 export.`,
        { file: graph.label, timestep },
      );
    },
  };
}

function captionFeed(info: TensorInfo, { values, tokens, width }: Caption, fillsInside: boolean): FeedTensor {
  const filled = fillsInside ? tokens : Math.ceil(tokens / TOKENS_MULTIPLE_OF) * TOKENS_MULTIPLE_OF;
  const feed = createFloatFeed(info, [1, filled, width]);
  feed.values.set(values);
  const last = values.subarray(-width);
  for (let token = tokens; token < filled; token++) feed.values.set(last, token * width);
  return feed.tensor;
}

function fixed(dim: number | string | undefined): number | undefined {
  return typeof dim === 'number' && dim > 0 ? dim : undefined;
}

function wrongShape(graph: Graph, input: string, shape: readonly (number | string)[], wanted: string): InferenceError {
  return new InferenceError('model_config', `${graph.label} takes ${input} as [${shape.join(', ')}]; Z-Image's is ${wanted}.`, {
    file: graph.label,
    input,
  });
}
