/**
 * Verbs other than «draw this». A verb counts only as the first word, and only when the rest has its form; otherwise the
 * words are a prompt.
 */
import type { Command } from '#core/command.ts';
import type { Options, OptionPlaces } from '#core/flags.ts';
import { findTopic, suggestTopic } from '#core/help-topics.ts';
import { readCell, readJobId } from '#core/job-names.ts';
import type { Token } from '#core/prompt-text.ts';
import { accept, refuse, type Problem, type Result } from '#core/problem.ts';
import type { Language } from '#core/types.ts';

export type VerbName = 'help' | 'queue' | 'cancel' | 'again' | 'info' | 'models' | 'lang';

type Verb = {
  /** The first of each language is the one that help shows; two words are allowed. */
  readonly names: Readonly<Record<Language, readonly string[]>>;
  /** What may follow, as help shows it. */
  readonly form: Readonly<Record<Language, string>>;
  readonly description: Readonly<Record<Language, string>>;
};

export const verbs = {
  help: {
    names: { en: ['help', '?'], de: ['hilfe'] },
    form: { en: '[topic]', de: '[Thema]' },
    description: { en: 'this help; topics: `options`, `subjects`, `limits`', de: 'diese Hilfe; Themen: `optionen`, `motive`, `grenzen`' },
  },
  queue: {
    names: { en: ['queue'], de: ['warteschlange', 'schlange'] },
    form: { en: '', de: '' },
    description: { en: 'what is being drawn and what waits', de: 'was gerade entsteht und was wartet' },
  },
  cancel: {
    names: { en: ['cancel', 'stop', 'abort'], de: ['abbrechen', 'stopp', 'abbruch'] },
    form: { en: '[k7f3|mine]', de: '[k7f3|meine]' },
    description: {
      en: 'stops a job: the one named, the one replied to, or all of yours',
      de: 'stoppt einen Auftrag: den genannten, den der Antwort, oder alle deine',
    },
  },
  again: {
    names: { en: ['again', 'repeat', 'redo'], de: ['nochmal', 'noch mal', 'noch einmal', 'nocheinmal', 'wiederholen'] },
    form: { en: '[k7f3]', de: '[k7f3]' },
    description: { en: 'the same request with a new seed; options change it', de: 'derselbe Wunsch mit neuem Seed; Optionen ändern ihn' },
  },
  info: {
    names: { en: ['info'], de: ['info', 'infos'] },
    form: { en: '[k7f3|A2|k7f3/A2]', de: '[k7f3|A2|k7f3/A2]' },
    description: {
      en: 'prompt, seed, model and times of a picture, and the command that makes it again',
      de: 'Prompt, Seed, Modell und Zeiten eines Bildes sowie der Befehl, der es neu erzeugt',
    },
  },
  models: {
    names: { en: ['models'], de: ['modelle'] },
    form: { en: '', de: '' },
    description: {
      en: 'installed models, their licences, and what they can draw',
      de: 'installierte Modelle, ihre Lizenzen und was sie zeichnen können',
    },
  },
  lang: {
    names: { en: ['lang', 'language'], de: ['sprache'] },
    form: { en: 'de|en', de: 'de|en' },
    description: { en: 'the language of this room', de: 'die Sprache dieses Raums' },
  },
} as const satisfies Record<VerbName, Verb>;

export const verbNames = Object.keys(verbs) as readonly VerbName[];

/** The table's row with its widened type. */
export const verbRow = (name: VerbName): Verb => verbs[name];

/** What stands behind a verb. */
type Rest = { readonly words: readonly Token[]; readonly options: Options; readonly places: OptionPlaces };

/** `undefined` where the rest has not the verb's form. */
type Reader = (rest: Rest, verb: Token) => Result<Command, Problem> | undefined;

const alone =
  (command: Command): Reader =>
  ({ words }) =>
    words.length === 0 ? accept(command) : undefined;

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
  cancel: ({ words }) => {
    const typed = words.map((word) => word.text.toLowerCase()).join(' ');
    if (typed === '') return accept({ kind: 'cancel', target: 'subject' });
    if (/^((all )?(mine|my jobs)|all|(alle )?meine|alle|alles)$/u.test(typed)) return accept({ kind: 'cancel', target: 'mine' });
    const job = readJobId(typed);
    return job === undefined ? undefined : accept({ kind: 'cancel', target: job });
  },
  again: ({ words, options, places }) => {
    const [word, ...more] = words;
    if (word === undefined) return accept({ kind: 'again', options, places });
    const job = more.length === 0 ? readJobId(word.text) : undefined;
    return job === undefined ? undefined : accept({ kind: 'again', job, options, places });
  },
  info: ({ words }) => {
    const [first, second, ...more] = words.flatMap((word) => word.text.split('/'));
    if (first === undefined) return accept({ kind: 'info' });
    if (more.length > 0) return undefined;
    const job = readJobId(first);
    const cell = readCell(second ?? first);
    if (second === undefined && cell !== undefined) return accept({ kind: 'info', cell });
    if (job === undefined || (second !== undefined && cell === undefined)) return undefined;
    return accept({ kind: 'info', job, ...(cell === undefined ? {} : { cell }) });
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

/** `noch mal k7f3`, `cancel all my jobs`. */
const longestForm = 4;

/** The verb that these words are, or `undefined` for a prompt. */
export function matchVerb(words: readonly Token[], options: Options, places: OptionPlaces): VerbMatch | undefined {
  // Of a verb's few words, the last may end a sentence; more words are a prompt.
  if (words.length > longestForm) return undefined;
  const last = words.length - 1;
  const tidy = words.map((word, index) => (index === last ? { ...word, text: word.text.replace(/(?<=.)[.!?…]{1,3}$/u, '') } : word));
  for (const name of verbNames) {
    // Only `again` draws; a verb with other flags behind it is a prompt.
    if (name !== 'again' && Object.keys(places).length > 0) continue;
    const found = findVerb(name, tidy);
    const verb = tidy[0];
    if (found === undefined || verb === undefined) continue;
    const result = readers[name]({ words: tidy.slice(found.length), options, places }, verb);
    if (result !== undefined) return { result, language: found.language };
  }
  return undefined;
}

function findVerb(
  name: VerbName,
  words: readonly Token[],
): { readonly length: number; readonly language: Language | undefined } | undefined {
  const { en, de } = verbRow(name).names;
  const starts = (alias: string): boolean => alias.split(' ').every((part, index) => words[index]?.text.toLowerCase() === part);
  // The longest first, so that `noch mal` is not taken for something shorter.
  const alias = [...en, ...de].filter(starts).sort((a, b) => b.length - a.length)[0];
  if (alias === undefined) return undefined;
  return { length: alias.split(' ').length, language: de.includes(alias) && !en.includes(alias) ? 'de' : undefined };
}
