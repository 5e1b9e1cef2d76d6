/** A room's clock for the tests of schedules: a Monday noon in Berlin. */
import assert from 'node:assert/strict';
import type { PlanSchedule } from '#core/plan-schedule.ts';
import { readPlanStart, readSchedule, type ScheduleContext } from '#core/plan-words.ts';
import { tokenize } from '#core/prompt-text.ts';
import type { Problem } from '#core/problem.ts';

export const mondayNoon: ScheduleContext = {
  timeZone: 'Europe/Berlin',
  nowMs: Date.parse('2026-11-23T12:00:00+01:00'),
  minIntervalMinutes: 15,
};

export function scheduleOf(text: string, context = mondayNoon): PlanSchedule {
  const read = readSchedule(text, context);
  assert.ok(read.ok, `${text}: ${JSON.stringify(read)}`);
  return read.value;
}

export function problemOf(text: string, context = mondayNoon): Problem {
  const read = readSchedule(text, context);
  assert.ok(!read.ok, `${text}: ${JSON.stringify(read)}`);
  return read.problem;
}

/** What stands behind `plan`: the schedule's words and the rest, or the code of the problem. */
export function splitOf(typed: string, context = mondayNoon): readonly [string, string] | string | undefined {
  const words = tokenize(typed);
  const start = readPlanStart(words, context);
  if (start === undefined) return undefined;
  if (!start.ok) return start.problem.code;
  const rest = words.slice(start.value.count).map(({ text }) => text);
  return [start.value.schedule.text, rest.join(' ')];
}
