/** What holds for every text behind `plan`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { describeSchedule } from '#core/plan-describe.ts';
import { readPlanStart, readSchedule } from '#core/plan-words.ts';
import { canonicalZone } from '#core/plan-zone.ts';
import { tokenize } from '#core/prompt-text.ts';
import { renderProblem } from '#core/render.ts';
import { toPlainText } from '#core/rich-text.ts';
import { languages } from '#core/types.ts';
import { mondayNoon } from './plan-sample.ts';

const split = (list: string): readonly string[] => list.split(' ');
const word = fc.constantFrom(
  ...split(
    'every each jeden alle day Tag hour Stunden minutes Sekunden month Monat year weekdays werktags weekends Mon Mo Fri-Mon Sonntag so',
  ),
  ...split(
    'daily täglich hourly stündlich monthly yearly tomorrow morgen heute next nächsten first letzten second 1st 15. 31 30.2. 24.12. 2026-12-24',
  ),
  ...split(
    '7 7:00 25:00 07.30 8pm am pm Uhr um at halb viertel nach past quarter half to until bis from von and und , - / * 0 1-5 */5 1#2 L @daily',
  ),
  ...split(
    'noon Mittag abends morning in the of des im Europe/Berlin Europe/Berlyn UTC GMT Dezember May a fox 🦊 " „ “ \u200b \u0301 0 99 1e9 -1',
  ),
);
const text = fc
  .array(
    fc.tuple(
      fc.oneof({ weight: 8, arbitrary: word }, { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 8 }) }),
      fc.constantFrom(' ', ' ', ' ', ''),
    ),
    {
      maxLength: 12,
    },
  )
  .map((parts) => parts.flat().join(''));
const runs = { numRuns: 4000 };

test('no text throws; a schedule can be read back, a problem can be written out and points into the text', () => {
  fc.assert(
    fc.property(text, fc.constantFrom(...languages), (typed, language) => {
      const read = readSchedule(typed, mondayNoon);
      if (read.ok) {
        const { when, timeZone, untilMinute = 0 } = read.value;
        assert.doesNotMatch(describeSchedule(read.value, language), /undefined|NaN|\s{2}/u);
        assert.equal(canonicalZone(timeZone), timeZone);
        assert.ok(untilMinute >= 0 && untilMinute < 1440);
        if (when.kind === 'once') assert.ok(when.minute >= 0 && when.minute < 1440 && /^\d{4}-\d\d-\d\d$/u.test(when.date));
        else for (const cron of when.crons) assert.equal(cron.split(' ').length, 5);
        return;
      }
      const { problem } = read;
      const answer = toPlainText(renderProblem({ problem, text: typed, language, prefix: '!img' }));
      assert.doesNotMatch(answer, /undefined|NaN|\[object/u);
      if (problem.place !== undefined) assert.ok(problem.place.start < problem.place.end && problem.place.end <= typed.length);
    }),
    runs,
  );
});

test('the beginning that is taken is a schedule by itself', () => {
  fc.assert(
    fc.property(text, (typed) => {
      const words = tokenize(typed);
      const start = readPlanStart(words, mondayNoon);
      if (start?.ok !== true) return;
      const { schedule, count } = start.value;
      assert.ok(count >= 1 && count <= words.length);
      const alone = readSchedule(schedule.text, mondayNoon);
      assert.deepEqual(alone.ok ? alone.value : alone, schedule);
    }),
    runs,
  );
});

test('what is quoted is taken as a whole or refused', () => {
  fc.assert(
    fc.property(
      text.filter((typed) => !/["“”„‟«»]/u.test(typed)),
      (typed) => {
        const words = tokenize(`"${typed}" a red fox`);
        const start = readPlanStart(words, mondayNoon);
        if (start?.ok === true) assert.equal(start.value.count, words.length - 3);
      },
    ),
    runs,
  );
});

test('every time of day is read in every spelling', () => {
  const spellings: readonly ((hour: number, minute: string) => string)[] = [
    (hour, minute) => `every day ${hour}:${minute}`,
    (hour, minute) => `every day at ${String(hour).padStart(2, '0')}:${minute}`,
    (hour, minute) => `täglich ${hour}.${minute} Uhr`,
    (hour, minute) => `jeden Tag um ${hour}:${minute}`,
    (hour, minute) => `${hour}:${minute} daily`,
    (hour, minute) => `daily ${hour % 12 === 0 ? 12 : hour % 12}:${minute} ${hour < 12 ? 'am' : 'pm'}`,
    (hour, minute) => `${Number(minute)} ${hour} * * *`,
  ];
  for (let time = 0; time < 1440; time += 7) {
    const [hour, minute] = [Math.floor(time / 60), String(time % 60).padStart(2, '0')];
    for (const spell of spellings) {
      const read = readSchedule(spell(hour, minute), mondayNoon);
      assert.deepEqual(
        read.ok ? read.value.when : read,
        { kind: 'repeat', crons: [`${Number(minute)} ${hour} * * *`] },
        spell(hour, minute),
      );
    }
  }
});
