import { InferenceError } from './errors.ts';
import type { Graph } from './graph.ts';
import type { PromptEmbedding } from './prompt-encoder.ts';
import { createFloatFeed, type FeedTensor } from './tensor.ts';

/**
 * What an SDXL UNet is told besides the words: `text_embeds` [batch, width], a summary of each text, and `time_ids` [batch, 6], where its
 * training cut pictures: original height and width, crop top and left, target height and width; as StableDiffusionXLPipeline
 * `_get_add_time_ids`, with nothing cut off. Nothing for other UNets. Throws `model_config`.
 */
export function addedConditions(
  graph: Graph,
  embeddings: readonly PromptEmbedding[],
  batch: number,
  size: { readonly width: number; readonly height: number } | undefined,
): Record<string, FeedTensor> {
  const [textInput, timeInput] = [graph.inputs.get('text_embeds'), graph.inputs.get('time_ids')];
  if (!textInput || !timeInput) return {};
  const width = embeddings[0]?.pooled?.length;
  if (width === undefined || !size)
    throw new InferenceError('model_config', `${graph.label} wants text_embeds, and no text encoder makes them.`, { file: graph.label });
  const text = createFloatFeed(textInput, [batch, width]);
  embeddings.forEach(({ pooled }, row) => text.values.set(pooled!, row * width));
  const ids = [size.height, size.width, 0, 0, size.height, size.width];
  const time = createFloatFeed(timeInput, [batch, ids.length]);
  for (let row = 0; row < batch; row++) time.values.set(ids, row * ids.length);
  return { text_embeds: text.tensor, time_ids: time.tensor };
}
