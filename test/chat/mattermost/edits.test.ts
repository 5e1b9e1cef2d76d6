import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Delivery } from '#core/ports.ts';

import { edit, failure, SenderInTest, text } from './sender-harness.ts';

const buttons = {
  attachmentsFor: () => [{ actions: [{ id: 'stop', name: '❌ Stop', type: 'button', integration: { url: 'https://bot.test' } }] }],
};

/** A message with a button, and the room. */
async function acknowledged(): Promise<{ readonly room: SenderInTest; readonly id: string; readonly end: (words: string) => Delivery }> {
  const room = await SenderInTest.open();
  room.sender = room.another({ buttons });
  const id = await room.sender.send(room.delivery(text('Job k7f3 waits'), { transactionId: 'k7f3-ack' }));
  return { room, id, end: (words) => room.delivery(edit(id, words), { transactionId: 'k7f3-end' }) };
}

/** Progress is no part of the outbox. */
function progress(room: SenderInTest, id: string, words: string): Delivery {
  const { queuedAtMs: _, ...delivery } = room.delivery(edit(id, words), { transactionId: `progress-${words}` });
  return delivery;
}

describe('progress', () => {
  it('changes the words alone, in one request', async () => {
    const { room, id } = await acknowledged();
    await using _ = room;
    const before = room.fake.stored(id).props;
    assert.equal(await room.sender.send(progress(room, id, '10 %')), id);
    const after = room.fake.stored(id);
    assert.equal(after.message, '10 %');
    assert.deepEqual(after.props, before);
    assert.equal(room.asked('GET', `/posts/${id}`), 0);
    assert.deepEqual(
      room.memory.entries('attempt:').map(([key]) => key),
      ['attempt:k7f3-ack'],
      'nothing is remembered of it',
    );
  });
});

describe('the end of a job', () => {
  it('replaces the words, leaves nothing to press, and stays the post of its delivery', async () => {
    const { room, id, end } = await acknowledged();
    await using _ = room;
    assert.equal(await room.sender.send(end('done *in* 3 s')), id);
    const { message, props } = room.fake.stored(id);
    assert.equal(message, 'done \\*in\\* 3 s');
    assert.equal(props['attachments'], undefined);
    assert.equal(props['unsafe_links'], 'true');
    assert.deepEqual(props['blitzbild'], { delivery: 'k7f3-ack', edit: 'k7f3-end' });
    assert.equal((await room.posts()).length, 1);
  });

  it('is not written over by a bot that was restored from a backup and knows less', async () => {
    const { room, id, end } = await acknowledged();
    await using _ = room;
    await room.sender.send(end('done'));
    room.memory.rows.clear();
    assert.equal(await room.another({ queuedBeforeMs: Date.now() + 1000 }).send(end('restored from a backup')), id);
    assert.equal(room.fake.stored(id).message, 'done');
    // Another end of another delivery is one.
    await room.another().send(room.delivery(edit(id, 'cancelled'), { transactionId: 'k7f3-end-2' }));
    assert.equal(room.fake.stored(id).message, 'cancelled');
  });

  it('is the end once, where its answer is lost', async () => {
    const { room, id, end } = await acknowledged();
    await using _ = room;
    room.fake.inject({ method: 'PUT' }, { kind: 'reset', delivered: true });
    assert.equal((await failure(room.sender.send(end('done')))).failure, 'uncertain');
    await room.sender.send(end('done'));
    assert.equal(room.asked('PUT', `/posts/${id}/patch`), 1);
    room.fake.inject({ method: 'GET', path: `/posts/${id}` }, { kind: 'answer', status: 500 });
    assert.equal((await failure(room.sender.send(end('done')))).failure, 'uncertain');
  });

  it('of a message that somebody deleted is refused, and is not a place where the bot may not speak', async () => {
    const { room, id, end } = await acknowledged();
    await using _ = room;
    await room.fake.asPerson(room.bot).delete(id);
    const refused = await failure(room.sender.send(end('done')));
    assert.equal(refused.failure, 'rejected');
    assert.doesNotMatch(refused.message, /^forbidden: /);
    assert.equal((await failure(room.sender.send(progress(room, id, '10 %')))).failure, 'rejected');
  });

  it('comes too late where messages may be changed for some seconds only: it is refused, to be said in another message, and nothing is left to press', async () => {
    const { room, id, end } = await acknowledged();
    await using _ = room;
    room.fake.settings.postEditTimeLimitS = 5;
    room.fake.clock.pass(6000);
    const refused = await failure(room.sender.send(end('done')));
    assert.equal(refused.failure, 'rejected');
    assert.match(refused.message, /permissions_time_limit/);
    const { message, props } = room.fake.stored(id);
    assert.equal(message, 'Job k7f3 waits');
    assert.equal(props['attachments'], undefined);
    assert.deepEqual(props['blitzbild'], { delivery: 'k7f3-ack' }, 'the end does not stand there');
    const patches = room.asked('PUT', `/posts/${id}/patch`);
    assert.equal((await failure(room.sender.send(end('done')))).failure, 'rejected', 'it stays refused');
    assert.equal(room.asked('PUT', `/posts/${id}/patch`), patches + 1);
  });

  it('in a channel that was archived is told as in a place where nobody can write', async () => {
    const { room, end } = await acknowledged();
    await using _ = room;
    room.fake.archive(room.channelId);
    const refused = await failure(room.sender.send(end('done')));
    assert.equal(refused.failure, 'rejected');
    assert.match(refused.message, /^forbidden: /);
  });

  it('that is longer than the server takes is cut', async () => {
    const { room, id, end } = await acknowledged();
    await using _ = room;
    await room.sender.send(end('🦊'.repeat(20_000)));
    const { message } = room.fake.stored(id);
    assert.equal([...message].length, 16_383);
    assert.ok(message.endsWith('🦊…'));
  });
});
