/** `plan` with a schedule and something to draw. What schedules are is tested in plan-words.test.ts. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { PlanCommand } from '#core/command.ts';
import { languages } from '#core/types.ts';
import { verbNames, verbRow } from '#core/verbs.ts';
import { commandIn, drawIn, problemIn } from './sample.ts';

function added(typed: string): PlanCommand & { readonly action: 'add' } {
  const command = commandIn(`!img ${typed}`);
  if (command.kind !== 'plan' || command.action !== 'add') throw new Error(JSON.stringify(command));
  return command;
}

describe('a schedule and a prompt', () => {
  const cases: readonly (readonly [typed: string, schedule: string, prompt: string, text: string])[] = [
    ['plan "Mon-Fri 07:00" a sunrise', 'Mon-Fri 07:00', 'a sunrise', 'a sunrise'],
    ['plan "Mon-Fri 07:00" a sunrise --n 4', 'Mon-Fri 07:00', 'a sunrise', 'a sunrise --n 4'],
    ['plan „werktags 7 Uhr“ ein Sonnenaufgang --stil foto', 'werktags 7 Uhr', 'ein Sonnenaufgang', 'ein Sonnenaufgang --stil foto'],
    ['zeitplan täglich 22:30 bis 6:00 Sterne', 'täglich 22:30 bis 6:00', 'Sterne', 'Sterne'],
    ['plan daily at 7:00 a sunrise', 'daily at 7:00', 'a sunrise', 'a sunrise'],
    ['plan 0 7 * * 1-5 a sunrise --n 4', '0 7 * * 1-5', 'a sunrise', 'a sunrise --n 4'],
    ['plan "daily 7:00" --n 4 a sunrise', 'daily 7:00', 'a sunrise', '--n 4 a sunrise'],
    // Options in front of the schedule are drawn with as well.
    ['plan --n 4 "daily 7:00" a sunrise', 'daily 7:00', 'a sunrise', '--n 4 a sunrise'],
    ['plan --n 4 "daily 7:00" a sunrise --hq', 'daily 7:00', 'a sunrise', '--n 4 a sunrise --hq'],
    ['plan "daily 7:00" "a red fox" --n 2', 'daily 7:00', 'a red fox', '"a red fox" --n 2'],
    // A prompt that is a command's word stays one when the schedule runs.
    ['plan "daily 7:00" queue', 'daily 7:00', 'queue', '-- queue'],
    ['plan "daily 7:00" Find a cat --n 2', 'daily 7:00', 'Find a cat', '--n 2 -- Find a cat'],
    ['plan "daily 7:00" -- queue', 'daily 7:00', 'queue', '-- queue'],
    ['plan "daily 7:00" --n 2 -- a --n sign', 'daily 7:00', 'a --n sign', '--n 2 -- a --n sign'],
    ['plan "daily 7:00" up --no "text" --n 2 --no "frame"', 'daily 7:00', 'up', '--n 2 -- up'],
  ];
  for (const [typed, schedule, prompt, text] of cases) {
    test(typed, () => {
      const command = added(typed);
      assert.deepEqual([command.schedule.text, command.draw.prompt], [schedule, prompt]);
      if (!typed.includes('--no')) assert.equal(command.text, text);
    });

    test(`${typed}: what is stored draws the same when it runs`, () => {
      const { draw, text: stored } = added(typed);
      const read = drawIn(`!img ${stored}`);
      assert.deepEqual([read.prompt, read.options], [draw.prompt, draw.options]);
    });
  }

  test('whatever word it begins with', () => {
    const words = verbNames.flatMap((name) => languages.flatMap((language) => verbRow(name).names[language]));
    fc.assert(
      fc.property(
        fc.constantFrom(...words),
        fc.constantFrom('', ' B3', ' k7f3', ' a cat', ' pause 3', '!', ' x4'),
        fc.constantFrom('', ' --n 3', ' --no text'),
        (word, rest, flags) => {
          const { draw, text } = added(`plan "daily 7:00" ${word}${rest}${flags}`);
          const read = drawIn(`!img ${text}`);
          assert.deepEqual([read.prompt, read.options], [draw.prompt, draw.options], text);
        },
      ),
      { numRuns: 400 },
    );
  });
});

describe('refusals', () => {
  test('no prompt', () => {
    assert.deepEqual(problemIn('!img plan "Mon-Fri 07:00"').params, { schedule: 'Mon-Fri 07:00' });
    assert.deepEqual(problemIn('!img plan daily 7:00 --n 4').code, 'plan_prompt_missing');
  });

  test('a prompt has the length of any other', () => {
    assert.deepEqual(problemIn(`!img plan "daily 7:00" ${'y'.repeat(2001)}`).params, { length: 2001, limit: 2000 });
    assert.equal(problemIn(`!img plan "daily 7:00" x --no ${'y'.repeat(2001)}`).code, 'negative_too_long');
    assert.equal(problemIn(`!img again --no ${'y'.repeat(2001)}`).code, 'negative_too_long');
  });

  test('a schedule in quotes is meant, one without may be a prompt', () => {
    assert.equal(problemIn('!img plan "of a house" x').code, 'plan_words_unreadable');
    assert.equal(drawIn('!img plan of a house').prompt, 'plan of a house');
  });
});

test('words behind -- belong to a schedule and to what is added, to no other verb', () => {
  assert.deepEqual(commandIn('!img + -- rain --n'), { kind: 'edit', words: 'rain --n', options: {}, places: {} });
  assert.equal(drawIn('!img queue -- x').prompt, 'queue x');
  assert.equal(drawIn('!img plan pause 3 -- x').prompt, 'plan pause 3 x');
  assert.equal(drawIn('!img plan -- daily 7:00 x').prompt, 'plan daily 7:00 x');
});
