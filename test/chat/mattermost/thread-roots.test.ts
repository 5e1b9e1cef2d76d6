import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { eventId, roomId } from '#core/types.ts';

import { failure, SenderInTest, text } from './sender-harness.ts';

describe('an answer', () => {
  it('stands below the first post of the thread, whichever of its posts it answers, and that is asked once', async () => {
    await using room = await SenderInTest.open();
    const rootId = await room.anna.say(room.channelId, 'a fox');
    const reply = await room.anna.say(room.channelId, 'a red one', { rootId });
    for (const [index, below] of [rootId, reply, reply].entries()) {
      const named = index === 1 ? { replyTo: eventId(below) } : { threadId: eventId(below) };
      const id = await room.sender.send(room.delivery(text('here it is'), { transactionId: `t${index}`, ...named }));
      assert.equal(room.fake.stored(id).root_id, rootId);
    }
    assert.equal(room.asked('GET', `/posts/${reply}`), 1);
    assert.equal(room.asked('GET', `/posts/${rootId}`), 1);
    // The one that was refused counts too.
    assert.equal(room.asked('POST', '/posts'), 4);
  });

  it('that is for everybody stands beside its thread, once', async () => {
    await using room = await SenderInTest.open();
    const threadId = eventId(await room.anna.say(room.channelId, 'four foxes'));
    const sheet = room.delivery(await room.image(), { threadId, isForRoom: true });
    const id = await room.sender.send(sheet);
    assert.equal(room.fake.stored(id).root_id, '');
    room.sender = room.another();
    assert.equal(await room.sender.send(sheet), id);
    assert.equal((await room.posts()).length, 1);
  });

  it('to what was deleted is refused, and so is one below a deleted root', async () => {
    await using room = await SenderInTest.open();
    const rootId = await room.anna.say(room.channelId, 'a fox');
    const reply = await room.anna.say(room.channelId, 'a red one', { rootId });
    await room.anna.delete(rootId);
    for (const [index, below] of [rootId, reply].entries()) {
      const refused = await failure(
        room.sender.send(room.delivery(text('here it is'), { transactionId: `t${index}`, threadId: eventId(below) })),
      );
      assert.deepEqual([refused.failure, refused.message], ['rejected', 'what is to be answered is not there any more']);
    }
    assert.deepEqual(await room.posts(), []);
  });

  it('whose root is known is refused as well once that is deleted', async () => {
    await using room = await SenderInTest.open();
    const rootId = await room.anna.say(room.channelId, 'a fox');
    const reply = await room.anna.say(room.channelId, 'a red one', { rootId });
    await room.sender.send(room.delivery(text('here it is'), { transactionId: 't1', threadId: eventId(reply) }));
    await room.anna.delete(rootId);
    const refused = await failure(room.sender.send(room.delivery(text('and again'), { transactionId: 't2', threadId: eventId(reply) })));
    assert.equal(refused.message, 'what is to be answered is not there any more');
  });

  it('to a post of another channel is refused', async () => {
    await using room = await SenderInTest.open();
    const elsewhere = room.fake.createChannel({ teamId: room.teamId, name: 'elsewhere', members: [room.anna, room.bot] });
    const rootId = await room.anna.say(elsewhere, 'a fox');
    const refused = await failure(room.sender.send(room.delivery(text('here it is'), { threadId: eventId(rootId) })));
    assert.equal(refused.failure, 'rejected');
  });

  it('waits while the server can not say what the root is', async () => {
    await using room = await SenderInTest.open();
    const rootId = await room.anna.say(room.channelId, 'a fox');
    const reply = await room.anna.say(room.channelId, 'a red one', { rootId });
    room.fake.inject({ method: 'GET', path: `/posts/${reply}` }, { kind: 'answer', status: 502, body: '<html>' });
    const delivery = room.delivery(text('here it is'), { threadId: eventId(reply) });
    assert.equal((await failure(room.sender.send(delivery))).failure, 'uncertain');
    const id = await room.sender.send(delivery);
    assert.equal(room.fake.stored(id).root_id, rootId);
  });
});

describe('a place where the bot may not speak', () => {
  it('is told as that, with the word that the plans go by', async () => {
    await using room = await SenderInTest.open();
    const archived = room.fake.createChannel({ teamId: room.teamId, name: 'old', members: [room.anna, room.bot] });
    room.fake.archive(archived);
    const left = room.fake.createChannel({ teamId: room.teamId, name: 'left', members: [room.anna, room.bot] });
    room.fake.removeFromChannel(left, room.bot);
    const unknown = 'x'.repeat(26);
    for (const [index, channel] of [archived, left, unknown].entries()) {
      for (const content of [text('hello'), await room.image()]) {
        const delivery = room.delivery(content, { transactionId: `t${index}-${content.kind}`, roomId: roomId(channel) });
        const refused = await failure(room.sender.send(delivery));
        assert.equal(refused.failure, 'rejected', `${index} ${content.kind}`);
        assert.match(refused.message, /^forbidden: /, `${index} ${content.kind}`);
        assert.doesNotMatch(refused.message, /[a-z0-9]{26}/, 'no ids');
      }
    }
    const body = JSON.stringify({ id: 'api.post.create_post.can_not_post_in_restricted_dm.error', message: 'no', status_code: 400 });
    room.fake.inject({ method: 'POST', path: /\/posts$/ }, { kind: 'answer', status: 400, body });
    assert.match((await failure(room.sender.send(room.delivery(text('hello'))))).message, /^forbidden: /);
  });

  it('is none where the proxy says no', async () => {
    await using room = await SenderInTest.open();
    room.fake.inject({ method: 'POST', path: /\/posts$/ }, { kind: 'answer', status: 403, body: '<html>Forbidden</html>' });
    assert.equal((await failure(room.sender.send(room.delivery(text('hello'))))).failure, 'uncertain');
  });
});
