/** What `help` can be asked about: whole topics and every flag. */
import { findOption, optionNames, optionRow, type OptionName } from '#core/options.ts';
import { suggest } from '#core/suggest.ts';
import type { Language } from '#core/types.ts';

export const helpTopics = ['options', 'subjects', 'limits', 'commands'] as const;
export type HelpTopic = (typeof helpTopics)[number] | { readonly option: OptionName };

/** The first of each language is the one that help shows. */
const topicNames = {
  options: { en: ['options', 'flags', 'parameters', 'option'], de: ['optionen', 'schalter', 'parameter'] },
  subjects: { en: ['subjects', 'examples', 'motifs', 'words'], de: ['motive', 'beispiele', 'wörter', 'motiv'] },
  limits: { en: ['limits'], de: ['grenzen', 'limits'] },
  commands: { en: ['commands', 'verbs'], de: ['befehle', 'kommandos'] },
} as const satisfies Record<(typeof helpTopics)[number], Record<Language, readonly string[]>>;

/** How a topic is typed, such as `motive`. */
export const topicName = (topic: (typeof helpTopics)[number], language: Language): string => topicNames[topic][language][0];

const allNames = (topic: (typeof helpTopics)[number]): readonly string[] => [...topicNames[topic].en, ...topicNames[topic].de];

/** A topic typed in either language; a flag with or without its dashes. */
export function findTopic(typed: string): HelpTopic | undefined {
  const word = typed.toLowerCase();
  const topic = helpTopics.find((name) => allNames(name).includes(word));
  if (topic !== undefined) return topic;
  const option = findOption(word.replace(/^[-‐‑‒–—―−]+/u, ''));
  return option === undefined ? undefined : { option };
}

export function suggestTopic(typed: string): string | undefined {
  if (typed.length < 4) return undefined;
  return suggest(typed.replace(/^[-‐‑‒–—―−]+/u, ''), [...helpTopics.flatMap(allNames), ...optionNames.map((name) => optionRow(name).flag)]);
}
