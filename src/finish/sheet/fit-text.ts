import type { FontWeight } from '#src/finish/fonts.ts';
import { fontMetrics } from '#src/finish/sheet/font-metrics.ts';

/** More letters than any line of a sheet can hold; a prompt may have thousands. */
const mostLetters = 400;

/** Coloured emoji come from whatever other font a machine has, so they would differ from one to the next. */
const undrawn = /[\p{C}\p{Variation_Selector}\p{Emoji_Presentation}\uFFFD]/u;

/**
 * A text as the font can draw it, on one line. Control and direction marks go, and letters that the font lacks; where most letters go,
 * so does the rest, as commas alone say nothing.
 */
export const drawable = (text: string, weight: FontWeight): string => {
  const { has } = fontMetrics(weight);
  const letters = [
    ...text
      .slice(0, 4 * mostLetters)
      .toWellFormed()
      .normalize('NFC')
      .replaceAll(/\s+/gu, ' '),
  ].slice(0, mostLetters);
  const kept = letters.filter((letter) => !undrawn.test(letter) && has(letter.codePointAt(0) ?? 0));
  if (wordLetters(kept) * 2 < wordLetters(letters)) return '';
  const line = kept.join('').replaceAll(/ +/g, ' ').trim();
  return letters.length === mostLetters ? `${line}…` : line;
};

const wordLetters = (letters: readonly string[]): number => letters.filter((letter) => /[\p{L}\p{N}]/u.test(letter)).length;

type LineShape = {
  readonly weight: FontWeight;
  readonly sizePx: number;
  readonly widthPx: number;
  readonly mostLines: number;
  /** Taken already at the start of the first line, which stays empty where no word fits behind it. */
  readonly indentPx?: number;
};

/** Broken between words, inside of a word only where it is longer than a line; what does not fit into `mostLines` ends in «…». */
export const breakLines = (text: string, { weight, sizePx, widthPx, mostLines, indentPx = 0 }: LineShape): readonly string[] => {
  const lines: string[] = [];
  let rest = text;
  while (rest !== '' && lines.length < mostLines) {
    const roomPx = lines.length === 0 ? widthPx - indentPx : widthPx;
    const fits = (line: string): boolean => fontMetrics(weight).width(line) * sizePx <= roomPx;
    const isLast = lines.length === mostLines - 1;
    if (lines.length === 0 && indentPx > 0 && !isLast && !fits(rest.split(' ')[0] ?? '')) {
      lines.push('');
      continue;
    }
    const line = fits(rest) ? rest : isLast ? `${wholeWords(rest, (part) => fits(`${part}…`))}…` : wholeWords(rest, fits);
    // What separated two things separates nothing at the end of a line.
    lines.push(
      line
        .trim()
        .replace(/ [·–|]$/, '')
        .replace(/[ ·–|,;:]+…$/, '…'),
    );
    rest = isLast ? '' : rest.slice(line.length).trim();
  }
  return lines;
};

const wholeWords = (text: string, fits: (line: string) => boolean): string => {
  const line = longest(text, fits);
  const space = text[line.length] === ' ' ? line.length : line.lastIndexOf(' ');
  return space > 0 ? line.slice(0, space) : line;
};

/** The longest beginning that fits; at least one letter, so that every text comes to an end. */
const longest = (text: string, fits: (part: string) => boolean): string => {
  const ends = [...new Intl.Segmenter().segment(text)].map(({ index, segment }) => index + segment.length);
  let low = 0;
  let high = ends.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(text.slice(0, ends[middle]))) low = middle;
    else high = middle - 1;
  }
  return text.slice(0, ends[low]);
};
