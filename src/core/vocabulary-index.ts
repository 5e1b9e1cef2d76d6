/** A vocabulary made ready for looking words up: every name and its forms, folded, by language. */
import { diminutives, inflections, foldedWords, germanAdjectiveStems } from '#core/vocabulary-forms.ts';
import { longestPhrase } from '#core/vocabulary-fillers.ts';
import { languages, type Language } from '#core/types.ts';
import type { Thing, Vocabulary, Words } from '#core/model-info.ts';

/** What a name stands for: a thing that can be drawn, or one that can't, with what comes near. */
export type Meaning = { readonly kind: 'thing'; readonly thing: Thing } | { readonly kind: 'related'; readonly near: readonly Thing[] };

type Names = Readonly<Record<Language, ReadonlyMap<string, Meaning>>>;

export type VocabularyIndex = {
  /** Names as they stand in the vocabulary, words parted by one blank. */
  readonly exact: Names;
  /** Plurals and cases; none that is an exact name of the same language. */
  readonly forms: Names;
  /** Names of backgrounds, styles and places. */
  readonly settings: ReadonlySet<string>;
  /** Words of the longest name. */
  readonly longest: number;
};

const built = new WeakMap<Vocabulary, VocabularyIndex>();

export function indexOf(vocabulary: Vocabulary): VocabularyIndex {
  const known = built.get(vocabulary);
  if (known !== undefined) return known;
  const index = build(vocabulary);
  built.set(vocabulary, index);
  return index;
}

function build({ things, related, backgrounds, styles, places }: Vocabulary): VocabularyIndex {
  const byName = new Map(things.map((thing) => [thing.en[0], thing]));
  const meanings: readonly (readonly [Words, Meaning])[] = [
    ...things.map((thing) => [thing, { kind: 'thing', thing }] as const),
    ...related.map((words) => {
      const near = words.near.flatMap((name) => byName.get(name) ?? []);
      return [words, { kind: 'related', near }] as const;
    }),
  ];
  const exact = { en: new Map<string, Meaning>(), de: new Map<string, Meaning>() };
  const forms = { en: new Map<string, Meaning>(), de: new Map<string, Meaning>() };
  for (const language of languages) {
    for (const [words, meaning] of meanings) {
      for (const name of words[language].map(foldedWords)) {
        setNew(exact[language], name.join(' '), meaning);
        // «icecream», «tshirt»
        if (name.length > 1) setNew(exact[language], name.join(''), meaning);
      }
    }
    for (const [words, meaning] of meanings)
      for (const form of formsOf(words, language)) if (!exact[language].has(form)) setNew(forms[language], form, meaning);
  }
  const settings = new Set(
    [...backgrounds, ...styles, ...places].flatMap(({ en, de }) => [...en, ...de].map((name) => foldedWords(name).join(' '))),
  );
  const longest = Math.max(
    longestPhrase,
    ...[exact.en, exact.de, settings].flatMap((names) => [...names.keys()].map((name) => name.split(' ').length)),
  );
  return { exact, forms, settings, longest };
}

/** Plurals and cases, as they are given or guessed; diminutives are always guessed. */
function formsOf(words: Words & Pick<Thing, 'forms'>, language: Language): readonly string[] {
  const names = words[language].map(foldedWords);
  if (words.forms === undefined) return names.flatMap((name) => inflections(name, language));
  const given = words.forms[language].map((form) => foldedWords(form).join(' '));
  return language === 'en' ? given : [...given, ...names.flatMap((name) => (name.length === 1 ? diminutives(name[0] ?? '') : []))];
}

function setNew(map: Map<string, Meaning>, name: string, meaning: Meaning): void {
  if (!map.has(name)) map.set(name, meaning);
}

/** A background, a style or a place, as it is called or as a German adjective: `rot`, `rotem`. */
export const isSetting = ({ settings }: VocabularyIndex, name: string): boolean =>
  settings.has(name) || germanAdjectiveStems(name).some((stem) => settings.has(stem));
