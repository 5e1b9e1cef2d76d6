/** A message → what its sender wants, or what is wrong with it. Pure and total: no text makes it throw. */
import { readDashed, readParts, type OptionPlaces, type Options } from '#core/flags.ts';
import { findTopic, type HelpTopic } from '#core/help-topics.ts';
import { limits as defaultLimits, type Limits } from '#core/limits.ts';
import type { OptionalLayer } from '#core/marks-port.ts';
import type { PlanSchedule } from '#core/plan-schedule.ts';
import type { ScheduleContext } from '#core/plan-words.ts';
import { cleanText, countCharacters, tokenize, type Token } from '#core/prompt-text.ts';
import { accept, refuse, type Place, type Problem, type Result } from '#core/problem.ts';
import { unwrapQuotes } from '#core/quotes.ts';
import type { Cell } from '#core/job-names.ts';
import { checkNegative } from '#core/request-checks.ts';
import type { EnlargeFactor } from '#core/model-info.ts';
import type { JobId, Language } from '#core/types.ts';
import { matchVerb } from '#core/verb-readers.ts';
import { verbs } from '#core/verbs.ts';

export type Draw = {
  readonly kind: 'draw';
  /** Cleaned: one line, no invisible characters, not empty, at most `maxPromptChars`. */
  readonly prompt: string;
  /** Only what was typed; their form is right, their range is checked by `resolveRequest`. */
  readonly options: Options;
  readonly places: OptionPlaces;
};

/** Which picture of which job; what is left out is found by reply, thread and asker. */
export type Target = { readonly job?: JobId; readonly cell?: Cell };

type Flags = { readonly options: Options; readonly places: OptionPlaces };

export type StyleCommand = { readonly kind: 'style' } & (
  | { readonly action: 'show'; readonly name: string }
  | { readonly action: 'history'; readonly name: string }
  | { readonly action: 'undo'; readonly name: string }
  | { readonly action: 'remove'; readonly name: string }
  | { readonly action: 'default'; readonly name: string }
  /** `prompt`: the new template, where one was typed. */
  | ({ readonly action: 'set'; readonly name: string; readonly prompt?: string } & Flags)
  | { readonly action: 'rename'; readonly from: string; readonly to: string }
  | { readonly action: 'import' }
  | { readonly action: 'export'; readonly format: 'csv' | 'json' | 'yaml' }
);

export type PlanCommand = { readonly kind: 'plan' } &
  /** `text`: the command to draw, flags included, without its prefix. */
  (
    | { readonly action: 'add'; readonly schedule: PlanSchedule; readonly draw: Draw; readonly text: string }
    | { readonly action: 'show' | 'pause' | 'resume' | 'run' | 'remove'; readonly id: number }
  );

export type AdminCommand = { readonly kind: 'admin' } & (
  | { readonly action: 'pause' | 'resume' }
  /** Without a name, all are shown. */
  | { readonly action: 'limits'; readonly name?: string; readonly value?: number | 'default' }
);

export type Command =
  | Draw
  | { readonly kind: 'help'; readonly topic?: HelpTopic }
  | { readonly kind: 'queue' }
  /** `subject`: the job replied to, else the thread's, else the asker's latest. */
  | { readonly kind: 'cancel'; readonly target: 'mine' | 'subject' | JobId }
  | ({ readonly kind: 'again'; readonly job?: JobId } & Flags)
  | ({ readonly kind: 'vary' } & Target & Flags)
  /** `words` are added to the earlier prompt. */
  | ({ readonly kind: 'edit'; readonly words: string } & Flags)
  | ({ readonly kind: 'upscale'; readonly factor?: EnlargeFactor } & Target)
  | ({ readonly kind: 'enhance' } & Target)
  | ({ readonly kind: 'replay' } & Target)
  | { readonly kind: 'sheet' | 'zip'; readonly job?: JobId }
  | ({ readonly kind: 'info' | 'check' | 'release' } & Target)
  | ({ readonly kind: 'verify' } & Target)
  /** Without a change, the room's marks are shown. */
  | { readonly kind: 'marks'; readonly change?: 'default' | { readonly layer: OptionalLayer; readonly on: boolean } }
  | { readonly kind: 'held' }
  | { readonly kind: 'styles'; readonly search: string }
  | StyleCommand
  | PlanCommand
  | { readonly kind: 'plans' }
  /** `since`: as typed, such as `yesterday`. */
  | { readonly kind: 'find'; readonly words: readonly string[]; readonly since?: string; readonly mine: boolean }
  | ({ readonly kind: 'star'; readonly on: boolean } & Target)
  | { readonly kind: 'gallery' }
  | { readonly kind: 'limits' }
  | AdminCommand
  | { readonly kind: 'models' }
  | { readonly kind: 'use_model'; readonly name: string }
  | { readonly kind: 'lang'; readonly language: Language }
  | { readonly kind: 'my_data' }
  | { readonly kind: 'forget_me' }
  /** `undefined`: shows what is set. */
  | { readonly kind: 'time_zone'; readonly zone?: string }
  /** Without days, what holds is shown; 0: for ever. */
  | { readonly kind: 'retention'; readonly days?: number | 'default' }
  | { readonly kind: 'privacy' }
  | { readonly kind: 'quiet'; readonly hours?: 'off' | { readonly fromMinute: number; readonly toMinute: number } }
  /** The answer to a question of the bot. */
  | { readonly kind: 'answer'; readonly yes: boolean };

/** A prefix and the language that it speaks where the room has set none. */
export type Prefix = { readonly text: string; readonly language: Language };

export const defaultPrefixes: readonly Prefix[] = [
  { text: '!img', language: 'en' },
  { text: '!bild', language: 'de' },
];

export type ParseContext = {
  /** The first is the one of direct messages without a prefix. */
  readonly prefixes: readonly Prefix[];
  /** A conversation with the bot alone: everything is for it. */
  readonly isDirect: boolean;
  /** The room's own setting. */
  readonly language: Language | undefined;
  /** The bot's limits where config changes them. */
  readonly limits?: Limits;
  /** Where and when it was typed, for schedules; UTC and no time where it is left out. */
  readonly clock?: ScheduleContext;
};

const noClock: ScheduleContext = { nowMs: 0, timeZone: 'UTC', minIntervalMinutes: defaultLimits.minPlanIntervalMinutes };

export type Parsed = { readonly language: Language } & (
  { readonly ok: true; readonly command: Command } | { readonly ok: false; readonly problem: Problem }
);

/** `undefined`: the message is not for the bot. Places in a problem count from the start of `text`. */
export function parseMessage(text: string, context: ParseContext): Parsed | undefined {
  const addressed = findAddress(text, context);
  if (addressed === undefined) return undefined;
  const { tokens, prefix } = addressed;
  const { result, language } = parseTokens(tokens, text, { limits: context.limits ?? defaultLimits, clock: context.clock ?? noClock });
  const spoken = { language: context.language ?? language ?? prefix?.language ?? 'en' };
  return result.ok ? { ...spoken, ok: true, command: result.value } : { ...spoken, ok: false, problem: result.problem };
}

/** The prefix that examples carry in a language. */
export const prefixFor = (prefixes: readonly Prefix[], language: Language): string =>
  (prefixes.find((prefix) => prefix.language === language) ?? prefixes[0])?.text ?? '';

function findAddress(
  text: string,
  { prefixes, isDirect, limits = defaultLimits }: ParseContext,
): { readonly tokens: readonly Token[]; readonly prefix: Prefix | undefined } | undefined {
  const tokens = tokenize(text.slice(0, limits.maxMessageChars));
  const first = tokens[0];
  if (first === undefined) return undefined;
  const prefix = prefixes.find((candidate) => cleanText(candidate.text).toLowerCase() === first.text.toLowerCase());
  if (prefix !== undefined) return { tokens: tokens.slice(1), prefix };
  return isDirect ? { tokens, prefix: prefixes[0] } : undefined;
}

type Read = { readonly result: Result<Command, Problem>; readonly language: Language | undefined };

function parseTokens(
  tokens: readonly Token[],
  text: string,
  { limits, clock }: { readonly limits: Limits; readonly clock: ScheduleContext },
): Read {
  const [first, second, ...more] = tokens;
  const inNoLanguage = (result: Result<Command, Problem>): Read => ({ result, language: undefined });
  if (first === undefined) return inNoLanguage(accept({ kind: 'help' }));
  if (text.length > limits.maxMessageChars) {
    return inNoLanguage(
      refuse('prompt_too_long', { length: countCharacters(text.slice(first.start).trimEnd()), limit: limits.maxPromptChars }),
    );
  }
  // `help --seed` asks about a flag that has no value here.
  const topic = second !== undefined && more.length === 0 ? findTopic(second.text) : undefined;
  const asksHelp = [...verbs.help.names.en, ...verbs.help.names.de].find((name) => name === first.text.toLowerCase());
  if (asksHelp !== undefined && topic !== undefined) {
    return { result: accept({ kind: 'help', topic }), language: asksHelp === 'hilfe' ? 'de' : undefined };
  }
  const parts = readParts(tokens);
  if (!parts.ok) return inNoLanguage(parts);
  const { words, literal, options, places } = parts.value;
  const negative = checkNegative({ options, places }, limits);
  if (negative !== undefined) return inNoLanguage({ ok: false, problem: negative });
  const verb = matchVerb({ words, literal, options, places, message: text, clock });
  if (verb !== undefined) return checkPlanned(verb, limits);
  const prompt = literal === undefined ? promptOf(words) : joinWords([...words, ...literal]);
  return inNoLanguage(checkDraw({ kind: 'draw', prompt, options, places }, limits));
}

/** What a schedule draws has the limits of what is drawn at once. */
function checkPlanned(read: Read, limits: Limits): Read {
  const command = read.result.ok ? read.result.value : undefined;
  if (command?.kind !== 'plan' || command.action !== 'add') return read;
  const draw = checkDraw(command.draw, limits);
  return draw.ok ? read : { ...read, result: draw };
}

/** A prompt in quotes is meant without them, unless they keep a word from being a flag. */
function promptOf(words: readonly Token[]): string {
  const prompt = joinWords(words);
  const inner = unwrapQuotes(prompt);
  return tokenize(inner).some((token) => readDashed(token.text, true) !== undefined) ? prompt : inner;
}

/** The same for a shell, which has split the words already: one argument is one word or one value. No verbs. */
export function parseDraw(args: readonly string[], limits: Limits = defaultLimits): Result<Draw, Problem> {
  let start = 0;
  const tokens = args.map((text) => {
    const token = { text: cleanText(text), start, end: start + text.length };
    start = token.end + 1;
    return token;
  });
  const parts = readParts(tokens);
  if (!parts.ok) return parts;
  const { words, literal = [], options, places } = parts.value;
  return checkDraw({ kind: 'draw', prompt: joinWords([...words, ...literal]), options, places }, limits);
}

const joinWords = (words: readonly Token[]): string => cleanText(words.map((word) => word.text).join(' '));

function checkDraw(draw: Draw, limits: Limits): Result<Draw, Problem> {
  const { prompt, options, places } = draw;
  const limit = limits.maxPromptChars;
  if (prompt === '') return refuse('prompt_empty', options.negativePrompt === undefined ? {} : { swallowedBy: '--no' }, firstPlace(places));
  const length = countCharacters(prompt);
  if (length > limit) return refuse('prompt_too_long', { length, limit });
  const problem = checkNegative(draw, limits);
  return problem === undefined ? accept(draw) : { ok: false, problem };
}

const firstPlace = (places: OptionPlaces): Place | undefined => Object.values(places).sort((a, b) => a.start - b.start)[0];
