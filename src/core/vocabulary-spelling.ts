/** What was probably meant by a word with slips of the pen, such as «foxx» or «gutair». */
import { editDistance } from '#core/suggest.ts';
import type { Meaning, VocabularyIndex } from '#core/vocabulary-index.ts';
import { languages, type Language } from '#core/types.ts';

/**
 * Letters from which a slip is forgiven. Words are alike by chance, the more often the shorter they are: a clock is no
 * cock, money no monkey, a speaker no sneaker. Shorter ones may only double a letter or swap two neighbours.
 */
const longEnough = { missing: 6, otherVowel: 7, twoSlips: 9 } as const;
/** What can't be drawn is looked for among longer words only: with hundreds of names some are near everything. */
const moreForRelated = 3;
const shortest = 3;

/** The name with the fewest slips. Short words are looked for in their own language only. */
export function misspelt(word: string, { exact }: VocabularyIndex, language: Language): Meaning | undefined {
  // «foxxes», «Elephannten», «Raketten»
  const typed = [word, ...[/(?<=.{4})e?[sn]$/u, /(?<=.{4})[sn]$/u].map((ending) => word.replace(ending, ''))];
  let best: { readonly meaning: Meaning; readonly cost: number } | undefined;
  for (const own of languages) {
    for (const [name, meaning] of exact[own]) {
      const letters = Math.min(word.length, name.length) - (meaning.kind === 'thing' ? 0 : moreForRelated);
      if (letters < (own === language ? shortest : longEnough.missing)) continue;
      const cost = Math.min(...typed.map((spelling) => slipsBetween(spelling, name, letters)));
      if (cost < (best?.cost ?? Infinity)) best = { meaning, cost };
    }
  }
  return best?.meaning;
}

/** `Infinity` where there are too many for so many letters. */
function slipsBetween(typed: string, name: string, letters: number): number {
  if (Math.abs(typed.length - name.length) > 2) return Infinity;
  const swapped = name.startsWith(`${typed[1] ?? ''}${typed[0] ?? ''}`);
  if (typed[0] !== name[0] && !swapped) return Infinity;
  if (once(typed) === once(name) || (typed.length > shortest && typed === withoutUmlauts(name))) return 1;
  const slips = editDistance(typed, name);
  const sameLetters = sorted(typed) === sorted(name);
  if (slips === 1 && sameLetters) return 1;
  // «-chen» makes any two diminutives alike: a «Häuschen» is no «Häschen».
  if (letters < longEnough.missing || swapped || /(?:chen|lein)$/u.test(name)) return Infinity;
  if (sound(typed) === sound(name)) return 1;
  if (umlauts(typed) > umlauts(name)) return Infinity;
  if (slips === 1 && typed.length !== name.length) return 1;
  // Endings tell words apart: «Schweiz», «Schwein».
  if (slips > 2 || typed.at(-1) !== name.at(-1)) return Infinity;
  if (letters >= longEnough.twoSlips || sameLetters) return slips;
  return slips === 1 && letters >= longEnough.otherVowel && consonants(typed) === consonants(name) ? 1 : Infinity;
}

const once = (word: string): string => word.replace(/(.)\1+/gu, '$1');
const sorted = (word: string): string => [...word].sort().join('');
const consonants = (word: string): string => word.replace(/[aeiou]/gu, '');
/** Who has no key for them leaves them out: «Lowe». */
const withoutUmlauts = (word: string): string => word.replaceAll(/([aou])e/gu, '$1');
/** Who types one means it: a «Bürger» is no «Burger». */
const umlauts = (word: string): number => word.match(/[aou]e(?!$)/gu)?.length ?? 0;

/** One spelling for letters that sound the same: «elefant», «Schmätterling», «brokkoli». */
const sound = (word: string): string =>
  once(
    word
      .replaceAll('ph', 'f')
      .replaceAll(/c(?!h)/gu, 'k')
      .replaceAll(/th|dt/gu, 't')
      .replaceAll('y', 'i')
      .replaceAll('ae', 'e'),
  );
