import { EmbeddingCache } from './embedding-cache.ts';
import { InferenceError } from './errors.ts';
import type { Graph } from './graph.ts';
import { chunkPrompt, EMPTY_CHUNK, type Chunk } from './prompt-chunks.ts';
import { readWeights, type WeightedText } from './prompt-weights.ts';
import { createTextEncoder, type EncodedChunk, type Floats, type TextEncoder } from './text-encoder.ts';
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

type EncoderPart = {
  readonly graph: Graph;
  readonly tokenizer: PromptTokenizer;
  readonly layers?: number | undefined; // num_hidden_layers of its config.json; without it: by the outputs that the graph has
};

type Parts = {
  readonly encoders: readonly EncoderPart[];
  readonly isXl: boolean; // hidden_states[-2] of all encoders, and text_embeds of the last
  readonly forceZerosForEmptyPrompt: boolean; // an empty negative prompt is zeros
  readonly maxChunks: number; // 1 where the UNet takes a fixed number of tokens
};

/** Enough for any prompt that can be typed; each costs memory and time in every step. */
export const MOST_CHUNKS = 8;
/** What CLIP reads at once. Smaller encoders were trained with UNets that never saw two texts in a row. */
const CLIP_TOKENS = 77;
const CACHE_BYTES = 16 * 2 ** 20;

/** A text on its own: `chunks` times as many tokens as the encoder reads at once. */
type EncodedText = PromptEmbedding & { readonly chunks: number; readonly bytes: number };

/**
 * Prompts to what the UNet is told, with weights (prompt-weights.ts), and in several chunks where the UNet takes them. A batch asks for the
 * same two texts again and again, so the latest answers are kept. Throws InferenceError: `model_config`, `nan`.
 */
export function createPromptEncoder({ encoders: parts, isXl, forceZerosForEmptyPrompt, maxChunks }: Parts): PromptEncoder {
  const encoders = parts.map(({ graph, tokenizer, layers }, index) => {
    const pooled = isXl && index === parts.length - 1;
    return { tokenizer, encoder: createTextEncoder(graph, tokenizer, { state: isXl ? 'penultimate' : 'last', pooled, layers }) };
  });
  const [tokensAtOnce = 0, ...others] = encoders.map(({ tokenizer }) => tokenizer.maxTokens);
  if (others.some((tokens) => tokens !== tokensAtOnce))
    throw new InferenceError(
      'model_config',
      `The text encoders read ${tokensAtOnce} and ${others.join(', ')} tokens: they are not of one model.`,
    );
  const most = tokensAtOnce === CLIP_TOKENS ? Math.min(maxChunks, MOST_CHUNKS) : 1;
  const known = new EmbeddingCache<EncodedText>(CACHE_BYTES);

  async function encodeText(text: string): Promise<EncodedText> {
    const remembered = known.get(text);
    if (remembered) return remembered;
    const weighted = readWeights(text);
    const read = encoders.map(({ tokenizer, encoder }) => ({ encoder, tokenizer, ...chunksOf(weighted, tokenizer, most) }));
    const chunks = Math.max(...read.map((one) => one.chunks.length));
    const columns: EncodedChunk[][] = [];
    for (const one of read) columns.push(await encodeChunks(one.encoder, one.chunks, chunks));
    const values = sideBySide(columns, tokensAtOnce);
    const pooled = columns.at(-1)?.[0]?.pooled;
    const dropping = read.find(({ droppedIds }) => droppedIds.length > 0);
    const encoded: EncodedText = {
      values,
      tokens: chunks * tokensAtOnce,
      width: values.length / (chunks * tokensAtOnce),
      pooled,
      droppedPrompt: dropping?.tokenizer.text(dropping.droppedIds),
      chunks,
      bytes: values.byteLength + (pooled?.byteLength ?? 0),
    };
    known.set(text, encoded);
    return encoded;
  }

  async function filledTo(chunks: number, encoded: EncodedText): Promise<EncodedText> {
    const missing = chunks - encoded.chunks;
    if (missing === 0) return encoded;
    const empty = await encodeText('');
    const all = [encoded.values, ...Array.from({ length: missing }, () => empty.values)];
    return { ...encoded, values: joined(all), tokens: chunks * tokensAtOnce, chunks };
  }

  return {
    async encode(prompt, negativePrompt) {
      const positive = await encodeText(prompt);
      if (negativePrompt === undefined) return { prompt: positive, negative: undefined };
      if (isXl && forceZerosForEmptyPrompt && negativePrompt.trim() === '') return { prompt: positive, negative: zerosLike(positive) };
      const negative = await encodeText(negativePrompt);
      const chunks = Math.max(positive.chunks, negative.chunks);
      return { prompt: await filledTo(chunks, positive), negative: await filledTo(chunks, negative) };
    },
  };
}

function chunksOf(parts: readonly (readonly WeightedText[])[], tokenizer: PromptTokenizer, most: number): ReturnType<typeof chunkPrompt> {
  const tokenized = parts.map((part): Chunk => {
    const stretches = part.map(({ text, weight }) => ({ ids: tokenizer.ids(text), weight }));
    return { ids: stretches.flatMap(({ ids }) => ids), weights: stretches.flatMap(({ ids, weight }) => ids.map(() => weight)) };
  });
  return chunkPrompt(tokenized, { length: tokenizer.maxTokens - 2, most, commaId: tokenizer.commaId });
}

/** Two tokenizers may cut differently: the shorter is filled, so that rows stay side by side. */
async function encodeChunks(encoder: TextEncoder, chunks: readonly Chunk[], count: number): Promise<EncodedChunk[]> {
  const encoded: EncodedChunk[] = [];
  for (let i = 0; i < count; i++) encoded.push(await encoder.encode(chunks[i] ?? EMPTY_CHUNK));
  return encoded;
}

/** [encoders][chunks] of [tokens, width each] → [chunks · tokens, sum of widths] */
function sideBySide(columns: readonly (readonly EncodedChunk[])[], tokens: number): Floats {
  const [only, ...more] = columns;
  if (only && more.length === 0) return joined(only.map(({ hidden }) => hidden));
  const width = columns.reduce((sum, column) => sum + column[0]!.width, 0);
  const chunks = columns[0]!.length;
  const values = floats(
    columns.flatMap((column) => column.map(({ hidden }) => hidden)),
    chunks * tokens * width,
  );
  let left = 0;
  for (const column of columns) {
    for (const [chunk, { hidden, width: own }] of column.entries())
      for (let token = 0; token < tokens; token++)
        values.set(hidden.subarray(token * own, (token + 1) * own), (chunk * tokens + token) * width + left);
    left += column[0]!.width;
  }
  return values;
}

function joined(all: readonly Floats[]): Floats {
  const [only, ...more] = all;
  if (only && more.length === 0) return only;
  const values = floats(
    all,
    all.reduce((sum, { length }) => sum + length, 0),
  );
  let at = 0;
  for (const part of all) {
    values.set(part, at);
    at += part.length;
  }
  return values;
}

/** float32 as soon as one of them is. */
const floats = (like: readonly Floats[], length: number): Floats =>
  like.some((values) => values instanceof Float32Array) ? new Float32Array(length) : new Float16Array(length);

const zerosLike = ({ values, tokens, width, pooled }: PromptEmbedding): PromptEmbedding => ({
  values: floats([values], values.length),
  tokens,
  width,
  pooled: pooled && floats([pooled], pooled.length),
  droppedPrompt: undefined,
});
