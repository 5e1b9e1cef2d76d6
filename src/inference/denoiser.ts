import { InferenceError } from './errors.ts';
import type { Graph } from './graph.ts';
import type { PromptEmbedding } from './prompt-encoder.ts';
import { addedConditions } from './added-conditions.ts';
import { createFloatFeed, createTimestepFeed, type FeedTensor, type TensorInfo } from './tensor.ts';

const f = Math.fround;

export type DenoiseRequest = {
  readonly latentShape: readonly [channels: number, height: number, width: number];
  readonly prompt: PromptEmbedding;
  readonly negativePrompt: PromptEmbedding | undefined; // undefined: one pass, no classifier-free guidance
  readonly guidanceScale: number;
  /** More channels of the UNet's input, the same at every step: what a UNet that repaints is told of the picture. */
  readonly kept?: Float32Array | undefined; // [channels, height, width]
  readonly size?: { readonly width: number; readonly height: number }; // of the picture, for SDXL
};

/** One picture's runs of the UNet. */
export type Denoiser = {
  /** What the scheduler writes the scaled latents to: [channels, height, width]. */
  readonly modelInput: Float32Array;
  /** The guided prediction for `modelInput`; the same array at each call. Throws `nan`. */
  predict(timestep: number): Promise<Float32Array>;
};

/**
 * Whether a guided step is one run of two or two runs of one. Measured on a CPU with 2 threads: a UNet of 7.5 M parameters takes 17 ms for
 * the pair and 20 ms one by one, one of 860 M takes 13.2 s and 12.0 s; a GPU always likes pairs.
 */
export function runsPairTogether(sampleInput: TensorInfo, provider: string, unetBytes: number): boolean {
  const batch = sampleInput.shape[0];
  if (typeof batch === 'number') return batch === 2;
  return provider !== 'cpu' || unetBytes < 100_000_000;
}

/** Feeds are made once here and rewritten at each step. */
export function createDenoiser(graph: Graph, request: DenoiseRequest, pairTogether: boolean): Denoiser {
  const { latentShape, prompt, negativePrompt, guidanceScale, kept } = request;
  const sampleInput = inputOf(graph, 'sample');
  const timestepInput = inputOf(graph, 'timestep');
  const textInput = inputOf(graph, 'encoder_hidden_states');
  const conditionInput = graph.inputs.get('timestep_cond');
  const outputName = graph.outputs.has('out_sample') ? 'out_sample' : [...graph.outputs.keys()][0]!;
  const isFixedPair = sampleInput.shape[0] === 2;
  const batch = isFixedPair || (negativePrompt && pairTogether) ? 2 : 1;
  const size = latentShape[0] * latentShape[1] * latentShape[2];
  const rowSize = size + (kept?.length ?? 0);

  const sample = createFloatFeed(sampleInput, [batch, rowSize / (latentShape[1] * latentShape[2]), latentShape[1], latentShape[2]]);
  if (kept) for (let row = 0; row < batch; row++) sample.values.set(kept, row * rowSize + size);
  const timestepFeed = createTimestepFeed(timestepInput, batch);
  const common: Record<string, FeedTensor> = { sample: sample.tensor, timestep: timestepFeed.tensor };
  if (conditionInput) common['timestep_cond'] = guidanceEmbedding(conditionInput, guidanceScale, batch);
  const textFeeds = (batch === 2 ? [[negativePrompt ?? prompt, prompt]] : negativePrompt ? [[negativePrompt], [prompt]] : [[prompt]]).map(
    (embeddings) => {
      const feed = createFloatFeed(textInput, [batch, prompt.tokens, prompt.width]);
      embeddings.forEach(({ values }, row) => feed.values.set(values, row * values.length));
      return { ...common, encoder_hidden_states: feed.tensor, ...addedConditions(graph, embeddings, batch, request.size) };
    },
  );

  const modelInput = new Float32Array(size);
  const prediction = new Float32Array(size);
  const scale = f(guidanceScale);

  /** Copies half of an answer, and says whether every value was finite. */
  function keep(values: Float32Array | Float16Array, start: number): boolean {
    let sum = 0;
    for (let i = 0; i < size; i++) {
      const value = values[start + i]!;
      prediction[i] = value;
      sum += value - value; // NaN for NaN and ±Infinity
    }
    return sum === 0;
  }

  /** prediction = unconditional + guidanceScale · (conditional − unconditional), in float32 as torch. */
  function guide(conditional: Float32Array | Float16Array, start: number): boolean {
    let sum = 0;
    for (let i = 0; i < size; i++) {
      const unconditional = prediction[i]!;
      const value = f(unconditional + f(scale * f(conditional[start + i]! - unconditional)));
      prediction[i] = value;
      sum += value - value;
    }
    return sum === 0;
  }

  return {
    modelInput,
    async predict(timestep) {
      for (let row = 0; row < batch; row++) sample.values.set(modelInput, row * rowSize);
      timestepFeed.set(timestep);
      let isFinite = true;
      for (const [i, feeds] of textFeeds.entries()) {
        const { values } = (await graph.run(feeds)).get(outputName)!;
        if (values.length !== size * batch)
          throw new InferenceError('model_config', `${graph.label} answers with ${values.length} values instead of ${size * batch}.`, {
            file: graph.label,
          });
        isFinite = (i === 0 ? keep(values, negativePrompt ? 0 : size * (batch - 1)) : guide(values, 0)) && isFinite;
        if (batch === 2 && negativePrompt) isFinite = guide(values, size) && isFinite;
      }
      if (isFinite) return prediction;
      throw new InferenceError(
        'nan',
        `${graph.label} answered with NaN or infinity at timestep ${timestep}; float16 weights that overflow are the usual cause: use the float32 export.`,
        {
          file: graph.label,
          timestep,
        },
      );
    },
  };
}

function inputOf(graph: Graph, name: string): TensorInfo {
  const info = graph.inputs.get(name);
  if (!info)
    throw new InferenceError('model_config', `${graph.label} has no input ${name}; it has ${[...graph.inputs.keys()].join(', ')}.`, {
      file: graph.label,
      input: name,
    });
  return info;
}

/** sin and cos of (guidance − 1) · 1000 at falling frequencies, [batch, width]; as LatentConsistencyModelPipeline.get_guidance_scale_embedding. */
function guidanceEmbedding(info: TensorInfo, guidanceScale: number, batch: number): FeedTensor {
  const width = info.shape[1];
  if (typeof width !== 'number')
    throw new InferenceError('model_config', 'The graph does not say how wide timestep_cond is.', { input: 'timestep_cond' });
  const feed = createFloatFeed(info, [batch, width]);
  const half = Math.floor(width / 2);
  const position = f(f(guidanceScale - 1) * 1000);
  const fall = f(f(Math.log(10000)) / (half - 1));
  for (let i = 0; i < half; i++) {
    const angle = f(position * f(Math.exp(f(i * -fall))));
    for (let row = 0; row < batch; row++) {
      feed.values[row * width + i] = Math.sin(angle);
      feed.values[row * width + half + i] = Math.cos(angle);
    }
  }
  return feed.tensor;
}
