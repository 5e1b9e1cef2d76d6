/** What a model can draw, as lists that a person can read: its things in groups, its backgrounds, its styles. */
import { pickFor } from '#core/format.ts';
import type { Voice } from '#core/message-codes.ts';
import { bold, code, paragraph, type Block, type RichText, type Span } from '#core/rich-text.ts';
import type { Language } from '#core/types.ts';
import type { ModelInfo, Thing, Vocabulary, Words } from '#core/model-info.ts';

type Shown = Pick<ModelInfo, 'title' | 'vocabulary' | 'examples'>;

/** Nothing for a model that has no closed list. */
export function renderVocabulary({ title, vocabulary }: Shown, { language }: Pick<Voice, 'language'>): RichText {
  if (vocabulary === undefined) return [];
  const pick = pickFor(language);
  const count = vocabulary.things.length;
  const rows = [
    ...groupsOf(vocabulary).map(({ group, things }) => ({ title: group?.[language] ?? pick('Things', 'Dinge'), words: things })),
    { title: pick('Backgrounds', 'Hintergründe'), words: vocabulary.backgrounds },
    { title: pick('Styles', 'Stile'), words: vocabulary.styles },
    { title: pick('Place and size', 'Lage und Größe'), words: vocabulary.places },
  ];
  const items = rows
    .filter(({ words }) => words.length > 0)
    .map(({ title: heading, words }): readonly Span[] => [bold(`${heading}: `), { text: namesOf(words, language) }]);
  return [
    paragraph(
      pick(`${title} knows ${count} ${count === 1 ? 'thing' : 'things'}:`, `${title} kennt ${count} ${count === 1 ? 'Ding' : 'Dinge'}:`),
    ),
    { kind: 'list', items },
  ];
}

/** Prompts that the model draws well, as commands; at most `most`. */
export function renderExamples({ examples }: Shown, { language, prefix }: Voice, most = Infinity): readonly Block[] {
  const items = examples[language].slice(0, most).map((example) => [code(`${prefix} ${example}`)]);
  return items.length === 0 ? [] : [paragraph(pickFor(language)('For example:', 'Zum Beispiel:')), { kind: 'list', items }];
}

type Group = { readonly group: Vocabulary['groups'][string] | undefined; readonly things: readonly Thing[] };

/** In the order of the groups; things of no group come last. */
function groupsOf({ things, groups }: Pick<Vocabulary, 'things' | 'groups'>): readonly Group[] {
  const named = Object.entries(groups).map(([key, group]) => ({ group, things: things.filter((thing) => thing.group === key) }));
  return [...named, { group: undefined, things: things.filter(({ group }) => group === undefined) }].filter(
    (part) => part.things.length > 0,
  );
}

/** The list as a page shows it: the first name of everything, in both languages. */
export type ShownVocabulary = {
  readonly groups: readonly { readonly title?: Name; readonly things: readonly Name[] }[];
  readonly backgrounds: readonly Name[];
  readonly styles: readonly Name[];
  readonly places: readonly Name[];
};

type Name = Readonly<Record<Language, string>>;

export function shownVocabulary(vocabulary: Vocabulary): ShownVocabulary {
  const firstNames = (list: readonly Words[]): readonly Name[] => list.map(({ en, de }) => ({ en: en[0] ?? '', de: de[0] ?? '' }));
  return {
    groups: groupsOf(vocabulary).map(({ group, things }) => ({ ...(group && { title: group }), things: firstNames(things) })),
    backgrounds: firstNames(vocabulary.backgrounds),
    styles: firstNames(vocabulary.styles),
    places: firstNames(vocabulary.places),
  };
}

/** The first name of each, in the reader's language. */
export const namesOf = (words: readonly Words[], language: Language): string => words.map((names) => names[language][0]).join(', ');
