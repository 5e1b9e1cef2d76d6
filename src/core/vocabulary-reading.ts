/** A prompt, word by word: which of them name things, and which say only what they are like. */
import { withoutWeights } from '#core/prompt-weights.ts';
import { fillerPhrases, functionWords, groundWords, isFiller, isLikeness } from '#core/vocabulary-fillers.ts';
import { fold } from '#core/vocabulary-forms.ts';
import { isSetting, type Meaning, type VocabularyIndex } from '#core/vocabulary-index.ts';
import type { Language } from '#core/types.ts';

/** What a part of a prompt says; words that nobody knows are `unknown`. */
export type Part = Meaning | { readonly kind: 'filler' } | { readonly kind: 'unknown'; readonly word: string };

type Word = { readonly text: string; /** A comma or the like stands before it. */ readonly afterBreak: boolean };

const filler: Part = { kind: 'filler' };

/** `fallback` is the language where the words themselves don't tell it. */
export function readPrompt(prompt: string, index: VocabularyIndex, fallback: Language): readonly Part[] {
  const words = wordsOf(prompt);
  const language = languageOfWords(words, index, fallback);
  const parts: Part[] = [];
  for (let at = 0; at < words.length;) {
    const found = longestName(words, at, index, language);
    parts.push(found?.part ?? readWord(words, at, index, language));
    at += found?.length ?? 1;
  }
  return parts;
}

function wordsOf(prompt: string): readonly Word[] {
  const text = fold(withoutWeights(prompt));
  let end = 0;
  return Array.from(text.matchAll(/[\p{L}\p{N}]+/gu), (match) => {
    const before = text.slice(end, match.index);
    end = match.index + match[0].length;
    return { text: match[0], afterBreak: /[,.;:!?()[\]|/\n«»"“”]/u.test(before) };
  });
}

/** The language of a prompt; `fallback` as in `readPrompt`. */
export const languageOf = (prompt: string, index: VocabularyIndex, fallback: Language): Language =>
  languageOfWords(wordsOf(prompt), index, fallback);

/** By the small words, which few people mix; «hat» may be a thing and tells nothing. */
function languageOfWords(words: readonly Word[], { exact }: VocabularyIndex, fallback: Language): Language {
  const small = words.filter(({ text }) => !exact.en.has(text) && !exact.de.has(text));
  const count = (language: Language): number => small.filter(({ text }) => functionWords[language].has(text)).length;
  const [english, german] = [count('en'), count('de')];
  if (english === german) return fallback;
  return english > german ? 'en' : 'de';
}

/** The longest name of several words that begins here: «ice cream», «in the snow», «hot dog» before «dog». */
function longestName(
  words: readonly Word[],
  at: number,
  index: VocabularyIndex,
  language: Language,
): { readonly part: Part; readonly length: number } | undefined {
  for (let length = Math.min(index.longest, words.length - at); length > 1; length--) {
    const part = words.slice(at, at + length);
    if (part.slice(1).some(({ afterBreak }) => afterBreak)) continue;
    const name = part.map(({ text }) => text).join(' ');
    if (index.settings.has(name) || fillerPhrases.has(name)) return { part: filler, length };
    const meaning = meaningOf(name, index, language) ?? (length === 2 ? glued(part, index, language) : undefined);
    if (meaning !== undefined) return { part: meaning, length };
  }
  return undefined;
}

/** «snow man», but not «a corn». */
function glued(pair: readonly Word[], index: VocabularyIndex, language: Language): Meaning | undefined {
  const texts = pair.map(({ text }) => text);
  if (texts.some((text) => functionWords.en.has(text) || functionWords.de.has(text))) return undefined;
  return index.exact[language].get(texts.join(''));
}

const meaningOf = (name: string, { exact, forms }: VocabularyIndex, language: Language): Meaning | undefined => {
  const other = otherThan(language);
  return exact[language].get(name) ?? forms[language].get(name) ?? exact[other].get(name) ?? forms[other].get(name);
};

const otherThan = (language: Language): Language => (language === 'en' ? 'de' : 'en');

/** In a prompt of one language its own words come first: «hat» is no hat in German, «hut» is none in English. */
function readWord(words: readonly Word[], at: number, index: VocabularyIndex, language: Language): Part {
  const word = words[at]?.text ?? '';
  const other = otherThan(language);
  const { exact, forms } = index;
  const own = exact[language].get(word);
  const isLike = isSetting(index, word) || isLikeness(word, language);
  if (isLike) return own !== undefined && standsAsNoun(words, at, language) ? own : filler;
  if (own !== undefined) return own;
  if (word.length < 2 || isFiller(word, language)) return filler;
  const named = forms[language].get(word) ?? exact[other].get(word);
  if (named !== undefined) return named;
  if (isFiller(word, other) || /^\d+$/u.test(word)) return filler;
  return forms[other].get(word) ?? { kind: 'unknown', word };
}

/** «an orange on a plate», but neither «an orange cat» nor «a cat, orange». */
function standsAsNoun(words: readonly Word[], at: number, language: Language): boolean {
  const isSmall = ({ text }: Word): boolean => functionWords[language].has(text);
  const isLike = ({ text }: Word): boolean => isLikeness(text, language);
  const before = words[at - 1];
  if (before !== undefined && !isSmall(before) && !isLike(before)) return false;
  for (const next of words.slice(at + 1)) {
    if (next.afterBreak || isSmall(next)) return true;
    if (groundWords.has(next.text) || !isLike(next)) return false;
  }
  return true;
}
