import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';
import { InferenceError } from './errors.ts';
import { readModelJson, readOptionalModelJson, type Json } from './model-json.ts';

export type PromptTokenizer = {
  readonly maxTokens: number; // that the encoder reads at once, start and end counted
  readonly startId: number;
  readonly endId: number;
  readonly padId: number;
  readonly commaId: number | undefined; // of a comma that stands alone
  /** Ids of a text, without start and end, as many as there are. */
  ids(text: string): readonly number[];
  /** As the tokenizer reads it: lower case. */
  text(ids: readonly number[]): string;
};

const MODEL_MAX_DEFAULT = 77;

/**
 * CLIP's tokenizer, with the ids of transformers' CLIPTokenizerFast. `maxTokens` counts start and end; `part` is the folder in the model's
 * own: SDXL's second encoder has `tokenizer_2`.
 */
export function loadTokenizer(folder: string, graphTokens: number | undefined, part = 'tokenizer'): PromptTokenizer {
  const config = readOptionalModelJson(folder, `${part}/tokenizer_config.json`) ?? {};
  const special = specialTokens(folder, part, config);
  const tokenizer = readTokenizer(folder, part, config);
  const idOf = (key: string, fallback: string): number => {
    const token = tokenText(special[key]) ?? fallback;
    const id = tokenizer.token_to_id(token);
    if (id === undefined)
      throw new InferenceError('model_config', `The tokenizer's ${key} ${token} is not in its vocabulary.`, {
        file: `${part}/tokenizer_config.json`,
        key,
        token,
      });
    return id;
  };
  const endToken = tokenText(special['eos_token']) ?? '<|endoftext|>';
  const [startId, endId, padId] = [idOf('bos_token', '<|startoftext|>'), idOf('eos_token', '<|endoftext|>'), idOf('pad_token', endToken)];
  const stated = config['model_max_length'];
  const maxTokens = graphTokens ?? (typeof stated === 'number' && stated < 1e6 ? stated : MODEL_MAX_DEFAULT);
  return {
    maxTokens,
    startId,
    endId,
    padId,
    commaId: tokenizer.token_to_id(',</w>'),
    ids: (text) => tokenizer.encode(text, { add_special_tokens: false }).ids,
    text: (ids) => tokenizer.decode([...ids], { skip_special_tokens: true }).trim(),
  };
}

/**
 * Which file names the special tokens, as transformers tokenization_utils_base.py `_from_pretrained`: folders from before
 * `added_tokens_decoder` have them in special_tokens_map.json, over what tokenizer_config.json says. Stable Diffusion 2 pads
 * with `!` by the one and with `<|endoftext|>` by the other.
 */
function specialTokens(folder: string, part: string, config: Json): Json {
  if (config['added_tokens_decoder'] !== undefined) return config;
  return { ...config, ...readOptionalModelJson(folder, `${part}/special_tokens_map.json`) };
}

function readTokenizer(folder: string, part: string, config: Json): Tokenizer {
  const file = `${part}/tokenizer.json`;
  const definition = readOptionalModelJson(folder, file);
  if (definition === undefined) return new Tokenizer(clipDefinition(folder, part, config), config);
  try {
    return new Tokenizer(definition, config);
  } catch (error) {
    throw new InferenceError(
      'model_config',
      `${file} is damaged or not a CLIP tokenizer: ${(error as Error).message}.`,
      { file },
      { cause: error },
    );
  }
}

function tokenText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'object' && value !== null && 'content' in value && typeof value.content === 'string') return value.content;
  return undefined;
}

/** What tokenizer.json would say, from CLIP's two older files; as transformers convert_slow_tokenizer.py, CLIPConverter. */
function clipDefinition(folder: string, part: string, config: Json): object {
  const vocab = readModelJson(folder, `${part}/vocab.json`) as Readonly<Record<string, number>>;
  const mergesPath = join(folder, part, 'merges.txt');
  if (!existsSync(mergesPath))
    throw new InferenceError('model_missing', `The model folder has no ${part}/merges.txt; download the model again.`, {
      file: `${part}/merges.txt`,
      folder,
    });
  const merges = readFileSync(mergesPath, 'utf8')
    .split(/\r?\n/)
    .filter((line) => line !== '' && !line.startsWith('#version'))
    .map((line) => line.split(' '));
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: addedTokens(config, vocab),
    normalizer: {
      type: 'Sequence',
      normalizers: [{ type: 'NFC' }, { type: 'Replace', pattern: { Regex: '\\s+' }, content: ' ' }, { type: 'Lowercase' }],
    },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        {
          type: 'Split',
          pattern: { Regex: "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+" },
          behavior: 'Removed',
          invert: true,
        },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
      ],
    },
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: '<|endoftext|>',
      continuing_subword_prefix: '',
      end_of_word_suffix: '</w>',
      fuse_unk: false,
      vocab,
      merges,
    },
  };
}

function addedTokens(config: Json, vocab: Readonly<Record<string, number>>): object[] {
  const stated = config['added_tokens_decoder'];
  if (typeof stated === 'object' && stated !== null) {
    return Object.entries(stated).map(([id, token]) => ({ ...(token as object), id: Number(id) }));
  }
  return ['<|startoftext|>', '<|endoftext|>']
    .filter((content) => content in vocab)
    .map((content) => ({ id: vocab[content], content, single_word: false, lstrip: false, rstrip: false, normalized: true, special: true }));
}
