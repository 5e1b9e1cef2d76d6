import { InferenceError } from './errors.ts';
import type { Graph } from './graph.ts';
import type { Chunk } from './prompt-chunks.ts';
import { checkFinite, createIntegerFeed, type FeedTensor, type TensorInfo } from './tensor.ts';
import type { PromptTokenizer } from './tokenizer.ts';

export type Floats = Float32Array | Float16Array;

/** What one encoder makes of one chunk, in the number type its graph answers with. */
export type EncodedChunk = {
  readonly hidden: Floats; // [maxTokens, width]
  readonly width: number;
  readonly pooled: Floats | undefined; // [pooledWidth]
};

export type TextEncoder = { encode(chunk: Chunk): Promise<EncodedChunk> };

type Wanted = {
  /** `penultimate`: what the last layer but one says, as SDXL's UNet was trained with. */
  readonly state: 'last' | 'penultimate';
  readonly pooled: boolean;
  readonly layers: number | undefined; // num_hidden_layers of the encoder's config.json
};

/**
 * One CLIP text encoder. Outputs are found by the names that Optimum writes: last_hidden_state, hidden_states.0 (the embedding) to
 * hidden_states.n (the last layer), text_embeds (pooled). Throws `model_config`; `encode` also throws `nan`.
 */
export function createTextEncoder(graph: Graph, tokenizer: PromptTokenizer, wanted: Wanted): TextEncoder {
  const idsInput = graph.inputs.get('input_ids');
  if (!idsInput) throw new InferenceError('model_config', `${graph.label} has no input input_ids.`, { file: graph.label });
  const maskInput = graph.inputs.get('attention_mask');
  const hiddenOutput = wanted.state === 'last' ? lastState(graph) : penultimateState(graph, wanted.layers);
  const pooledOutput = wanted.pooled ? graph.outputs.get('text_embeds') : undefined;
  if (wanted.pooled && !pooledOutput)
    throw new InferenceError(
      'model_config',
      `${graph.label} has no output text_embeds, which the second text encoder of an SDXL model has; export it again as a CLIPTextModelWithProjection.`,
      { file: graph.label, output: 'text_embeds' },
    );
  const { maxTokens, startId, endId, padId } = tokenizer;

  return {
    async encode({ ids, weights }) {
      const batch = typeof idsInput.shape[0] === 'number' ? idsInput.shape[0] : 1;
      const dims = [batch, maxTokens];
      const row = [startId, ...ids, endId, ...Array.from({ length: maxTokens - 2 - ids.length }, () => padId)];
      const rows = (values: readonly number[]): number[] => Array.from({ length: batch }, () => values).flat();
      const feeds: Record<string, FeedTensor> = { input_ids: createIntegerFeed(idsInput, dims, rows(row)) };
      // Diffusers gives CLIP no mask: what stands for padding is part of what UNets were trained with.
      if (maskInput) feeds['attention_mask'] = createIntegerFeed(maskInput, dims, rows(row.map(() => 1)));
      const answers = await graph.run(feeds);
      const hidden = answers.get(hiddenOutput.name)!;
      checkFinite(hidden.values, graph.label, 'for this prompt');
      const pooled = pooledOutput && answers.get(pooledOutput.name)!;
      if (pooled) checkFinite(pooled.values, graph.label, 'for this prompt');
      const width = hidden.dims[2]!;
      return {
        hidden: weigh(hidden.values.slice(0, maxTokens * width), width, weights),
        width,
        pooled: pooled?.values.slice(0, pooled.values.length / batch),
      };
    },
  };
}

function lastState(graph: Graph): TensorInfo {
  const output = graph.outputs.get('last_hidden_state') ?? [...graph.outputs.values()].find(({ shape }) => shape.length === 3);
  if (!output) throw new InferenceError('model_config', `${graph.label} has no output of hidden states.`, { file: graph.label });
  return output;
}

/** hidden_states[-2] of transformers: number n − 1 of n layers, which counts the embedding as number 0. */
function penultimateState(graph: Graph, layers: number | undefined): TensorInfo {
  const numbers = [...graph.outputs.keys()].flatMap((name) => /^hidden_states\.(\d+)$/.exec(name)?.[1] ?? []).map(Number);
  // Exports cut down to what is needed have that one alone.
  const number = numbers.length === 1 ? numbers[0]! : layers === undefined ? Math.max(...numbers) - 1 : layers - 1;
  const output = graph.outputs.get(`hidden_states.${number}`);
  if (!output)
    throw new InferenceError(
      'model_config',
      `${graph.label} gives only ${[...graph.outputs.keys()].join(', ')}; an SDXL model needs its hidden states: export it again with output_hidden_states.`,
      { file: graph.label },
    );
  return output;
}

/** Where weights nearly cancel each other out, restoring the mean would blow everything up instead. */
const MOST_RESTORED = 10;
const MAX_FLOAT16 = 65504;

/**
 * Multiplies each token by its weight (start, end and padding by 1), then everything by one factor, so that the mean stays what it was:
 * the rule of the AUTOMATIC1111 web UI. Without weights nothing is touched. `hidden`: [tokens, width], changed in place.
 */
function weigh(hidden: Floats, width: number, weights: readonly number[]): Floats {
  if (weights.every((weight) => weight === 1)) return hidden;
  const meanBefore = sum(hidden);
  for (const [token, weight] of weights.entries()) {
    const start = (token + 1) * width; // behind the start token
    for (let i = start; i < start + width; i++) hidden[i] = hidden[i]! * weight;
  }
  const factor = meanBefore / sum(hidden);
  if (!(factor >= 1 / MOST_RESTORED && factor <= MOST_RESTORED)) return hidden;
  const limit = hidden instanceof Float32Array ? Infinity : MAX_FLOAT16;
  for (let i = 0; i < hidden.length; i++) hidden[i] = Math.min(Math.max(hidden[i]! * factor, -limit), limit);
  return hidden;
}

function sum(values: Floats): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i]!;
  return total;
}
