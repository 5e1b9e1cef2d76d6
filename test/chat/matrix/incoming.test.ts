import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { IncomingMessage } from '#core/incoming.ts';
import { incomingEvent, readEvent, withoutReplyFallback } from '#src/chat/matrix/incoming.ts';

const own = '@bot:s';
const message = (content: object, more: object = {}) => ({ event_id: '$1', type: 'm.room.message', sender: '@a:s', content, ...more });

describe('readEvent', () => {
  it('reads redactions of old and new room versions', () => {
    const base = { event_id: '$1', type: 'm.room.redaction', sender: '@a:s' };
    const expected = { kind: 'redaction', eventId: '$1', sender: '@a:s', target: '$t' };
    assert.deepEqual(readEvent({ ...base, redacts: '$t', content: {} }, own), expected);
    assert.deepEqual(readEvent({ ...base, content: { redacts: '$t' } }, own), expected);
    assert.equal(readEvent({ ...base, content: {} }, own), undefined);
  });

  it('reads texts only: no own, notice, edit, redacted or state event', () => {
    assert.equal(readEvent(message({ msgtype: 'm.text', body: 'x' }), own)?.kind, 'message');
    assert.equal(readEvent(message({ msgtype: 'm.text', body: 'x' }, { sender: own }), own), undefined);
    assert.equal(readEvent(message({ msgtype: 'm.text', body: 'x' }, { state_key: '' }), own), undefined);
    assert.equal(readEvent(message({ msgtype: 'm.notice', body: 'x' }), own), undefined);
    assert.equal(readEvent(message({}), own), undefined);
    assert.equal(
      readEvent(message({ msgtype: 'm.text', body: 'x', 'm.relates_to': { rel_type: 'm.replace', event_id: '$0' } }), own),
      undefined,
    );
  });

  it('reads pictures and files, with what was written beside them', () => {
    const picture = { msgtype: 'm.image', url: 'mxc://s/p', filename: 'cat.png', info: { mimetype: 'image/png', size: 12 } };
    const common = { kind: 'message', eventId: '$1', sender: '@a:s', attachment: { name: 'cat.png', mimeType: 'image/png', bytes: 12 } };
    const inThread = {
      'm.relates_to': { rel_type: 'm.thread', event_id: '$t', is_falling_back: true, 'm.in_reply_to': { event_id: '$0' } },
    };
    assert.deepEqual(readEvent(message({ ...picture, body: '!img vary --strength 0.4', ...inThread }), own), {
      ...common,
      text: '!img vary --strength 0.4',
      threadId: '$t',
    });
    assert.deepEqual(readEvent(message({ ...picture, body: 'cat.png' }), own), { ...common, text: '' });
    const answer = { body: '> <@a:s> a cat\n\n!img fix', 'm.relates_to': { 'm.in_reply_to': { event_id: '$0' } } };
    assert.deepEqual(readEvent(message({ ...picture, ...answer }), own), { ...common, text: '!img fix', replyTo: '$0' });
    assert.equal(
      readEvent(message({ ...picture, body: '* !img up', 'm.relates_to': { rel_type: 'm.replace', event_id: '$0' } }), own),
      undefined,
    );
    assert.equal(readEvent(message({ ...picture, body: 'x' }, { sender: own }), own), undefined);
    const facts = { roomId: '!r:s', isAdmin: false, isDirect: true, isUnprotected: false, receivedAtMs: 1 };
    const read = readEvent(message({ ...picture, body: 'a cat' }), own)!;
    const { attachment, text } = incomingEvent(read, facts) as IncomingMessage;
    assert.deepEqual([attachment, text], [common.attachment, 'a cat']);
  });

  it('reads reactions that annotate only', () => {
    const reaction = (relates: object) => readEvent({ ...message({ 'm.relates_to': relates }), type: 'm.reaction' }, own);
    assert.deepEqual(reaction({ rel_type: 'm.annotation', event_id: '$t', key: '🔁' }), {
      kind: 'reaction',
      eventId: '$1',
      sender: '@a:s',
      target: '$t',
      emoji: '🔁',
    });
    assert.equal(reaction({ rel_type: 'm.reference', event_id: '$t', key: '🔁' }), undefined);
    assert.equal(reaction({ rel_type: 'm.annotation', event_id: '$t' }), undefined);
  });
});

describe('withoutReplyFallback', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['> <@a:s> hello\n\n!img x', '!img x'],
    ['> <@a:s> one\n> two\n\n!img x\n\ny', '!img x\n\ny'],
    ['> * <@a:s> waves\n\n!img x', '!img x'],
    ['> a quote of my own\n\n!img x', '> a quote of my own\n\n!img x'],
    ['> <@a:s> only a quote', '> <@a:s> only a quote'],
    ['!img x', '!img x'],
    ['', ''],
  ];
  for (const [body, expected] of cases) it(JSON.stringify(body), () => assert.equal(withoutReplyFallback(body), expected));
});
