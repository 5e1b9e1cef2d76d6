/** What the bot says in English about schedules. */
import { phraseIn } from '#core/format.ts';
import type { Catalogue } from '#core/message-codes.ts';
import { intervalText } from '#core/plan-describe.ts';
import type { PlanMessageParams } from '#core/plan-message-codes.ts';
import { bold, code } from '#core/rich-text.ts';

const say = phraseIn('en');
const plan = (id: number) => bold(`Plan ${id}`);
/** Identifiers are not written with a thousands separator. */
const runs = (count: number, due: string): string => (count === 1 ? `its run of ${due}` : `${count} runs, the last one of ${due}`);

export const englishPlans: Pick<Catalogue['messages'], keyof PlanMessageParams> = {
  plan_words_unreadable: ({ text, suggestion }, { prefix }) =>
    suggestion === undefined
      ? say`I can't read ${code(text)} as a time: type for example ${code(`${prefix} plan Mon-Fri 07:00 a sunrise`)}, or ${code('every day 22:30')} in the same place.`
      : say`I can't read ${code(text)} as a time: did you mean ${code(suggestion)}? These work: ${code('Mon-Fri 07:00')}, ${code('every day 22:30')}.`,
  plan_words_left: ({ understood, word, suggestion }) =>
    suggestion === undefined
      ? say`I understand ${code(understood)}, but not ${code(word)} behind it: leave it out, or put the quotes around the time alone.`
      : say`I understand ${code(understood)}, but not ${code(word)} behind it: did you mean ${code(suggestion)}?`,
  plan_time_missing: ({ days }) => say`${code(days)} needs a time of day: type for example ${code(`${days} 07:00`)}.`,
  plan_day_missing: ({ time }) =>
    say`On which days? Type for example ${code(`every day ${time}`)}, ${code(`Mon-Fri ${time}`)} or ${code(`tomorrow ${time}`)}.`,
  plan_time_invalid: ({ time }) =>
    say`There is no time ${code(time)}: the day goes from ${code('00:00')} to ${code('23:59')}, so type for example ${code('07:30')}.`,
  plan_cron_fields: ({ count }) =>
    count > 5
      ? say`A cron expression has five fields here, and this one has ${count}: leave out the seconds, such as ${code('0 7 * * 1-5')}.`
      : say`A cron expression has five fields (minute, hour, day, month, weekday), and this one has ${count}: type for example ${code('0 7 * * 1-5')}.`,
  plan_cron_invalid: ({ field, value, allowed, example }) =>
    say`${code(value)} is no ${field} of a cron expression: allowed are ${allowed}, lists such as ${code('1,3')}, ranges such as ${code('1-5')}, and ${code('*')}; type for example ${code(example)}.`,
  plan_never: ({ text }) =>
    say`${code(text)} never comes: no calendar has that date. Choose a day that exists, such as ${code('28.2. 9:00')}.`,
  plan_past: ({ date, time, now }) =>
    say`${date} ${time} is over: it is ${now} now. Choose a later time, such as ${code(`tomorrow ${time}`)}.`,
  plan_once_one_time: ({ text }) =>
    say`A plan for one day has one time, so I can't take ${code(text)}: type for example ${code('tomorrow 08:00')}.`,
  plan_too_often: ({ text, limit, example }) =>
    say`${code(text)} is too often: between two runs there must be at least ${limit} minutes, so type for example ${code(intervalText(example, 'en'))}.`,
  plan_interval_uneven: ({ text, nearest }) =>
    say`${code(text)} does not fit evenly into a day, so it would run at other times every day: type ${code(intervalText(nearest, 'en'))}.`,
  plan_over_midnight: ({ text }) =>
    say`${code(text)} goes over midnight, into a day that you did not name: end it at ${code('23:59')}, or leave out the days.`,
  time_zone_unknown: ({ name, suggestion }) =>
    suggestion === undefined
      ? say`There is no time zone ${code(name)}: type one such as ${code('Europe/Berlin')} or ${code('America/New_York')}.`
      : say`There is no time zone ${code(name)}: did you mean ${code(suggestion)}?`,

  plans_full: ({ limit }, { prefix }) =>
    say`This room has ${limit} plans, and more are not allowed: ${code(`${prefix} plans`)} lists them, ${code(`${prefix} plan remove 3`)} removes one.`,
  plans_none: (_, { prefix }) => say`This room has no plans yet: type for example ${code(`${prefix} plan Mon-Fri 07:00 a sunrise --n 4`)}.`,
  plan_unknown: ({ plan: id }, { prefix }) => say`This room has no plan ${String(id)}: ${code(`${prefix} plans`)} lists those it has.`,
  plan_not_yours: ({ plan: id }) => say`${plan(id)} belongs to somebody else: only they or an admin can change it.`,
  plan_paused: ({ plan: id }, { prefix }) => say`${plan(id)} is paused; ${code(`${prefix} plan resume ${id}`)} lets it go on.`,
  plan_paused_already: ({ plan: id }, { prefix }) =>
    say`${plan(id)} is paused already; ${code(`${prefix} plan resume ${id}`)} lets it go on.`,
  plan_resumed: ({ plan: id, next }) => say`${plan(id)} goes on, next on ${next}.`,
  plan_active_already: ({ plan: id }, { prefix }) => say`${plan(id)} is not paused; ${code(`${prefix} plan pause ${id}`)} would do that.`,
  plan_over: ({ plan: id }, { prefix }) =>
    say`${plan(id)} is over and has no run left: ${code(`${prefix} plan run ${id}`)} draws it once more, ${code(`${prefix} plan remove ${id}`)} removes it.`,
  plan_removed: ({ plan: id }) => say`${plan(id)} is removed; pictures of it that are being drawn still come.`,
  plan_running_already: ({ plan: id }, { prefix }) =>
    say`${plan(id)} has a run that is not finished: wait for it, or stop it, see ${code(`${prefix} queue`)}.`,

  plan_missed: ({ plan: id, count, due }, { prefix }) =>
    say`${plan(id)} missed ${runs(count, due)}, because the bot was not running; ${code(`${prefix} plan run ${id}`)} draws it now.`,
  plan_made_up: ({ plan: id, count, due }) =>
    say`${plan(id)} missed ${runs(count, due)}, because the bot was not running; it is drawn now, once.`,
  plan_after_quiet: ({ count, due }) =>
    count === 1
      ? say`It was planned for ${due} and waited for the end of this room's quiet hours.`
      : say`${count} runs, the last one of ${due}, waited for the end of this room's quiet hours; they are drawn now, once.`,
  plan_passed: ({ count }) =>
    say`${count === 1 ? 'One run' : `${count} runs`} before this one ${count === 1 ? 'was' : 'were'} left out: the room's hours were quiet, or the bot was not running.`,
  plan_skipped_quiet: ({ plan: id, count, due }) => say`${plan(id)} skipped ${runs(count, due)}, because of this room's quiet hours.`,
  plan_still_waiting: ({ plan: id, due }) => say`${plan(id)} skipped its run of ${due}, because the one before is not finished.`,
  plan_stopped: ({ plan: id, until, finished, count }) =>
    say`${plan(id)} ended at ${until} as planned: ${finished} of ${count} ${count === 1 ? 'picture was' : 'pictures were'} finished, the rest is cancelled.`,
};
