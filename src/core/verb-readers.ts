/** A verb counts only as the first word, and only when the rest has its form; otherwise the words are a prompt. */
import type { Command, Target } from '#core/command.ts';
import type { Options, OptionPlaces } from '#core/flags.ts';
import { findTopic, suggestTopic } from '#core/help-topics.ts';
import { readCell, readJobId } from '#core/job-names.ts';
import { readMarks } from '#core/marks-command.ts';
import { readRetention } from '#core/retention-command.ts';
import { plainLetters } from '#core/plain-letters.ts';
import { readPlan } from '#core/plan-command.ts';
import type { ScheduleContext } from '#core/plan-words.ts';
import { clip, type Token } from '#core/prompt-text.ts';
import { accept, refuse, type Problem, type Result } from '#core/problem.ts';
import { meansQuietHours, readQuietHours } from '#core/quiet-hours.ts';
import { isSince } from '#core/since.ts';
import { goesOnAsSentence, readStyle } from '#core/style-command.ts';
import { enlargeFactors } from '#core/model-info.ts';
import type { JobId, Language } from '#core/types.ts';
import { verbNames, verbRow, type VerbName } from '#core/verbs.ts';

/** What stands behind a verb. */
export type Rest = {
  readonly words: readonly Token[];
  /** Words behind a `--`; `undefined` where there was none. */
  readonly literal: readonly Token[] | undefined;
  readonly options: Options;
  readonly places: OptionPlaces;
  /** The whole message, which places count from. */
  readonly message: string;
  readonly clock: ScheduleContext;
};

/** `undefined` where the rest has not the verb's form. */
export type Reader = (rest: Rest, verb: Token) => Result<Command, Problem> | undefined;

const alone =
  (command: Command): Reader =>
  ({ words }) =>
    words.length === 0 ? accept(command) : undefined;

/** `A2`, `k7f3`, `k7f3/A2`, `k7f3 A2` or nothing; `undefined` for other words. */
function readTarget(words: readonly Token[]): Target | undefined {
  const [first, second, ...more] = words.flatMap((word) => word.text.split('/'));
  if (first === undefined) return {};
  if (more.length > 0) return undefined;
  const job = readJobId(first);
  const cell = readCell(second ?? first);
  if (second === undefined && cell !== undefined) return { cell };
  if (job === undefined || (second !== undefined && cell === undefined)) return undefined;
  return { job, ...(cell === undefined ? {} : { cell }) };
}

const ofPicture =
  (make: (target: Target, rest: Rest) => Command): Reader =>
  (rest) => {
    const target = readTarget(rest.words);
    return target === undefined ? undefined : accept(make(target, rest));
  };

/** A job's name or nothing. */
const ofJob =
  (make: (job: { readonly job?: JobId }, rest: Rest) => Command): Reader =>
  (rest) => {
    const [word, ...more] = rest.words;
    if (word === undefined) return accept(make({}, rest));
    const job = more.length === 0 ? readJobId(word.text) : undefined;
    return job === undefined ? undefined : accept(make({ job }, rest));
  };

const factorForm = /^(?:[x×](\d{1,3})|(\d{1,3})[x×]?|(\d{1,3})-?(?:fach|times))$/iu;

/** The factor stands before or behind the picture. */
function upscale({ words }: Rest): Result<Command, Problem> | undefined {
  const at = words.findIndex((word) => factorForm.test(word.text));
  const typed = words[at];
  const picked = readTarget(words.filter((_, index) => index !== at));
  if (picked === undefined) return undefined;
  if (typed === undefined) return accept({ kind: 'upscale', ...picked });
  const [, ...digits] = factorForm.exec(typed.text) ?? [];
  const factor = enlargeFactors.find((known) => known === Number(digits.find((digit) => digit !== undefined)));
  return factor === undefined
    ? refuse('factor_unknown', { value: clip(typed.text, 20) }, typed)
    : accept({ kind: 'upscale', factor, ...picked });
}

const sinceForm = /^(?:since|seit|ab):(.+)$/iu;
const mineForm = /^(?:mine|by:me|meine|von:mir)$/iu;

function find({ words }: Rest): Result<Command, Problem> | undefined {
  const texts = words.map((word) => word.text);
  const { since, count, at } = findSince(texts) ?? { since: undefined, count: 0, at: 0 };
  const others = texts.filter((_, index) => index < at || index >= at + count);
  const plain = others.filter((text) => !mineForm.test(text));
  return accept({ kind: 'find', words: plain, mine: plain.length < others.length, ...(since === undefined ? {} : { since }) });
}

/** `since:yesterday`, `since: yesterday`; without a colon only where a date follows: `boats since 1900` are boats. */
function findSince(texts: readonly string[]): { readonly since: string; readonly at: number; readonly count: number } | undefined {
  for (const [at, text] of texts.entries()) {
    const glued = sinceForm.exec(text)?.[1];
    if (glued !== undefined) return { since: glued, at, count: 1 };
    const [next, second] = [texts[at + 1], texts[at + 2]];
    if (!/^(?:since|seit|ab):?$/iu.test(text) || next === undefined) continue;
    if (second !== undefined && isSince(`${next} ${second}`)) return { since: `${next} ${second}`, at, count: 3 };
    if (text.endsWith(':') || isSince(next)) return { since: next, at, count: 2 };
  }
  return undefined;
}

const adminActions: ReadonlyMap<string, 'pause' | 'resume' | 'limits'> = new Map([
  ['pause', 'pause'],
  ['anhalten', 'pause'],
  ['resume', 'resume'],
  ['weiter', 'resume'],
  ['limits', 'limits'],
  ['grenzen', 'limits'],
]);

function admin({ words }: Rest): Result<Command, Problem> | undefined {
  const [word, name, value, ...more] = words;
  const action = adminActions.get(word?.text.toLowerCase() ?? '');
  if (action === undefined || more.length > 0) return undefined;
  if (action !== 'limits') return name === undefined ? accept({ kind: 'admin', action }) : undefined;
  if (name === undefined) return accept({ kind: 'admin', action });
  if (value === undefined) return refuse('limit_value_missing', { name: clip(name.text, 40) }, name);
  if (/^(default|standard|vorgabe)$/iu.test(value.text)) return accept({ kind: 'admin', action, name: name.text, value: 'default' });
  if (!/^\d{1,9}$/u.test(value.text))
    return refuse('whole_number_invalid', { flag: name.text, value: clip(value.text, 40), example: '50' }, value);
  return accept({ kind: 'admin', action, name: name.text, value: Number(value.text) });
}

/** Nobody cancels other people's jobs with it: `all` are one's own. */
const allOfMine = /^(all|everything|(all )?mine|(all )?(my )?jobs|all of (mine|them)|alles?|(alle )?(meine )?auftraege|(alle )?meine)$/u;

const readers = {
  help: ({ words }) => {
    const [word, ...more] = words;
    if (word === undefined) return accept({ kind: 'help' });
    if (more.length > 0) return undefined;
    const topic = findTopic(word.text);
    if (topic !== undefined) return accept({ kind: 'help', topic });
    const suggestion = suggestTopic(word.text);
    return suggestion === undefined ? undefined : refuse('topic_unknown', { topic: word.text, suggestion }, word);
  },
  queue: alone({ kind: 'queue' }),
  models: alone({ kind: 'models' }),
  plans: alone({ kind: 'plans' }),
  gallery: alone({ kind: 'gallery' }),
  limits: alone({ kind: 'limits' }),
  my_data: alone({ kind: 'my_data' }),
  forget_me: alone({ kind: 'forget_me' }),
  yes: alone({ kind: 'answer', yes: true }),
  no: alone({ kind: 'answer', yes: false }),
  cancel: ({ words }) => {
    const typed = plainLetters(words.map((word) => word.text).join(' '));
    if (/^(it|that|this|das|es)?$/u.test(typed)) return accept({ kind: 'cancel', target: 'subject' });
    if (allOfMine.test(typed)) return accept({ kind: 'cancel', target: 'mine' });
    const job = readJobId(typed.replace(/^(job|auftrag) /u, ''));
    return job === undefined ? undefined : accept({ kind: 'cancel', target: job });
  },
  again: ofJob((job, { options, places }) => ({ kind: 'again', ...job, options, places })),
  sheet: ofJob((job) => ({ kind: 'sheet', ...job })),
  zip: ofJob((job) => ({ kind: 'zip', ...job })),
  info: ofPicture((picture) => ({ kind: 'info', ...picture })),
  verify: ofPicture((picture) => ({ kind: 'verify', ...picture })),
  marks: readMarks,
  retention: readRetention,
  privacy: alone({ kind: 'privacy' }),
  check: ofPicture((picture) => ({ kind: 'check', ...picture })),
  release: ofPicture((picture) => ({ kind: 'release', ...picture })),
  held: alone({ kind: 'held' }),
  enhance: ofPicture((picture) => ({ kind: 'enhance', ...picture })),
  replay: ofPicture((picture) => ({ kind: 'replay', ...picture })),
  star: ({ words }, verb) => {
    const target = readTarget(words);
    // Stars are drawn as well: `star`, `star fish`. Only `star A2` names a picture beyond doubt.
    const isThing = /^(?:star|stern)$/iu.test(verb.text) && target?.cell === undefined;
    return target === undefined || isThing ? undefined : accept({ kind: 'star', on: true, ...target });
  },
  unstar: ofPicture((picture) => ({ kind: 'star', on: false, ...picture })),
  vary: ofPicture((picture, { options, places }) => ({ kind: 'vary', ...picture, options, places })),
  upscale,
  edit: ({ words, literal = [], options, places }, verb) => {
    const text = [...words, ...literal].map((word) => word.text).join(' ');
    if (text === '' && Object.keys(places).length === 0) return refuse('edit_empty', {}, verb);
    return accept({ kind: 'edit', words: text, options, places });
  },
  find,
  styles: ({ words }) =>
    goesOnAsSentence(words) ? undefined : accept({ kind: 'styles', search: words.map((word) => word.text).join(' ') }),
  style: readStyle,
  plan: readPlan,
  admin,
  use_model: ({ words }) => {
    const [name, ...more] = words;
    return name === undefined || more.length > 0 ? undefined : accept({ kind: 'use_model', name: name.text });
  },
  time_zone: ({ words }) => {
    const [zone, ...more] = words;
    if (more.length > 0) return undefined;
    return accept({ kind: 'time_zone', ...(zone === undefined ? {} : { zone: zone.text }) });
  },
  quiet: ({ words }) => {
    if (words.length === 0) return accept({ kind: 'quiet' });
    const typed = words.map((word) => word.text).join(' ');
    const hours = readQuietHours(typed);
    if (hours !== undefined) return accept({ kind: 'quiet', hours });
    const place = { start: words[0]?.start ?? 0, end: words.at(-1)?.end ?? 0 };
    return meansQuietHours(typed) ? refuse('quiet_invalid', { value: clip(typed, 40) }, place) : undefined;
  },
  lang: ({ words }, verb) => {
    const [word, ...more] = words;
    if (word === undefined) return refuse('language_missing', {}, verb);
    if (more.length > 0) return undefined;
    if (/^(de|ger|german|deutsch)$/iu.test(word.text)) return accept({ kind: 'lang', language: 'de' });
    if (/^(en|eng|english|englisch)$/iu.test(word.text)) return accept({ kind: 'lang', language: 'en' });
    return /^[a-z]{2}$/iu.test(word.text) ? refuse('language_unknown', { value: word.text }, word) : undefined;
  },
} satisfies Record<VerbName, Reader>;

export type VerbMatch = {
  readonly result: Result<Command, Problem>;
  /** The language of the word, where it belongs to one only. */
  readonly language: Language | undefined;
};

/** The verb that these words are, or `undefined` for a prompt. */
export function matchVerb({ words, ...rest }: Rest): VerbMatch | undefined {
  const hasFlags = Object.keys(rest.places).length > 0;
  const tidy = withoutManners(words);
  for (const name of verbNames) {
    const { mostWords, takesFlags, takesLiteral } = verbRow(name);
    const typed = mostWords === Infinity ? words : tidy;
    if (typed.length > mostWords || (hasFlags && takesFlags !== true)) continue;
    if (rest.literal !== undefined && takesLiteral !== true) continue;
    const found = findVerb(name, typed);
    const verb = typed[0];
    if (found === undefined || verb === undefined) continue;
    const reader: Reader = readers[name];
    const result = reader({ ...rest, words: typed.slice(found.length) }, verb);
    if (result !== undefined) return { result, language: found.language };
  }
  return undefined;
}

/** A verb's few words may end a sentence, and ask for it kindly: `queue please!` */
function withoutManners(words: readonly Token[]): readonly Token[] {
  const last = words.at(-1);
  if (last === undefined) return words;
  const text = last.text.replace(/(?<=.)[.!?…]{1,3}$/u, '');
  const others = words.slice(0, -1);
  return others.length > 0 && /^(please|pls|bitte)$/iu.test(text) ? others : [...others, { ...last, text }];
}

function findVerb(
  name: VerbName,
  words: readonly Token[],
): { readonly length: number; readonly language: Language | undefined } | undefined {
  const { en, de } = verbRow(name).names;
  const typed = words.slice(0, 2).map((word) => plainLetters(word.text));
  const starts = (alias: string): boolean =>
    plainLetters(alias)
      .split(' ')
      .every((part, index) => typed[index] === part);
  // The longest first, so that `noch mal` is not taken for something shorter.
  const alias = [...en, ...de].filter(starts).sort((a, b) => b.length - a.length)[0];
  if (alias === undefined) return undefined;
  return { length: alias.split(' ').length, language: de.includes(alias) && !en.includes(alias) ? 'de' : undefined };
}
