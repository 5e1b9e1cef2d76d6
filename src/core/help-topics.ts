/** What `help` can be asked about: whole topics, every command and every flag. */
import { findOption, optionNames, optionRow, type OptionName } from '#core/options.ts';
import { suggest } from '#core/suggest.ts';
import type { Language } from '#core/types.ts';
import { verbNames, verbRow, type VerbName } from '#core/verbs.ts';

export const helpTopics = ['options', 'subjects', 'styles', 'pictures', 'schedules', 'limits', 'admins', 'commands'] as const;
export type HelpTopic = (typeof helpTopics)[number] | { readonly option: OptionName } | { readonly verb: VerbName };

/** The first of each language is the one that help shows. */
const topicNames = {
  options: { en: ['options', 'flags', 'parameters', 'option'], de: ['optionen', 'schalter', 'parameter'] },
  subjects: { en: ['subjects', 'examples', 'motifs', 'words'], de: ['motive', 'beispiele', 'wörter', 'motiv'] },
  styles: { en: ['styles', 'style', 'presets'], de: ['stile', 'stil'] },
  pictures: { en: ['pictures', 'picture', 'reactions', 'batches', 'weights'], de: ['bilder', 'bild', 'reaktionen', 'stapel', 'gewichte'] },
  schedules: { en: ['schedules', 'schedule', 'plans', 'plan', 'cron'], de: ['zeitpläne', 'zeitplan', 'pläne'] },
  limits: { en: ['limits', 'quota'], de: ['grenzen', 'limits', 'kontingent'] },
  admins: { en: ['admins', 'admin'], de: ['admins', 'verwaltung'] },
  commands: { en: ['commands', 'verbs'], de: ['befehle', 'kommandos'] },
} as const satisfies Record<(typeof helpTopics)[number], Record<Language, readonly string[]>>;

/** How a topic is typed, such as `motive`. */
export const topicName = (topic: (typeof helpTopics)[number], language: Language): string => topicNames[topic][language][0];

const allNames = (topic: (typeof helpTopics)[number]): readonly string[] => [...topicNames[topic].en, ...topicNames[topic].de];

const dashes = /^[-‐‑‒–—―−]+/u;

/** `no` alone asks about the option. */
const verbOf = (word: string): VerbName | undefined =>
  word === 'no' ? undefined : verbNames.find((name) => [...verbRow(name).names.en, ...verbRow(name).names.de].includes(word));

/** A topic or a command typed in either language; a flag with or without its dashes, a word that is both with them. */
export function findTopic(typed: string): HelpTopic | undefined {
  const word = typed.toLowerCase();
  const topic = helpTopics.find((name) => allNames(name).includes(word));
  if (topic !== undefined) return topic;
  const verb = verbOf(word);
  if (verb !== undefined) return { verb };
  const option = findOption(word.replace(dashes, ''));
  return option === undefined ? undefined : { option };
}

export function suggestTopic(typed: string): string | undefined {
  if (typed.length < 4) return undefined;
  const verbs = verbNames.flatMap((name) => [...verbRow(name).names.en, ...verbRow(name).names.de]).filter((name) => !name.includes(' '));
  return suggest(typed.replace(dashes, ''), [
    ...helpTopics.flatMap(allNames),
    ...verbs,
    ...optionNames.map((name) => optionRow(name).flag),
  ]);
}
