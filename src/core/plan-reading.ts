/** The words of a schedule in any order: days, times, an interval, an end, a time zone. */
import { readDays, readInterval, separated, skipFillers, type Days } from '#core/plan-day-words.ts';
import { piecesOf, type Piece } from '#core/plan-pieces.ts';
import { inPart, isIn, partOf, readTime, wordAt, type DayPart, type ReadTime } from '#core/plan-time-words.ts';
import * as words from '#core/plan-vocabulary.ts';
import type { LocalTime } from '#core/plan-zone.ts';

export type PlanState = {
  days?: Days;
  /** Minutes of the day. */
  times: readonly number[];
  /** `from … to …`: of an interval its hours, else start and end of the run. */
  range?: { readonly from: number; readonly to: number };
  until?: number;
  /** Minutes between two runs; 0 for seconds. */
  interval?: number;
  isMonthly?: true;
  isYearly?: true;
  part?: DayPart;
  zone?: string;
  badZone?: { readonly text: string; readonly word: number };
  invalidTime?: { readonly text: string; readonly word: number };
};

export type Reading = {
  /** The longest beginning that is a schedule, and how many words it has. */
  readonly complete: { readonly state: PlanState; readonly words: number } | undefined;
  readonly partial: {
    readonly state: PlanState;
    /** The first word that was not understood. */
    readonly stopped: number;
    /** Something was read that is not one short word. */
    readonly hasStrong: boolean;
  };
};

/** `isWhole`: every word belongs to the schedule, so a bare number may be a time. */
export type ReadingOptions = { readonly now: LocalTime; readonly isWhole: boolean };

/** More times a day than anybody types. */
const MOST_TIMES = 24;

export function readPlanWords(typed: readonly string[], { now, isWhole }: ReadingOptions): Reading {
  const pieces = piecesOf(typed);
  const state: PlanState = { times: [] };
  let complete: Reading['complete'];
  let hasStrong = false;
  let index = 0;
  while (index < pieces.length) {
    const step = readPart(pieces, index, state, { now, isWhole, isComplete: complete !== undefined });
    if (step === undefined) break;
    index = step.next;
    const last = pieces[index - 1];
    if (last === undefined || !endsWord(pieces, index)) continue;
    hasStrong ||= step.isStrong;
    if (isComplete(state)) complete = { state: { ...state }, words: last.word + 1 };
  }
  return { complete, partial: { state, stopped: pieces[index]?.word ?? typed.length, hasStrong } };
}

/** Whether nothing of the last word is left but a comma. */
function endsWord(pieces: readonly Piece[], index: number): boolean {
  const word = pieces[index - 1]?.word;
  return pieces.slice(index, index + 3).every((piece) => piece.word !== word || (piece.kind === 'mark' && piece.text === ','));
}

function isComplete({ days, times, range, interval, isMonthly, isYearly, invalidTime, badZone }: PlanState): boolean {
  if (invalidTime !== undefined || badZone !== undefined) return false;
  if (interval !== undefined) return times.length === 0 && days?.kind !== 'date';
  if (isMonthly === true && days?.kind !== 'monthdays' && days?.kind !== 'nth') return false;
  if (isYearly === true && days?.kind !== 'date') return false;
  return days !== undefined && (times.length > 0 || range !== undefined);
}

type Step = { readonly next: number; readonly isStrong: boolean };
type PartOptions = ReadingOptions & { readonly isComplete: boolean };

const strong = (next: number): Step => ({ next, isStrong: true });

/** Reads one part into `state`; `undefined` where none begins here. */
function readPart(pieces: readonly Piece[], from: number, state: PlanState, options: PartOptions): Step | undefined {
  const comma = pieces[from];
  const index = comma?.kind === 'mark' && comma.text === ',' && from > 0 ? from + 1 : from;
  const at = skipFillers(pieces, index);
  return (
    readZone(pieces, at, state) ??
    readEvery(pieces, at, state, options) ??
    readWindow(pieces, at, state) ??
    readDayPart(pieces, at, state, options) ??
    readClock(pieces, at, state, { ...options, isAnnounced: announces(pieces, index, at) }) ??
    readHalfOfDay(pieces, at, state)
  );
}

const announces = (pieces: readonly Piece[], from: number, to: number): boolean =>
  pieces.slice(from, to).some((piece) => piece.kind === 'word' && words.atWords.has(piece.text));

function readZone(pieces: readonly Piece[], at: number, state: PlanState): Step | undefined {
  const piece = pieces[at];
  if (piece?.kind !== 'zone' || state.zone !== undefined) return undefined;
  if (piece.name === undefined) state.badZone = { text: piece.text, word: piece.word };
  else state.zone = piece.name;
  return strong(at + 1);
}

/** `every 2 hours`, `monthly`, `jedes Jahr`. */
function readEvery(pieces: readonly Piece[], at: number, state: PlanState, { isComplete: isDone }: PartOptions): Step | undefined {
  const isFree = state.interval === undefined && state.times.length === 0 && state.days?.kind !== 'date';
  const interval = isFree ? readInterval(pieces, at) : undefined;
  if (interval !== undefined) {
    state.interval = interval.minutes;
    return strong(interval.next);
  }
  const isEvery = isIn(words.every, wordAt(pieces, at));
  const noun = wordAt(pieces, isEvery ? at + 1 : at);
  const next = isEvery ? at + 2 : at + 1;
  if (isDone) return undefined;
  if (isIn(words.monthlyWords, noun) || (isEvery && isIn(words.monthNouns, noun))) {
    state.isMonthly = true;
    return { next, isStrong: false };
  }
  if (isIn(words.yearlyWords, noun) || (isEvery && isIn(words.yearNouns, noun))) {
    state.isYearly = true;
    return { next, isStrong: false };
  }
  return undefined;
}

/** `from 22:30 to 6:00`, `until 6:00`. */
function readWindow(pieces: readonly Piece[], at: number, state: PlanState): Step | undefined {
  const word = wordAt(pieces, at);
  if (isIn(words.fromWords, word) && state.range === undefined && state.times.length === 0) {
    const from = readTime(pieces, at + 1, state.part);
    const to = from !== undefined && isTo(pieces[from.next]) ? readTime(pieces, skipFillers(pieces, from.next + 1), state.part) : undefined;
    return from === undefined || to === undefined ? undefined : takeRange(pieces, from, to, state);
  }
  if (!isIn(words.untilWords, word) || state.until !== undefined || state.range !== undefined) return undefined;
  const until = readTime(pieces, skipFillers(pieces, at + 1), undefined);
  if (until === undefined) return undefined;
  if (until.minute === undefined) state.invalidTime = { text: until.text, word: pieces[until.next - 1]?.word ?? 0 };
  else state.until = until.minute;
  return strong(until.next);
}

const isTo = (piece: Piece | undefined): boolean =>
  (piece?.kind === 'mark' && piece.text === '-') || (piece?.kind === 'word' && words.toWords.has(piece.text));

function takeRange(pieces: readonly Piece[], from: ReadTime, to: ReadTime, state: PlanState): Step {
  const invalid = [from, to].find(({ minute }) => minute === undefined);
  if (from.minute === undefined || to.minute === undefined) {
    state.invalidTime = { text: invalid?.text ?? '', word: pieces[(invalid ?? to).next - 1]?.word ?? 0 };
  } else state.range = { from: from.minute, to: to.minute };
  return strong(to.next);
}

function readDayPart(
  pieces: readonly Piece[],
  at: number,
  state: PlanState,
  { now, isWhole, isComplete: isDone }: PartOptions,
): Step | undefined {
  if (state.days !== undefined) return undefined;
  const read = readDays(pieces, at, now);
  if (read === undefined) return undefined;
  // Behind a whole schedule, `sun` begins the prompt; behind an interval, only days of the week count.
  const isPrompt = isDone && !isWhole && (read.isWeak === true || read.days.kind !== 'weekdays');
  if (isPrompt || (state.interval !== undefined && read.days.kind === 'date')) return undefined;
  state.days = read.days;
  if (read.part === 'noon') state.times = state.times.length === 0 ? [720] : state.times;
  else if (read.part !== undefined) takePart(state, read.part);
  if (isIn(words.every, wordAt(pieces, at)) && read.days.kind === 'date' && read.days.date.year === undefined) state.isYearly = true;
  return { next: read.next, isStrong: read.isWeak !== true };
}

type ClockOptions = PartOptions & {
  /** `at` or `um` stands in front of it. */
  readonly isAnnounced: boolean;
};

/** `7:00`, `8 und 20 Uhr`, `9:00-17:00`. */
function readClock(pieces: readonly Piece[], at: number, state: PlanState, { isWhole, isAnnounced }: ClockOptions): Step | undefined {
  if (state.times.length > 0 || state.range !== undefined) return undefined;
  const first = readTime(pieces, at, state.part);
  if (first === undefined) return undefined;
  const second = isTo(pieces[first.next]) && pieces[first.next]?.kind === 'mark' ? readTime(pieces, first.next + 1, state.part) : undefined;
  if (second !== undefined && (second.isCertain || isWhole)) return takeRange(pieces, first, second, state);
  if (state.interval !== undefined) return undefined;
  const list = [first];
  for (let end = first.next; list.length < MOST_TIMES; end = list.at(-1)?.next ?? end) {
    const behind = separated(pieces, end);
    const more = behind === end ? undefined : readTime(pieces, skipFillers(pieces, behind), state.part);
    if (more === undefined || !(more.isCertain || isWhole)) break;
    list.push(more);
  }
  const last = list.at(-1) ?? first;
  if (!last.isCertain && !isWhole && !isAnnounced) return undefined;
  const invalid = list.find(({ minute }) => minute === undefined);
  if (invalid !== undefined) state.invalidTime = { text: invalid.text, word: pieces[invalid.next - 1]?.word ?? 0 };
  state.times = list.flatMap(({ minute }) => (minute === undefined ? [] : [minute]));
  return strong(last.next);
}

/** For the time that follows, or for those that stood in front of it. */
function takePart(state: PlanState, part: DayPart): void {
  state.part = part;
  state.times = state.times.map((minute) => inPart(minute, part));
}

/** `abends`, `in the morning`, in front of the time. */
function readHalfOfDay(pieces: readonly Piece[], at: number, state: PlanState): Step | undefined {
  const part = state.times.length === 0 && state.part === undefined ? partOf(wordAt(pieces, at)) : undefined;
  if (part === undefined) return undefined;
  state.part = part;
  return { next: at + 1, isStrong: false };
}
