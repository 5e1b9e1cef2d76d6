import { EmbeddingCache } from '../embedding-cache.ts';
import { InferenceError } from '../errors.ts';
import type { Graph } from '../graph.ts';
import { checkFinite, createIntegerFeed, type FeedTensor, type TensorInfo } from '../tensor.ts';
import type { CaptionTokenizer } from './qwen-tokenizer.ts';

/** Hidden states of a caption's tokens, [tokens, width], in the number type the graph answers with. */
export type Caption = {
  readonly values: Float32Array | Float16Array;
  readonly tokens: number;
  readonly width: number;
  readonly droppedPrompt: string | undefined;
};

export type CaptionEncoder = { encode(prompt: string): Promise<Caption> };

const KNOWN_INPUTS = ['input_ids', 'attention_mask', 'position_ids'];
/** A dozen captions of 512 tokens, or hundreds of short ones. */
const REMEMBERED_BYTES = 32 * 2 ** 20;

/** Encodes captions; a batch asks for the same ones again and again, so the latest answers are kept. Throws `model_config`, `nan`. */
export function createCaptionEncoder(graph: Graph, tokenizer: CaptionTokenizer): CaptionEncoder {
  const output = hiddenStatesOutput(graph);
  const unknown = [...graph.inputs.keys()].find((name) => !KNOWN_INPUTS.includes(name));
  if (unknown !== undefined || !graph.inputs.has('input_ids'))
    throw new InferenceError(
      'model_config',
      `${graph.label} has the inputs ${[...graph.inputs.keys()].join(', ')}; a text encoder takes input_ids and attention_mask. One that writes texts (with a cache of past keys) cannot be used.`,
      { file: graph.label },
    );
  const remembered = new EmbeddingCache<Caption & { readonly bytes: number }>(REMEMBERED_BYTES);

  async function run(prompt: string): Promise<Caption> {
    const { ids, droppedPrompt } = tokenizer.encode(prompt);
    const fixed = graph.inputs.get('input_ids')!.shape[1];
    // Each token sees those before it alone, so what fills up a fixed length changes nothing.
    const length = typeof fixed === 'number' ? fixed : ids.length;
    const rows: Record<string, number[]> = {
      input_ids: Array.from({ length }, (_, i) => ids[i] ?? tokenizer.padId),
      attention_mask: Array.from({ length }, (_, i) => (i < ids.length ? 1 : 0)),
      position_ids: Array.from({ length }, (_, i) => i),
    };
    const feeds: Record<string, FeedTensor> = {};
    for (const [name, info] of graph.inputs) feeds[name] = createIntegerFeed(info, [1, length], rows[name]!);
    const { values, dims } = (await graph.run(feeds)).get(output.name)!;
    const width = dims[dims.length - 1] ?? 0;
    if (values.length !== length * width)
      throw new InferenceError('model_config', `${graph.label} answers with [${dims.join(', ')}] for ${length} tokens.`, {
        file: graph.label,
      });
    const kept = values.slice(0, ids.length * width);
    checkFinite(kept, graph.label, 'for this prompt');
    return { values: kept, tokens: ids.length, width, droppedPrompt };
  }

  return {
    async encode(prompt) {
      const known = remembered.get(prompt);
      if (known) return known;
      const caption = await run(prompt);
      remembered.set(prompt, { ...caption, bytes: caption.values.byteLength });
      return caption;
    },
  };
}

/**
 * The output that holds what goes into the last layer, `hidden_states[-2]` of transformers: by its name in the published graphs, or the
 * last but one of all layers. What the last layer makes (`last_hidden_state`, `logits`) would be a picture of something else.
 */
function hiddenStatesOutput(graph: Graph): TensorInfo {
  const outputs = [...graph.outputs.values()];
  const named = outputs.find(({ name }) => /^(encoder_hidden_states?|prompt_embeds)$/.test(name));
  if (named) return named;
  const layers = outputs
    .filter(({ name }) => /^hidden_states\.\d+$/.test(name))
    .toSorted((a, b) => Number(a.name.slice('hidden_states.'.length)) - Number(b.name.slice('hidden_states.'.length)));
  const layer = layers.at(-2);
  if (layer) return layer;
  throw new InferenceError(
    'model_config',
    `${graph.label} answers with ${outputs.map(({ name }) => name).join(', ')}; Z-Image needs the hidden states before the last layer, as the output encoder_hidden_states.`,
    { file: graph.label },
  );
}
