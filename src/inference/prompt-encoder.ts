import type { Graph } from './graph.ts';
import { createTextEncoder } from './text-encoder.ts';
import type { PromptTokenizer } from './tokenizer.ts';

/** What the UNet is told of one text. */
export type PromptEmbedding = {
  readonly values: Float32Array | Float16Array; // [tokens, width], all encoders side by side
  readonly tokens: number;
  readonly width: number;
  readonly pooled: Float32Array | Float16Array | undefined; // [pooledWidth] of the last encoder, where the model is an SDXL
  readonly droppedPrompt: string | undefined; // what the model does not see of the text
};

export type PromptEncoder = {
  /** Both texts in the same number of tokens. Without a negative prompt (not even an empty one) there is none to guide away from. */
  encode(
    prompt: string,
    negativePrompt: string | undefined,
  ): Promise<{ readonly prompt: PromptEmbedding; readonly negative: PromptEmbedding | undefined }>;
};

type Parts = {
  readonly encoders: readonly { readonly graph: Graph; readonly tokenizer: PromptTokenizer }[];
  readonly isXl: boolean;
  readonly forceZerosForEmptyPrompt: boolean;
  readonly maxChunks: number;
};

/** Prompts to what the UNet is told. Throws InferenceError: `model_config`, `nan`. */
export function createPromptEncoder({ encoders }: Parts): PromptEncoder {
  const { graph, tokenizer } = encoders[0]!;
  const encoder = createTextEncoder(graph, tokenizer);
  async function embed(text: string): Promise<PromptEmbedding> {
    const { values, width, droppedPrompt } = await encoder.encode(text);
    return { values, tokens: values.length / width, width, pooled: undefined, droppedPrompt };
  }
  return {
    async encode(prompt, negativePrompt) {
      return { prompt: await embed(prompt), negative: negativePrompt === undefined ? undefined : await embed(negativePrompt) };
    },
  };
}
