/**
 * Plain words or a cron expression → a schedule, in English and German. Pure and total: no text makes it throw.
 * `readSchedule` wants the whole text to be one; `readPlanStart` finds the longest beginning that is one.
 */
import { looksLikeField, nicknameOf, readCron, spanning } from '#core/plan-cron.ts';
import { fromCron, fromWords, type ScheduleContext } from '#core/plan-build.ts';
import type { PlanSchedule } from '#core/plan-schedule.ts';
import { readPlanWords, type Reading } from '#core/plan-reading.ts';
import * as vocabulary from '#core/plan-vocabulary.ts';
import { localTime, readTimeZone, zoneOfPlace } from '#core/plan-zone.ts';
import { accept, refuse, type Problem, type Result } from '#core/problem.ts';
import { clip, tokenize, type Token } from '#core/prompt-text.ts';
import { opensQuote, readQuoted } from '#core/quotes.ts';
import { suggest } from '#core/suggest.ts';

export type { ScheduleContext } from '#core/plan-build.ts';

/** More words than any schedule has; what follows belongs to the prompt. */
const MOST_WORDS = 40;

/** The whole text, such as what stood in quotes. Places count from the start of `text`. */
export const readSchedule = (text: string, context: ScheduleContext): Result<PlanSchedule, Problem> => readWhole(tokenize(text), context);

/** How many of the words the schedule took, its quotes included. */
export type PlanStart = { readonly schedule: PlanSchedule; readonly count: number };

/**
 * The words behind `plan`. In quotes a mistake is an error; without, the longest beginning counts. `undefined`: nothing here is meant
 * as a schedule, so that `plan of a house` stays a prompt.
 */
export function readPlanStart(words: readonly Token[], context: ScheduleContext): Result<PlanStart, Problem> | undefined {
  const first = words[0];
  if (first === undefined) return undefined;
  const quoted = opensQuote(first.text) ? readQuoted(words) : undefined;
  if (quoted !== undefined) return taking(quoted.count, readWhole(unquoted(words.slice(0, quoted.count)), context));
  const shown = words.slice(0, MOST_WORDS);
  const cron = cronLength(shown);
  if (cron !== undefined) return taking(cron, readCronWords(shown.slice(0, cron), context));
  const read = readPlanWords(texts(shown), { now: localTime(context.nowMs, context.timeZone), isWhole: false });
  const { invalidTime, badZone } = read.partial.state;
  const isWrong = read.complete === undefined || invalidTime !== undefined || badZone !== undefined;
  if (isWrong) return isMeant(shown, read) ? explainUnread(shown, read, false) : undefined;
  const { words: count } = read.complete;
  return taking(count, finish(shown.slice(0, count), read.complete, context));
}

const taking = (count: number, schedule: Result<PlanSchedule, Problem>): Result<PlanStart, Problem> =>
  schedule.ok ? accept({ schedule: schedule.value, count }) : schedule;

/** Words of a quoted text without the quotes at both ends. */
function unquoted(words: readonly Token[]): readonly Token[] {
  const last = words.length - 1;
  return words
    .map((word, index) => ({
      text: word.text.slice(index === 0 ? 1 : 0, index === last ? -1 : undefined),
      start: word.start + (index === 0 ? 1 : 0),
      end: word.end - (index === last ? 1 : 0),
    }))
    .filter(({ text }) => text !== '');
}

const texts = (words: readonly Token[]): readonly string[] => words.map((word) => word.text);
const joined = (words: readonly Token[]): string => texts(words).join(' ');

// ---------------------------------------------------------------- cron expressions

function readCronWords(words: readonly Token[], context: ScheduleContext): Result<PlanSchedule, Problem> {
  const nickname = words.length === 1 ? nicknameOf(words[0]?.text ?? '') : undefined;
  const fields = nickname?.split(' ') ?? texts(words);
  const cron = readCron(fields, words);
  return cron.ok ? fromCron(fields, { ...context, text: joined(words), place: spanning(words) }) : cron;
}

/** How many words at the beginning are a cron expression, or mean to be one. */
function cronLength(words: readonly Token[]): number | undefined {
  if (nicknameOf(words[0]?.text ?? '') !== undefined) return 1;
  const end = words.findIndex(({ text }) => !looksLikeField(text));
  const count = end === -1 ? words.length : end;
  if (count < 5 || !words.slice(0, count).some(({ text }) => text.includes('*'))) return undefined;
  // A sixth field has a sign of one; a bare number begins the prompt.
  return count >= 6 && /[*,/-]/u.test(words[5]?.text ?? '') ? Math.min(count, 7) : 5;
}

// ---------------------------------------------------------------- words

function readWhole(words: readonly Token[], context: ScheduleContext): Result<PlanSchedule, Problem> {
  const [first] = words;
  const isNickname = words.length === 1 && nicknameOf(first?.text ?? '') !== undefined;
  const isCron =
    words.length > 1 &&
    words.every(({ text }) => looksLikeField(text)) &&
    (words.length >= 5 || words.some(({ text }) => text.includes('*')));
  if (isNickname || isCron) return readCronWords(words, context);
  const shown = words.slice(0, MOST_WORDS);
  const read = readPlanWords(texts(shown), { now: localTime(context.nowMs, context.timeZone), isWhole: true });
  if (read.complete?.words === words.length) return finish(words, read.complete, context);
  return explainUnread(words, read, true);
}

/** Whether the words want to be a schedule: something of one was read, or a time stands among the first. */
function isMeant(words: readonly Token[], { partial }: Reading): boolean {
  if (partial.hasStrong) return true;
  const early = words.slice(0, 6);
  return early.some(
    ({ text }, index) => /^\d{1,2}[:.]\d{2}$/u.test(text) || (text.toLowerCase() === 'uhr' && /^\d+$/u.test(early[index - 1]?.text ?? '')),
  );
}

const finish = (
  words: readonly Token[],
  complete: NonNullable<Reading['complete']>,
  context: ScheduleContext,
): Result<PlanSchedule, Problem> => fromWords(complete.state, { ...context, text: joined(words), place: spanning(words) });

/** Why these words are no schedule, and what to type instead. */
function explainUnread(words: readonly Token[], read: Reading, isWhole: boolean): Result<never, Problem> {
  const { partial, complete } = read;
  const { state, stopped } = partial;
  const at = words[stopped];
  const text = words.length === 0 ? '""' : clip(joined(words), 40);
  if (state.invalidTime !== undefined) return refuse('plan_time_invalid', { time: state.invalidTime.text }, words[state.invalidTime.word]);
  if (state.badZone !== undefined) return refuseZone(state.badZone.text, words[state.badZone.word]);
  if (complete !== undefined) {
    const rest = words.slice(complete.words);
    const understood = clip(joined(words.slice(0, complete.words)), 60);
    if (zoneOfPlace(joined(rest)) !== undefined) return refuseZone(joined(rest), spanning(rest));
    return refuse('plan_words_left', { understood, word: clip(rest[0]?.text ?? text, 40), ...correction(rest[0]) }, spanning(rest));
  }
  // The time may be missing only because a word in front of it was not understood.
  const understood = clip(joined(words.slice(0, stopped)), 40);
  if (isWhole && at !== undefined) return refuse('plan_words_unreadable', { text, ...correction(at, words[stopped + 1]) }, at);
  if (state.days !== undefined && state.times.length === 0)
    return refuse('plan_time_missing', { days: understood }, spanning(words.slice(0, stopped)));
  if (state.days === undefined && state.times.length > 0)
    return refuse('plan_day_missing', { time: understood }, spanning(words.slice(0, stopped)));
  return refuse('plan_words_unreadable', { text, ...correction(at, words[stopped + 1]) }, at);
}

function refuseZone(text: string, place: { readonly start: number; readonly end: number } | undefined): Result<never, Problem> {
  const read = readTimeZone(text, place);
  return read.ok ? refuse('time_zone_unknown', { name: text }, place) : read;
}

const known = [
  ...[...vocabulary.weekdayWords.keys(), ...vocabulary.monthWords.keys()].filter((word) => word.length > 3),
  ...[vocabulary.every, vocabulary.dailyWords, vocabulary.workdayWords, vocabulary.weekendWords, vocabulary.hourlyWords].flatMap((set) => [
    ...set,
  ]),
  ...[vocabulary.tomorrow, vocabulary.hourNouns, vocabulary.minuteNouns, vocabulary.untilWords, vocabulary.monthlyWords].flatMap((set) => [
    ...set,
  ]),
].filter((word) => word.length > 3);

/** `evry` → `every`: of the first word that is nearly a known one. */
function correction(...words: readonly (Token | undefined)[]): { readonly suggestion?: string } {
  for (const word of words) {
    const letters = /\p{L}{4,20}/u.exec(word?.text.toLowerCase() ?? '')?.[0];
    const suggestion = letters === undefined || known.includes(letters) ? undefined : suggest(letters, known);
    if (suggestion !== undefined) return { suggestion };
  }
  return {};
}
