/** Lists of words that whoever runs the bot writes into the configuration, made ready for looking them up. Pure. */
import { foldLetters, speltWords, type SpeltWord } from '#core/prompt-spelling.ts';

/** One line of a list: `word`, `several words`, or `/pattern/`, which has no `words`. */
export type ListedRule = { readonly text: string; readonly words: readonly string[]; readonly isIn: (prompt: ReadPrompt) => boolean };

/** A prompt, read once for all rules. */
export type ReadPrompt = { readonly text: string; readonly words: readonly SpeltWord[] };

export const readPrompt = (prompt: string): ReadPrompt => ({
  text: foldLetters(prompt).replaceAll(/\s+/gu, ' '),
  words: speltWords(prompt),
});

const MOST_PATTERN_LETTERS = 200;
/** Steps per letter of a prompt that a pattern may cost: with 2,000 letters, some milliseconds. */
const MOST_COST = 1000;
/** An unbounded repetition may go on to the end of the prompt, from each of its places. */
const UNBOUNDED = 500;

/** @returns the rule, or what is wrong with the line and what is allowed */
export function readRule(line: string): ListedRule | string {
  const text = line.trim();
  const [, pattern] = /^\/(.*)\/$/u.exec(text) ?? [];
  if (pattern !== undefined) return patternRule(text, pattern);
  const wanted = speltWords(text).map(({ forms }) => forms[0] ?? '');
  if (wanted.length === 0) return `"${text}" has no letters: write a word, several words, or a pattern such as /guns?/`;
  return {
    text,
    words: wanted,
    isIn: (prompt) => prompt.words.some((_, at) => standsAt({ words: wanted }, prompt, at)),
  };
}

/** Whether the words of a rule follow each other in a prompt from `start` on. */
export const standsAt = ({ words }: Pick<ListedRule, 'words'>, prompt: ReadPrompt, start: number): boolean =>
  start >= 0 && words.every((word, index) => prompt.words[start + index]?.forms.includes(word) === true);

function patternRule(text: string, pattern: string): ListedRule | string {
  if (pattern.length > MOST_PATTERN_LETTERS)
    return `the pattern ${text.slice(0, 40)}… is longer than ${MOST_PATTERN_LETTERS} letters: split it`;
  const unsafe = costProblem(pattern);
  if (unsafe !== undefined) return `the pattern ${text} ${unsafe}`;
  let compiled: RegExp;
  try {
    compiled = new RegExp(foldLetters(pattern) === pattern.toLowerCase() ? pattern : foldedPattern(pattern), 'iu');
  } catch {
    return `the pattern ${text} is no regular expression: check brackets and backslashes`;
  }
  return { text, words: [], isIn: ({ text: prompt }) => compiled.test(prompt) };
}

/** Prompts are compared without accents; a class such as `\W` keeps its capital letter. */
const foldedPattern = (pattern: string): string =>
  pattern.replace(/\\.|[^\\]+/gu, (part) => (part.startsWith('\\') ? part : foldLetters(part)));

/**
 * Why a pattern could take too long: JavaScript tries every way in which repetitions and alternatives can share a text, so the ways are
 * counted beforehand, the most careful way.
 */
function costProblem(pattern: string): string | undefined {
  if (/\\[1-9]|\\k</u.test(pattern)) return 'looks back at a group: that can take for ever, so write it out';
  if (/\(\?(?!:)/u.test(pattern)) return 'looks ahead or behind, or names a group: only plain groups (…) and (?:…) are allowed';
  const plain = pattern.replace(/\\(?:[pP]\{[^}]*\}|u\{[^}]*\}|u[\dA-Fa-f]{4}|x[\dA-Fa-f]{2}|.)/gu, 'x').replace(/\[[^\]]*\]/gu, 'x');
  let cost = 1;
  const groups: { branches: number; isVaried: boolean }[] = [];
  let top = 1;
  for (let at = 0; at < plain.length; at++) {
    const sign = plain[at];
    const group = groups.at(-1);
    if (sign === '(') {
      groups.push({ branches: 1, isVaried: false });
      if (plain.startsWith('?:', at + 1)) at += 2;
      continue;
    }
    if (sign === '|') {
      if (group === undefined) top += 1;
      else group.branches += 1;
      continue;
    }
    const closed = sign === ')' ? groups.pop() : undefined;
    const from = at + 1;
    const [quantifier, ...range] = /^(?:[*+]|\?|\{(\d+)(,)?(\d*)\})\??/u.exec(plain.slice(from)) ?? [];
    if (closed !== undefined) cost *= closed.branches;
    if (quantifier !== undefined) {
      const times = repetitions(quantifier, range);
      if (closed !== undefined && (closed.isVaried || closed.branches > 1) && times > 2)
        return 'repeats a group that has alternatives or repetitions itself: write it without';
      cost *= times;
      at += quantifier.length;
    }
    const outer = groups.at(-1);
    if (outer !== undefined && (quantifier !== undefined || closed?.isVaried === true || (closed?.branches ?? 1) > 1))
      outer.isVaried = true;
  }
  return cost * top > MOST_COST ? 'has too many repetitions and alternatives together: make several lines of it' : undefined;
}

function repetitions(quantifier: string, [least = '0', comma, most = '']: readonly (string | undefined)[]): number {
  if (quantifier.startsWith('?')) return 2;
  if (!quantifier.startsWith('{')) return UNBOUNDED;
  if (comma === undefined) return Math.max(1, Number(least) / 10);
  return most === '' ? UNBOUNDED : Math.max(1, Number(most) - Number(least) + 1) + Number(least) / 10;
}
