import { InferenceError } from './errors.ts';
import type { Graph } from './graph.ts';
import { checkFinite, createIntegerFeed, type FeedTensor } from './tensor.ts';
import type { PromptTokenizer } from './tokenizer.ts';

/** hidden states, [1, maxTokens, width], in the number type the graph answers with */
export type TextEmbedding = {
  readonly values: Float32Array | Float16Array;
  readonly width: number;
  readonly droppedPrompt: string | undefined;
};

export type TextEncoder = { encode(prompt: string): Promise<TextEmbedding> };

const REMEMBERED_PROMPTS = 16;

/** Encodes prompts; a batch asks for the same two again and again, so the last few answers are kept. */
export function createTextEncoder(graph: Graph, tokenizer: PromptTokenizer): TextEncoder {
  const idsInput = graph.inputs.get('input_ids');
  if (!idsInput) throw new InferenceError('model_config', `${graph.label} has no input input_ids.`, { file: graph.label });
  const maskInput = graph.inputs.get('attention_mask');
  const hiddenOutput = graph.outputs.get('last_hidden_state') ?? [...graph.outputs.values()].find(({ shape }) => shape.length === 3);
  if (!hiddenOutput) throw new InferenceError('model_config', `${graph.label} has no output of hidden states.`, { file: graph.label });
  const remembered = new Map<string, TextEmbedding>(); // oldest first

  async function run(prompt: string): Promise<TextEmbedding> {
    const { ids, usedCount, droppedPrompt } = tokenizer.encode(prompt);
    const batch = typeof idsInput!.shape[0] === 'number' ? idsInput!.shape[0] : 1;
    const dims = [batch, tokenizer.maxTokens];
    const rows = (row: readonly number[]): number[] => Array.from({ length: batch }, () => row).flat();
    const feeds: Record<string, FeedTensor> = { input_ids: createIntegerFeed(idsInput!, dims, rows(ids)) };
    if (maskInput) feeds['attention_mask'] = createIntegerFeed(maskInput, dims, rows(ids.map((_, i) => (i < usedCount ? 1 : 0))));
    const hidden = (await graph.run(feeds)).get(hiddenOutput!.name)!;
    checkFinite(hidden.values, graph.label, 'for this prompt');
    return { values: hidden.values.slice(0, hidden.values.length / batch), width: hidden.dims[2]!, droppedPrompt };
  }

  return {
    async encode(prompt) {
      const known = remembered.get(prompt);
      remembered.delete(prompt);
      const embedding = known ?? (await run(prompt));
      remembered.set(prompt, embedding);
      if (remembered.size > REMEMBERED_PROMPTS) remembered.delete(remembered.keys().next().value!);
      return embedding;
    },
  };
}
