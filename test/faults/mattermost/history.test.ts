/** What the oracle is given of Mattermost: the same sentences, in the same places, as people read them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { toMarkdown } from '#src/chat/mattermost/markdown.ts';
import { message } from '#core/messages.ts';
import { renderAccepted, renderCancelled, renderFailed } from '#core/render.ts';
import { renderDone } from '#core/render-done.ts';
import { bold, code, paragraph, toPlainText, type RichText } from '#core/rich-text.ts';
import { jobId, languages } from '#core/types.ts';
import { fox } from '../../core/sample.ts';
import { judge, strays, unedited, unevenJobs } from '../oracle.ts';
import { asEvents, rendered, type KeptPost } from './history.ts';

const bot = 'bot';
const job = jobId('k7f3');
const timings = { textMs: 1, denoiseMs: 20, decodeMs: 3, encodeMs: 4, workMs: 28, waitedMs: 5 };

let made = 0;
const post = (messages: readonly string[], more: Partial<KeptPost> = {}): KeptPost => ({
  id: `post${(made += 1)}`,
  userId: bot,
  rootId: 'command',
  isDeleted: false,
  messages,
  fileNames: [],
  ...more,
});
const command = post(['!img a red fox'], { id: 'command', userId: 'ada', rootId: '' });
const picture = (cell: string, more: Partial<KeptPost> = {}): KeptPost =>
  post(['A red fox · seed 1'], { fileNames: [`k7f3-${cell} AI-generated picture of a red fox.png`], ...more });

const judged = (...posts: readonly KeptPost[]) => {
  const events = asEvents([command, ...posts]);
  const [verdict] = judge(events, bot, ['command']);
  assert.ok(verdict);
  return {
    ...verdict,
    strays: strays(events, bot, new Set(['command'])),
    uneven: unevenJobs(events, bot),
    unedited: unedited(events, bot),
  };
};

for (const language of languages) {
  describe(`a channel in ${language}`, () => {
    const voice = { language, prefix: '!img' } as const;
    const accepted = toMarkdown(renderAccepted({ jobId: job, request: fox, picturesAhead: 1, ...voice }));
    const bar = toMarkdown([paragraph(bold(job), ' ▓▓▓░░░░░░░ 30 %')]);
    const done = toMarkdown(
      renderDone({ jobId: job, request: { ...fox, count: 2 }, timings, images: 2, provider: 'cpu', modelTitle: 'Tiny', ...voice }),
    );

    test('a job with its pictures and one edited post is one answer', () => {
      const verdict = judged(post([accepted, bar, done]), picture('A1'), picture('A2'));
      assert.deepEqual([...verdict.pictures.keys()], ['k7f3-A1.png', 'k7f3-A2.png']);
      assert.deepEqual([verdict.acknowledgements, verdict.ends.length], [1, 1]);
      assert.deepEqual([verdict.isLost, verdict.isDoubled, verdict.isUnknown], [false, false, false]);
      assert.deepEqual([verdict.strays, verdict.uneven, verdict.unedited], [[], [], []]);
    });

    test('the same edit again is none; another end is one', () => {
      const pictures = [picture('A1'), picture('A2')];
      assert.equal(judged(post([accepted, done, done]), ...pictures).isDoubled, false);
      assert.equal(judged(post([accepted, done, bar, done]), ...pictures).isDoubled, true);
      assert.equal(judged(post([accepted, done]), post([done]), ...pictures).isDoubled, true);
    });

    test('what is lacking or there twice is seen; what was deleted is not', () => {
      const taken = post([accepted, done]);
      assert.equal(judged(taken, picture('A1')).isLost, true);
      assert.equal(judged(taken, picture('A1'), picture('A2'), picture('A2')).isDoubled, true);
      assert.equal(judged(taken, picture('A1'), picture('A2'), picture('A2', { isDeleted: true })).isDoubled, false);
      assert.equal(judged(post([accepted, bar]), picture('A1')).isLost, true);
      assert.deepEqual(judged(post([accepted]), post([done]), picture('A1'), picture('A2')).unedited, [job]);
      assert.deepEqual(judged(post(['hello'], { rootId: '' })).strays, ['hello']);
    });

    test('a picture without its file is an answer that nobody wanted', () => {
      const verdict = judged(post([accepted, done]), picture('A1'), picture('A2'), picture('A2', { fileNames: [] }));
      assert.equal(verdict.isDoubled, true);
    });

    test('a refusal, a failure, a cancellation are one answer each', () => {
      const refusal: RichText = [paragraph(...message('nothing_to_cancel', {}, voice))];
      assert.equal(judged(post([toMarkdown(refusal)])).ends.length, 1);
      for (const end of [
        renderFailed({ jobId: job, error: 'internal', ...voice }),
        renderCancelled({ jobId: job, finished: 0, count: 2, language }),
      ]) {
        const verdict = judged(post([accepted, toMarkdown(end)]));
        assert.deepEqual([verdict.ends.length, verdict.isLost, verdict.isDoubled], [1, false, false], toPlainText(end));
      }
    });
  });
}

test('Markdown is read as it is shown', () => {
  const text: RichText = [
    paragraph('<b>*not* bold</b> @channel #tag ~town https://example.org :fox: $$x$$ | \\ `'),
    paragraph('one\ntwo ', code('a `b` c')),
    { kind: 'list', items: [[{ text: '1. first' }], [{ text: '- second' }]] },
    { kind: 'table', head: ['a|b', 'c'], rows: [['1', '*2*']] },
    { kind: 'code', text: 'x = 1\n```\ny & z' },
  ];
  const read = (words: string): readonly string[] => words.split(/\s+/u);
  assert.deepEqual(read(rendered(toMarkdown(text)).body), read(toPlainText(text)));
  assert.equal(rendered('**k7f3** 1 picture').formatted_body, '<p><strong>k7f3</strong> 1 picture</p>');
});
