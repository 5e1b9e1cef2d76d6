/** The oracle on histories that were made up: it must see what is lost, doubled or unknown, and nothing else. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { toHtml } from '#src/chat/matrix/html.ts';
import { message } from '#core/messages.ts';
import { renderAccepted, renderCancelled, renderFailed } from '#core/render.ts';
import { renderDone } from '#core/render-done.ts';
import { paragraph, toPlainText, type RichText } from '#core/rich-text.ts';
import { jobId, languages, type Language } from '#core/types.ts';
import type { RawEvent } from '../e2e/synapse/person.ts';
import { fox } from '../core/sample.ts';
import { judge, strays, tally, unedited, unevenJobs } from './oracle.ts';

const bot = '@bot:x';
const job = jobId('k7f3');
const timings = { textMs: 1, denoiseMs: 20, decodeMs: 3, encodeMs: 4, workMs: 28, waitedMs: 5 };

/** A room in which the bot answers `$command`, or several. */
class History {
  readonly events: RawEvent[] = [];

  #add(content: Record<string, unknown>): string {
    const event_id = `$e${this.events.length}`;
    this.events.push({ event_id, type: 'm.room.message', sender: bot, content });
    return event_id;
  }

  say(text: RichText, relatesTo: object): string {
    return this.#add({ msgtype: 'm.notice', body: toPlainText(text), formatted_body: toHtml(text), 'm.relates_to': relatesTo });
  }

  edit(target: string, text: RichText): string {
    return this.#add({
      msgtype: 'm.notice',
      body: '* …',
      'm.new_content': { msgtype: 'm.notice', body: toPlainText(text), formatted_body: toHtml(text) },
      'm.relates_to': { rel_type: 'm.replace', event_id: target },
    });
  }

  picture(name: string, relatesTo: object): string {
    return this.#add({ msgtype: 'm.image', body: 'a fox', filename: name, 'm.relates_to': relatesTo });
  }
}

const inThread = { rel_type: 'm.thread', event_id: '$command', is_falling_back: true, 'm.in_reply_to': { event_id: '$command' } };
const asReply = { 'm.in_reply_to': { event_id: '$command' } };

const accepted = (language: Language, id = job): RichText =>
  renderAccepted({ jobId: id, request: fox, picturesAhead: 0, language, prefix: '!img' });
const done = (language: Language, images = 2, id = job): RichText =>
  renderDone({
    jobId: id,
    request: { ...fox, count: images },
    timings,
    images,
    provider: 'cpu',
    modelTitle: 'Tiny',
    language,
    prefix: '!img',
  });
const refusal = (language: Language): RichText => [paragraph(...message('nothing_to_cancel', {}, { language, prefix: '!img' }))];
const refusedPicture = (language: Language): RichText => [
  paragraph(...message('picture_not_delivered', { job }, { language, prefix: '!img' })),
];

const heldBack = (language: Language): RichText => [
  paragraph(
    ...message(
      'picture_held_back',
      { picture: `${job}/A2`, job, why: { by: 'unchecked', check: 'similarity' } },
      { language, prefix: '!img' },
    ),
  ),
];

/** Taken, two pictures, the timing line. */
function whole(language: Language): History {
  const room = new History();
  const ack = room.say(accepted(language), inThread);
  room.picture('k7f3-A1.png', inThread);
  room.picture('k7f3-A2.png', inThread);
  room.edit(ack, done(language));
  return room;
}

const judged = (room: History) => {
  const [verdict] = judge(room.events, bot, ['$command']);
  assert.ok(verdict);
  return verdict;
};
const counted = (room: History) => {
  const { isLost, isDoubled, isUnknown } = judged(room);
  return { isLost, isDoubled, isUnknown };
};
const one = { isLost: false, isDoubled: false, isUnknown: false };
const lost = { ...one, isLost: true };
const doubled = { ...one, isDoubled: true };

for (const language of languages) {
  describe(`a room in ${language}`, () => {
    test('a job with its pictures is one answer', () => {
      assert.deepEqual(counted(whole(language)), one);
      assert.equal(judged(whole(language)).ends.length, 1);
    });

    test('what is said instead of a picture that is held back stands for it', () => {
      const room = new History();
      const ack = room.say(accepted(language), inThread);
      room.picture('k7f3-A1.png', inThread);
      room.edit(ack, done(language));
      assert.deepEqual(counted(room), lost);
      room.say(heldBack(language), inThread);
      assert.deepEqual(counted(room), one);
    });

    test('progress is no end', () => {
      const room = new History();
      const ack = room.say(accepted(language), inThread);
      room.edit(ack, [paragraph('k7f3 ▓▓▓░░░░░░░ 30 %')]);
      assert.deepEqual(counted(room), lost);
    });

    test('a refusal, a failure, a cancellation are one answer each', () => {
      const refused = new History();
      refused.say(refusal(language), asReply);
      assert.deepEqual(counted(refused), one);
      for (const end of [
        renderFailed({ jobId: job, error: 'internal', language, prefix: '!img' }),
        renderCancelled({ jobId: job, finished: 0, count: 2, language }),
        renderCancelled({ jobId: job, finished: 1, count: 2, language }),
      ]) {
        const room = new History();
        const ack = room.say(accepted(language), inThread);
        assert.deepEqual(counted(room), lost);
        room.edit(ack, end);
        assert.deepEqual(counted(room), one, toPlainText(end));
        room.edit(ack, end);
        assert.deepEqual(counted(room), doubled, toPlainText(end));
      }
    });

    test('an end that could not be an edit counts as well, and with the edit it is one too many', () => {
      const room = new History();
      room.picture('k7f3-A1.png', inThread);
      room.say(done(language, 1), inThread);
      assert.deepEqual(counted(room), one);
      room.edit('$e0', done(language, 1));
      assert.deepEqual(counted(room), doubled);
    });

    test('a picture of two is missing', () => {
      const room = new History();
      const ack = room.say(accepted(language), inThread);
      room.picture('k7f3-A1.png', inThread);
      room.edit(ack, done(language));
      assert.deepEqual(counted(room), lost);
      room.say(refusedPicture(language), inThread);
      assert.deepEqual(counted(room), one, 'what is told in its place stands for it');
    });

    test('what says that it is not known whether something arrived counts once, beside the thing itself as well', () => {
      const unsure = (code: 'answer_uncertain' | 'picture_uncertain'): RichText => [
        paragraph(...message(code, { job }, { language, prefix: '!img' })),
      ];
      const room = new History();
      const ack = room.say(accepted(language), inThread);
      room.picture('k7f3-A1.png', inThread);
      room.say(unsure('picture_uncertain'), inThread);
      assert.deepEqual(counted(room), { ...lost, isUnknown: true });
      room.say(unsure('answer_uncertain'), inThread);
      assert.deepEqual(counted(room), { ...one, isUnknown: true });
      room.edit(ack, done(language));
      assert.deepEqual(counted(room), { ...one, isUnknown: true });
      room.say(unsure('answer_uncertain'), inThread);
      assert.deepEqual(counted(room), { ...doubled, isUnknown: true });
    });

    test('the same picture, the same acknowledgement, the same timing line, the same refusal twice', () => {
      const again: ((room: History) => unknown)[] = [
        (room) => room.picture('k7f3-A2.png', inThread),
        (room) => room.picture('k7f3-sheet.png', inThread) && room.picture('k7f3-sheet.png', inThread),
        (room) => room.say(accepted(language), inThread),
        (room) => room.edit('$e0', done(language)),
        (room) => room.say(done(language), inThread),
        (room) => room.say(refusal(language), asReply),
      ];
      for (const more of again) {
        const room = whole(language);
        more(room);
        assert.deepEqual(counted(room), doubled, String(more));
      }
    });
  });
}

test('a command that made two jobs is doubled', () => {
  const room = whole('en');
  const ack = room.say(accepted('en', jobId('m2p9')), inThread);
  room.picture('m2p9-A1.png', inThread);
  room.edit(ack, done('en', 1, jobId('m2p9')));
  assert.deepEqual(counted(room), doubled);
});

test('a job asked for in another job’s thread is its own command’s', () => {
  const room = whole('en');
  const answer = { ...inThread, is_falling_back: false, 'm.in_reply_to': { event_id: '$again' } };
  const ack = room.say(accepted('en', jobId('m2p9')), answer);
  room.picture('m2p9-A1.png', inThread);
  room.edit(ack, done('en', 1, jobId('m2p9')));
  const verdicts = judge(room.events, bot, ['$command', '$again']);
  assert.deepEqual(tally(verdicts, 1), { runs: 1, commands: 2, lost: 0, doubled: 0, unknown: 0 });
  assert.deepEqual([...(verdicts[1]?.pictures ?? [])], [['m2p9-A1.png', 1]]);
});

test('silence is lost, and other people’s words are no answer', () => {
  const room = new History();
  assert.deepEqual(counted(room), lost);
  room.events.push({
    event_id: '$other',
    type: 'm.room.message',
    sender: '@ben:x',
    content: { msgtype: 'm.text', body: 'Job k7f3 failed: no', 'm.relates_to': asReply },
  });
  assert.deepEqual(counted(room), lost);
});

describe('what nobody asked for', () => {
  const asked = new Set(['$command']);
  const found = (room: History): readonly string[] => strays(room.events, bot, asked);

  test('an answered command leaves nothing over, in either language', () => {
    for (const language of languages) {
      const room = whole(language);
      room.edit('$e0', [paragraph('k7f3 ▓▓▓░░░░░░░ 30 %')]);
      room.say(refusal(language), asReply);
      room.say([paragraph(...message('jobs_gathered', { count: 2, jobs: 'k7f3, m2p9', more: 0 }, { language, prefix: '!img' }))], {});
      assert.deepEqual(found(room), []);
      assert.deepEqual(unevenJobs(room.events, bot), []);
      assert.deepEqual(unedited(room.events, bot), []);
    }
  });

  test('an edit that was carried out as a second command', () => {
    const room = whole('en');
    const byTheEdit = { rel_type: 'm.thread', event_id: '$edit', is_falling_back: true, 'm.in_reply_to': { event_id: '$edit' } };
    const ack = room.say(accepted('en', jobId('m2p9')), byTheEdit);
    room.picture('m2p9-A1.png', byTheEdit);
    room.edit(ack, done('en', 1, jobId('m2p9')));
    assert.equal(found(room).length, 3);
    const again = whole('en');
    again.say(accepted('en', jobId('m2p9')), { ...inThread, is_falling_back: false, 'm.in_reply_to': { event_id: '$edit' } });
    again.picture('m2p9-A1.png', inThread);
    assert.equal(found(again).length, 2, 'in the thread of the first one, too');
  });

  test('a sentence to everybody, an answer to somebody else’s message, an edit of nothing', () => {
    const room = whole('en');
    room.say(refusal('en'), {});
    room.say(refusal('en'), { 'm.in_reply_to': { event_id: '$talk' } });
    room.edit('$nothing', refusal('en'));
    room.picture('nobody.png', {});
    assert.equal(found(room).length, 4);
  });
});

test('an acknowledgement that stays beside the end of its job is a fault, unless the end is not certain', () => {
  const room = new History();
  room.say(accepted('en'), inThread);
  room.picture('k7f3-A1.png', inThread);
  assert.deepEqual(unedited(room.events, bot), [], 'not ended');
  room.say([paragraph(...message('answer_uncertain', { job }, { language: 'en', prefix: '!img' }))], inThread);
  assert.deepEqual(unedited(room.events, bot), []);
  room.say(done('en', 1), inThread);
  assert.deepEqual(unedited(room.events, bot), [job]);
  room.edit('$e0', done('en', 1));
  assert.deepEqual(unedited(room.events, bot), []);
  assert.deepEqual(unevenJobs(room.events, bot), [job], 'and two ends are one too many');
});
