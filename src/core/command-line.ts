/** A request → the command that makes it again. The parser itself is asked which spelling comes back unchanged. */
import { isCommon } from '#core/batch.ts';
import { defaultPrefixes, parseMessage, type Draw } from '#core/command.ts';
import type { Options } from '#core/flags.ts';
import { opensQuote, quote } from '#core/quotes.ts';
import { requestOptions } from '#core/request.ts';
import { typedSize } from '#core/size.ts';
import type { ImageRequest } from '#core/types.ts';
import type { ModelInfo } from '#core/model-info.ts';

export type CommandLine = {
  readonly prefix: string;
  /** Undefined where the model is no longer installed: then every option is written out. */
  readonly model: ModelInfo | undefined;
  /** The model used where none is named; `--model` is written for others. */
  readonly activeModel: string;
  /** The room draws in a style of its own where none is named. */
  readonly hasDefaultStyle?: boolean | undefined;
};

/** One line that, sent to the bot, gives the same request; options at their default are left out. */
export function commandOf(request: ImageRequest, { prefix, model, activeModel, hasDefaultStyle }: CommandLine): string {
  const options = needed(requestOptions(request, model), request, model, activeModel);
  const flags = writeFlags(hasDefaultStyle === true ? { styles: [], ...options } : options);
  const natural = joinParts(prefix, request.prompt, flags);
  const isSame = readBack(joinParts(request.prompt, flags))?.prompt === request.prompt && isPlain(request.prompt);
  return isSame ? natural : joinParts(prefix, flags, '--', request.prompt);
}

/** Without what the model does by itself. Rows that differ have it from their styles, which bring it again. */
function needed(options: Options, request: ImageRequest, model: ModelInfo | undefined, activeModel: string): Options {
  const defaults = model?.[request.quality];
  const { count, size, steps, guidance, model: name, ...rest } = options;
  const isDefaultSize = size?.widthPx === defaults?.widthPx && size?.heightPx === defaults?.heightPx;
  return {
    ...(count === undefined || count === 1 ? {} : { count }),
    ...rest,
    ...(size === undefined || isDefaultSize || !(isCommon(request, 'widthPx') && isCommon(request, 'heightPx')) ? {} : { size }),
    ...(steps === undefined || steps === defaults?.steps || !isCommon(request, 'steps') ? {} : { steps }),
    ...(guidance === undefined || guidance === defaults?.guidanceScale || !isCommon(request, 'guidanceScale') ? {} : { guidance }),
    ...(name === undefined || name === activeModel || !isCommon(request, 'model') ? {} : { model: name }),
  };
}

/** Canonical flags in the order of the table. */
function writeFlags({ count, size, negativePrompt, seed, hq, steps, guidance, model, styles, enhance }: Options): string {
  return joinParts(
    count === undefined ? '' : `--n ${count}`,
    size === undefined ? '' : `--size ${typedSize(size)}`,
    negativePrompt === undefined ? '' : `--no ${writeText(negativePrompt)}`,
    seed === undefined ? '' : `--seed ${seed}`,
    hq === true ? '--hq' : '',
    steps === undefined ? '' : `--steps ${steps}`,
    guidance === undefined ? '' : `--guidance ${guidance}`,
    model === undefined ? '' : `--model ${model}`,
    styles === undefined ? '' : `--style ${styles.length === 0 ? 'none' : writeNames(styles)}`,
    enhance === true ? '--enhance' : '',
  );
}

/** In quotes where a name is more than one word. */
const writeNames = (names: readonly string[]): string => names.map((name) => (/[\s,]/u.test(name) ? quote(name) : name)).join(',');

/** Quoted only where it would not come back otherwise; an opening quote could find its end in the prompt. */
function writeText(text: string): string {
  const read = readBack(`x --no ${text} --hq`);
  const comesBack = read?.options.negativePrompt === text && read.options.hq === true && Object.keys(read.options).length === 2;
  return comesBack && !opensQuote(text) ? text : quote(text);
}

/** A prompt without flags, verbs or quotes of its own. */
const isPlain = (prompt: string): boolean => {
  const read = readBack(prompt);
  return read?.prompt === prompt && Object.keys(read.places).length === 0;
};

function readBack(typed: string): Draw | undefined {
  const parsed = parseMessage(`!img ${typed}`, { prefixes: defaultPrefixes, isDirect: false, language: undefined });
  return parsed?.ok === true && parsed.command.kind === 'draw' ? parsed.command : undefined;
}

const joinParts = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join(' ');
