/** Compounds that nobody listed, mostly German ones: «Polarfuchs», «Vanilleeis», «Fußballspieler». */
import type { Meaning, VocabularyIndex } from '#core/vocabulary-index.ts';

/** Of a part that may be anything. A shorter one must stand beside a part that is known, or a long one. */
const sureHead = 4;
const shortestPart = 3;
const longModifier = 5;
const shortestBeginning = 5;

const lookUp = ({ exact, forms }: VocabularyIndex, word: string): Meaning | undefined =>
  exact.de.get(word) ?? exact.en.get(word) ?? forms.de.get(word) ?? forms.en.get(word);

/** The last part of a compound says what it is: «Polarfuchs» is a fox, «Erdbeereis» ice and no rice. */
export function headOf(word: string, index: VocabularyIndex): Meaning | undefined {
  const splits = splitsOf(word).flatMap(([modifier, head]) => {
    const meaning = lookUp(index, head);
    return meaning === undefined ? [] : [{ meaning, modifier, head }];
  });
  const found =
    splits.find(({ modifier }) => isKnownModifier(modifier, index)) ??
    splits.find(({ head }) => head.length >= sureHead) ??
    splits.find(({ modifier, head, meaning }) => modifier.length >= longModifier && meaning.kind === 'thing' && isGerman(head, index));
  return found?.meaning;
}

/** What a compound begins with, where its end says nothing: «Tomatensoße» has to do with tomatoes. */
export function beginningOf(word: string, index: VocabularyIndex): Meaning | undefined {
  for (const [beginning] of splitsOf(word).toReversed()) {
    const meaning = beginning.length < shortestBeginning ? undefined : lookUp(index, beginning);
    if (meaning !== undefined) return meaning;
  }
  return undefined;
}

/** «Strohhut», but no hen in a «Fähnchen». */
const isGerman = (head: string, { exact, forms }: VocabularyIndex): boolean => exact.de.has(head) || forms.de.has(head);

/** The longest end first. */
const splitsOf = (word: string): readonly (readonly [beginning: string, end: string])[] =>
  Array.from({ length: Math.max(0, word.length - 2 * shortestPart + 1) }, (_, index) => {
    const cut = index + shortestPart;
    return [word.slice(0, cut), word.slice(cut)] as const;
  });

/** Also with the letters that join the parts of German compounds: «Erdbeer-», «Geburtstags-». */
const isKnownModifier = (modifier: string, index: VocabularyIndex): boolean =>
  [modifier, `${modifier}e`, modifier.replace(/s$/u, '')].some((word) => word.length >= sureHead && lookUp(index, word) !== undefined);
