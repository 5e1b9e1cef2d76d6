import { Tokenizer } from '@huggingface/tokenizers';
import { InferenceError } from '../errors.ts';
import { readOptionalModelJson } from '../model-json.ts';

export type CaptionTokens = {
  readonly ids: readonly number[]; // from 1 to `maxTokens`, without padding
  readonly droppedPrompt: string | undefined; // what did not fit
};

export type CaptionTokenizer = { readonly maxTokens: number; readonly padId: number; encode(prompt: string): CaptionTokens };

/** The pipeline's `max_sequence_length`. */
const MAX_TOKENS = 512;
/** What Qwen3's chat template makes of one message with `add_generation_prompt` and `enable_thinking`, as ZImagePipeline applies it. */
const BEFORE = '<|im_start|>user\n';
const AFTER = '<|im_end|>\n<|im_start|>assistant\n';
const PAD = '<|endoftext|>';
const FILE = 'tokenizer/tokenizer.json';

/**
 * Qwen2's and Qwen3's tokenizer, with the ids of transformers' Qwen2TokenizerFast for a chat of one message. Like there, special
 * tokens in a prompt are special tokens, and of a caption that is too long the end is cut off, the template's with it.
 * @param graphTokens of a graph that takes captions of one length only
 */
export function loadCaptionTokenizer(folder: string, graphTokens: number | undefined): CaptionTokenizer {
  const tokenizer = read(folder);
  const idOf = (token: string): number => {
    const id = tokenizer.token_to_id(token);
    if (id !== undefined) return id;
    throw new InferenceError('model_config', `${FILE} has no token ${token}: it is not the tokenizer of this model, which is Qwen's.`, {
      file: FILE,
      token,
    });
  };
  const padId = idOf(PAD);
  for (const token of ['<|im_start|>', '<|im_end|>']) idOf(token);
  const idsOf = (text: string): number[] => tokenizer.encode(text, { add_special_tokens: false }).ids;
  const afterCount = idsOf(AFTER).length;
  const maxTokens = Math.min(MAX_TOKENS, graphTokens ?? MAX_TOKENS);
  return {
    maxTokens,
    padId,
    encode(prompt) {
      const ids = idsOf(BEFORE + prompt + AFTER);
      const dropped = ids.slice(maxTokens, Math.max(maxTokens, ids.length - afterCount));
      return {
        ids: ids.slice(0, maxTokens),
        droppedPrompt: dropped.length > 0 ? tokenizer.decode(dropped, { skip_special_tokens: true }).trim() : undefined,
      };
    },
  };
}

function read(folder: string): Tokenizer {
  const definition = readOptionalModelJson(folder, FILE);
  if (definition === undefined)
    throw new InferenceError('model_missing', `The model folder has no ${FILE}; download the model again.`, { file: FILE, folder });
  try {
    return new Tokenizer(definition, readOptionalModelJson(folder, 'tokenizer/tokenizer_config.json') ?? {});
  } catch (error) {
    throw new InferenceError(
      'model_config',
      `${FILE} is damaged or no tokenizer: ${(error as Error).message}.`,
      { file: FILE },
      { cause: error },
    );
  }
}
