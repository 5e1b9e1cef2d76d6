import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from './sample.ts';

/** As long as a message may be before it is refused unread. */
const longest = 9_900;
const full = (piece: string): string => piece.repeat(Math.floor(longest / piece.length));

for (const [name, text] of [
  ['style names', `--style ${full('a, ')}`],
  ['quoted style names', `--style ${full('"a", ')}`],
  ['unclosed quotes of style names', `--style ${full('"a, ')}`],
  ['commas', `--style ${full(', ')}`],
  ['opening braces', full('{')],
  ['braces in one another', `${'{a,'.repeat(2400)}${'}'.repeat(2400)}`],
  ['words to choose from', full('{a,b}')],
  ['a schedule', `plan ${full('Mon-Fri 7:00, ')}`],
  ['a schedule in quotes', `plan "${full('every day 7 ')}" x`],
  ['cron fields', `plan ${full('*/5 ')}`],
  ['a search', `find ${full('since: ')}`],
  ['a style set', `style set x ${full('"{prompt} ')}`],
  ['quiet hours', `quiet ${full('1')}-6`],
  ['unclosed quotes', full('--no "')],
  ['unclosed quotes, spaced', full('--no "x ')],
  ['dots before a letter', `--n ${full('.')}x`],
  ['backslashes', `--no "${full('\\')}x" "`],
  ['dashes', full('-')],
  ['glued dashes', full('a-')],
  ['glued long dashes', full('a—')],
  ['a long flag', `--${full('n')}`],
  ['letters and digits', `--n${full('4a')}`],
  ['equals signs', `--n${full('=')}`],
  ['joiners', full('é\u200d')],
  ['marks', `e${full('\u0301')}`],
  ['exclamation marks', `queue ${full('!')}x`],
  ['a whole megabyte', 'fox '.repeat(250_000)],
] as const) {
  test(`a message of ${name} is read quickly`, () => {
    // Of the processor, not of the clock: other tests and servers run beside this one.
    const before = process.cpuUsage();
    assert.notEqual(parse(`!img ${text}`), undefined);
    const tookMs = process.cpuUsage(before).user / 1000;
    assert.ok(tookMs < 250, `${Math.round(tookMs)} ms`);
  });
}
