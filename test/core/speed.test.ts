import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from './sample.ts';

/** As long as a message may be before it is refused unread. */
const longest = 9_900;
const full = (piece: string): string => piece.repeat(Math.floor(longest / piece.length));

for (const [name, text] of [
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
