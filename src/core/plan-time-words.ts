/** Times of day in words: `07:00`, `7 Uhr 30`, `half past seven`, `halb acht`, `8 abends`, `noon`. */
import { clockMinute, type Piece } from '#core/plan-pieces.ts';
import * as words from '#core/plan-vocabulary.ts';

/** Which half of the day a time without one belongs to. */
export type DayPart = 'morning' | 'afternoon' | 'night';

export type ReadTime = {
  /** Of the day; `undefined` for a time that no clock shows. */
  readonly minute: number | undefined;
  readonly text: string;
  readonly next: number;
  /** More than a bare number, which could be the beginning of a prompt. */
  readonly isCertain: boolean;
};

/** The word at this place, if one is. */
export const wordAt = (pieces: readonly Piece[], index: number): string | undefined => {
  const piece = pieces[index];
  return piece?.kind === 'word' ? piece.text : undefined;
};

export const isIn = (set: ReadonlySet<string>, word: string | undefined): boolean => word !== undefined && set.has(word);

/** @param part said before the time, such as in `abends um 8` */
export function readTime(pieces: readonly Piece[], index: number, part: DayPart | undefined): ReadTime | undefined {
  const word = wordAt(pieces, index);
  if (isIn(words.noonWords, word)) return { minute: 720, text: word ?? '', next: index + 1, isCertain: true };
  if (isIn(words.midnightWords, word)) return { minute: 0, text: word ?? '', next: index + 1, isCertain: true };
  const read = readFraction(pieces, index) ?? readDigits(pieces, index);
  return read === undefined ? undefined : readSuffix(pieces, read, part);
}

type Digits = Omit<ReadTime, 'isCertain'> & { readonly isCertain: boolean };

function readDigits(pieces: readonly Piece[], index: number): Digits | undefined {
  const piece = pieces[index];
  if (piece?.kind === 'clock') {
    const next = isIn(words.clockWords, wordAt(pieces, index + 1)) ? index + 2 : index + 1;
    return { minute: piece.minute, text: piece.text, next, isCertain: true };
  }
  const hour = numberAt(pieces, index);
  if (hour === undefined || hour > 99) return undefined;
  if (!isIn(words.clockWords, wordAt(pieces, index + 1))) {
    return { minute: clockMinute(hour, 0), text: String(hour), next: index + 1, isCertain: false };
  }
  // `7 Uhr 30`, and not `7 Uhr 3 Füchse`.
  const after = pieces[index + 2];
  const minutes = after?.kind === 'number' && after.value >= 10 && after.value < 60 && !after.isOrdinal ? after.value : undefined;
  return {
    minute: clockMinute(hour, minutes ?? 0),
    text: `${hour}:${String(minutes ?? 0).padStart(2, '0')}`,
    next: minutes === undefined ? index + 2 : index + 3,
    isCertain: true,
  };
}

/** Digits or a word; an hour at most. */
export function numberAt(pieces: readonly Piece[], index: number): number | undefined {
  const piece = pieces[index];
  if (piece?.kind === 'number' && !piece.isOrdinal) return piece.value;
  return piece?.kind === 'word' ? words.numberWord(piece.text) : undefined;
}

const fractions: readonly { readonly words: readonly string[]; readonly minutes: number }[] = [
  { words: ['half', 'past'], minutes: 30 },
  { words: ['quarter', 'past'], minutes: 15 },
  { words: ['quarter', 'to'], minutes: -15 },
  { words: ['halb'], minutes: -30 },
  { words: ['viertel', 'nach'], minutes: 15 },
  { words: ['viertel', 'vor'], minutes: -15 },
  { words: ['dreiviertel'], minutes: -15 },
];

function readFraction(pieces: readonly Piece[], index: number): Digits | undefined {
  const found = fractions.find((fraction) => fraction.words.every((word, offset) => wordAt(pieces, index + offset) === word));
  if (found === undefined) return undefined;
  const at = index + found.words.length;
  const hour = numberAt(pieces, at);
  if (hour === undefined || hour < 1 || hour > 24) return undefined;
  const minute = (hour * 60 + found.minutes) % (24 * 60);
  const next = isIn(words.clockWords, wordAt(pieces, at + 1)) ? at + 2 : at + 1;
  return { minute, text: `${found.words.join(' ')} ${hour}`, next, isCertain: true };
}

/** `8 pm`, `8 Uhr abends`, `8 in the evening`, `8 Uhr am Abend`. */
function readSuffix(pieces: readonly Piece[], time: Digits, before: DayPart | undefined): ReadTime {
  const { next } = time;
  const word = wordAt(pieces, next);
  if (word === 'pm' || (word === 'am' && !opensDate(pieces, next + 1) && partOf(wordAt(pieces, next + 1)) === undefined)) {
    const minute = time.minute === undefined || time.minute >= 13 * 60 || time.minute < 60 ? undefined : time.minute % 720;
    const shifted = minute === undefined ? undefined : minute + (word === 'pm' ? 720 : 0);
    return { minute: shifted, text: `${time.text} ${word}`, next: next + 1, isCertain: true };
  }
  if (isIn(words.plainSuffixes, word)) return shift(time, partOf(word), next + 1);
  const introductions = [['in', 'the'], ['am'], ['at'], ['in', 'der']];
  for (const introduction of introductions) {
    const at = next + introduction.length;
    const part = introduction.every((text, offset) => wordAt(pieces, next + offset) === text) ? partOf(wordAt(pieces, at)) : undefined;
    if (part !== undefined) return shift(time, part, at + 1);
  }
  const isNoon = isIn(words.noonWords, word) && time.minute === 720;
  return isNoon ? { ...time, next: next + 1, isCertain: true } : shift(time, before, next);
}

function shift(time: Digits, part: DayPart | undefined, next: number): ReadTime {
  const { minute } = time;
  const isCertain = time.isCertain || next > time.next;
  return { ...time, next, isCertain, minute: minute === undefined || part === undefined ? minute : inPart(minute, part) };
}

/** 8:00 in the evening is 20:00; 12:00 at night is 0:00. */
export function inPart(minute: number, part: DayPart): number {
  if (part === 'night' && minute >= 720 && minute < 780) return minute - 720;
  const first = part === 'afternoon' ? 60 : part === 'night' ? 360 : 720;
  return minute >= first && minute < 720 ? minute + 720 : minute;
}

/** `am 1. des Monats`, `am Montag`. */
function opensDate(pieces: readonly Piece[], index: number): boolean {
  const piece = pieces[index];
  if (piece?.kind === 'number') return piece.isOrdinal;
  if (piece?.kind === 'word')
    return words.weekdayWords.has(piece.text) || words.ordinalWord(piece.text) !== undefined || words.monthEnds.has(piece.text);
  return piece?.kind === 'date';
}

export function partOf(word: string | undefined): DayPart | undefined {
  if (isIn(words.morningWords, word)) return 'morning';
  if (isIn(words.afternoonWords, word)) return 'afternoon';
  return isIn(words.nightWords, word) ? 'night' : undefined;
}
