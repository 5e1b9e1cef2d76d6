import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { JobEventSummary } from '#core/ports.ts';
import { paragraph } from '#core/rich-text.ts';
import { eventId, imageKey, jobId, userId, type EventId, type StoredImage } from '#core/types.ts';
import type { RoomBody, WireEvent } from '#src/chat/web/events.ts';
import { Conversations, type JobItem } from '#src/chat/web/page/conversations.ts';

const ada = { sender: userId('@ada:room'), senderName: 'Ada' };
const job = (type: JobEventSummary['type'], more: Partial<JobEventSummary> = {}): JobEventSummary => ({
  type,
  jobId: jobId('k7f3'),
  ...more,
});

/** Numbers events as the room does. */
function room(): { readonly conversations: Conversations; readonly add: (body: RoomBody) => EventId } {
  const conversations = new Conversations();
  let sequence = 0;
  const add = (body: RoomBody): EventId => {
    const event: WireEvent = { sequence: (sequence += 1), eventId: eventId(`$${sequence}`), atMs: sequence, body };
    conversations.apply(event);
    return event.eventId;
  };
  return { conversations, add };
}

const picture = (index: number): StoredImage => ({
  key: imageKey(`${index}.png`),
  index,
  seed: index,
  widthPx: 8,
  heightPx: 8,
  bytes: 1,
  mimeType: 'image/png',
  thumbnail: { key: imageKey(`${index}.jpg`), widthPx: 8, heightPx: 8, bytes: 1, mimeType: 'image/jpeg' },
  blurhash: '',
  timings: { textMs: 1, denoiseMs: 1, decodeMs: 1, encodeMs: 1 },
});

const image = (threadId: EventId, index: number): RoomBody => ({
  kind: 'image',
  threadId,
  image: picture(index),
  fileName: `k7f3-A${index + 1}.png`,
  caption: [paragraph('fox')],
  altText: 'fox',
  event: job('image'),
});

describe('conversations', () => {
  it('put the whole life of a job in one item beneath its command', () => {
    const { conversations, add } = room();
    const command = add({ kind: 'message', ...ada, text: '!img fox --n 2' });
    const status = add({ kind: 'text', threadId: command, text: [paragraph('queued')], event: job('ack') });
    const item = (): JobItem => {
      const [only, ...rest] = conversations.conversation(command).items;
      assert.deepEqual(rest, []);
      assert.ok(only?.kind === 'job');
      return only;
    };
    assert.equal(item().phase, 'waiting');
    conversations.applyLive({ target: status, text: [paragraph('step 1')], event: job('progress', { progress: 0.25 }) });
    assert.equal(item().phase, 'working');
    assert.equal(item().progress, 0.25);
    add(image(command, 1));
    add(image(command, 0));
    assert.deepEqual(
      item().pictures.map((message) => message.picture?.image.index),
      [0, 1],
    );
    add({ kind: 'edit', target: status, text: [paragraph('2 images in 3 s')], event: job('done') });
    assert.equal(item().phase, 'done');
    assert.equal(item().progress, undefined);
    assert.equal(item().status?.live, undefined);
    assert.deepEqual(item().status?.text, [paragraph('2 images in 3 s')]);
  });

  it('tell a failed job from a cancelled one', () => {
    const { conversations, add } = room();
    const command = add({ kind: 'message', ...ada, text: '!img fox' });
    const status = add({ kind: 'text', threadId: command, text: [paragraph('queued')], event: job('ack') });
    const phase = (): string => (conversations.conversation(command).items[0] as JobItem).phase;
    add({ kind: 'edit', target: status, text: [paragraph('stopped')], event: job('done', { code: 'cancelled' }) });
    assert.equal(phase(), 'cancelled');
    add({ kind: 'edit', target: status, text: [paragraph('broke')], event: job('error', { code: 'engine_crashed' }) });
    assert.equal(phase(), 'failed');
  });

  it('keep other answers and other jobs apart', () => {
    const { conversations, add } = room();
    const command = add({ kind: 'message', ...ada, text: '!img fox' });
    add({ kind: 'text', threadId: command, text: [paragraph('queued')], event: job('ack') });
    add({ kind: 'text', threadId: command, text: [paragraph('info')], event: job('text') });
    add({ kind: 'text', threadId: command, text: [paragraph('again')], event: { type: 'ack', jobId: jobId('m2x9') } });
    add({ kind: 'message', ...ada, text: 'thanks', threadId: command });
    assert.deepEqual(
      conversations.conversation(command).items.map(({ kind, key }) => `${kind} ${key}`),
      ['job job k7f3', 'message $3', 'job job m2x9', 'message $5'],
    );
  });

  it('put the contact sheet on the card, and one that was asked for again beneath it', () => {
    const { conversations, add } = room();
    const command = add({ kind: 'message', ...ada, text: '!img birds --n 2' });
    add({ kind: 'text', threadId: command, text: [paragraph('queued')], event: job('ack') });
    add(image(command, 0));
    const sheet = add({ ...image(command, 0), event: job('sheet') } as RoomBody);
    add(image(command, 1));
    const again = add({ ...image(command, 0), event: job('sheet') } as RoomBody);
    const [card, own] = conversations.conversation(command).items;
    assert.ok(card?.kind === 'job' && own?.kind === 'job');
    assert.equal(card.sheet?.eventId, sheet);
    assert.equal(card.pictures.length, 2);
    assert.equal(own.sheet?.eventId, again);
    assert.deepEqual(own.pictures, []);
    assert.equal(own.phase, 'done');
  });

  it('keep questions and files out of the card', () => {
    const { conversations, add } = room();
    const command = add({ kind: 'message', ...ada, text: '!img birds --n 40' });
    add({ kind: 'text', threadId: command, text: [paragraph('sure?')], event: job('ask') });
    add({ kind: 'text', threadId: command, text: [paragraph('queued')], event: job('ack') });
    const zip = { key: imageKey('a.zip'), name: 'k7f3.zip', bytes: 7, mimeType: 'application/zip' };
    add({ kind: 'file', threadId: command, file: zip, caption: [paragraph('all')], event: job('image') });
    const { items } = conversations.conversation(command);
    assert.deepEqual(
      items.map(({ kind }) => kind),
      ['message', 'job', 'message'],
    );
    assert.deepEqual(items[2]?.kind === 'message' && items[2].message.file, zip);
    assert.equal(items[1]?.kind === 'job' && items[1].phase, 'waiting');
  });

  it('answer an answer in the same conversation', () => {
    const { conversations, add } = room();
    const command = add({ kind: 'message', ...ada, text: '!img fox' });
    const status = add({ kind: 'text', threadId: command, text: [paragraph('queued')], event: job('ack') });
    add({ kind: 'message', ...ada, text: '!img again', threadId: status, replyTo: status });
    assert.deepEqual(conversations.ids, [command]);
  });

  it('hold the answers that only reply, but not what people say about them', () => {
    const { conversations, add } = room();
    const command = add({ kind: 'message', ...ada, text: '!img queue' });
    const answer = add({ kind: 'text', replyTo: command, text: [paragraph('The queue is empty')] });
    const remark = add({ kind: 'message', ...ada, replyTo: answer, text: 'good' });
    assert.deepEqual(conversations.ids, [command, remark]);
    assert.equal(conversations.conversation(command).items[0]?.key, answer);
  });

  it('show reactions once a person, and deleted messages as deleted', () => {
    const { conversations, add } = room();
    const command = add({ kind: 'message', ...ada, text: 'oops' });
    for (let round = 0; round < 2; round += 1) add({ kind: 'reaction', ...ada, target: command, emoji: '👍' });
    add({ kind: 'bot-reaction', target: command, emoji: '👍' });
    add({ kind: 'redaction', sender: ada.sender, target: command });
    const message = conversations.message(command);
    assert.deepEqual([...(message?.reactions.get('👍') ?? [])], ['@ada:room', 'bot']);
    assert.equal(message?.removed, true);
  });

  it('do not stumble over what is not loaded', () => {
    const { conversations, add } = room();
    add({ kind: 'edit', target: eventId('$900'), text: [] });
    add({ kind: 'reaction', ...ada, target: eventId('$900'), emoji: '👍' });
    assert.equal(conversations.applyLive({ target: eventId('$900'), text: [] }), undefined);
    const answer = add({ kind: 'text', threadId: eventId('$800'), text: [paragraph('late answer')] });
    assert.deepEqual(conversations.ids, ['$800']);
    assert.equal(conversations.conversation('$800').root, undefined);
    assert.equal(conversations.conversation('$800').items[0]?.key, answer);
    assert.equal(conversations.apply({ sequence: 4, eventId: answer, atMs: 0, body: { kind: 'text', text: [] } }), undefined);
  });
});
