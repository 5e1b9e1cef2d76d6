import assert from 'node:assert/strict';
import { after, describe, it, test } from 'node:test';

import { armFailpoints, type FailpointName } from '#core/failpoints.ts';
import type { Content } from '#core/ports.ts';
import { eventId, roomId } from '#core/types.ts';
import type { ServerRequest } from '#src/chat/mattermost/client.ts';
import { EditTurns } from '#src/chat/mattermost/edit-turns.ts';
import { Sender } from '#src/chat/mattermost/sender.ts';

import type { Fault } from '../../faults/proxy.ts';
import { eventually, ImagesInTest, LogInTest, MemoryInTest } from '../matrix/fakes.ts';
import { failure, SenderInTest, text } from './sender-harness.ts';
import { idOf } from './small-server.ts';

after(() => armFailpoints(undefined));

const posting = { method: 'POST', path: /^\/api\/v4\/posts$/ };
/** So long the server knows an id of ours. */
const pendingMs = 31_000;

describe('one post, however often and whenever it is sent', { concurrency: 8 }, () => {
  const faults: readonly (readonly [name: string, fault: Fault, isMade: boolean])[] = [
    ['the answer is lost', { kind: 'reset', delivered: true }, true],
    ['the request is lost', { kind: 'reset', delivered: false }, false],
    ['no answer comes, and the post is made', { kind: 'hang', delivered: true }, true],
    ['no answer comes, and no post is made', { kind: 'hang', delivered: false }, false],
    ['the answer breaks off', { kind: 'cut-answer', afterBytes: 20 }, true],
    ['the request breaks off', { kind: 'cut', afterBytes: 20 }, false],
    ['a failure hides that it was made', { kind: 'answer', status: 500, body: '{"id":""}', delivered: true }, true],
    ['a page of the proxy hides that it was made', { kind: 'answer', status: 502, body: '<html>', delivered: true }, true],
    ['a page of the proxy with status 200', { kind: 'answer', status: 200, body: '<html>', delivered: true }, true],
    ['an answer that is no post', { kind: 'answer', status: 201, body: '{}', delivered: true }, true],
  ];
  const between: Readonly<Record<string, (room: SenderInTest) => Promise<void> | void>> = {
    'at once': () => {},
    'after half a minute': (room) => room.fake.clock.pass(pendingMs),
    'after the server was restarted': (room) => room.fake.restart(),
    'by a new process, after half a minute': (room) => {
      room.fake.clock.pass(pendingMs);
      room.sender = room.another({ timeoutMs: 1000 });
    },
  };
  for (const [name, fault, isMade] of faults) {
    for (const [when, meanwhile] of Object.entries(between)) {
      it(`${name}; tried again ${when}`, async () => {
        await using room = await SenderInTest.open({}, { timeoutMs: 1000 });
        for (const [transactionId, content] of [
          ['t-text', text('hello')],
          ['t-image', await room.image()],
        ] as const) {
          const delivery = room.delivery(content, { transactionId });
          room.fake.inject(posting, fault);
          assert.equal((await failure(room.sender.send(delivery))).failure, 'uncertain');
          room.fake.heal();
          const before = (await room.posts()).map(({ id }) => id);
          await meanwhile(room);
          const id = await room.sendAgain(delivery);
          if (isMade) assert.ok(before.includes(id), 'it is the post of the first attempt');
          assert.equal(await room.sender.send(delivery), id, 'it is known from now on');
          assert.equal(await room.another().send(delivery), id, 'also after a restart');
          assert.equal((await room.posts()).filter((post) => post.id === id).length, 1);
        }
        assert.equal((await room.posts()).length, 2);
        assert.equal(room.asked('POST', '/files'), 1, 'what is on the server is not uploaded again');
      });
    }
  }
});

describe('one post, whatever happens meanwhile', () => {
  it('the process ends at any point of it, before or after the request', async () => {
    for (const point of ['media.uploaded', 'message.before-send', 'message.sent'] satisfies FailpointName[]) {
      await using room = await SenderInTest.open();
      const contents: readonly Content[] = [text('hello'), await room.image(), await room.file()];
      for (const [index, content] of contents.entries()) {
        const delivery = room.delivery(content, { transactionId: `t${index}` });
        let isDead = false;
        armFailpoints((name) => {
          if (name !== point) return;
          isDead = true;
          throw new Error('the process has ended');
        });
        await room.sender.send(delivery).catch(() => {});
        armFailpoints(undefined);
        assert.equal(isDead, content.kind !== 'text' || point !== 'media.uploaded', `${content.kind} ${point}`);
        room.fake.clock.pass(pendingMs);
        room.sender = room.another();
        await room.sender.send(delivery);
        assert.equal((await room.posts()).length, index + 1, `${content.kind} ${point}`);
      }
      assert.deepEqual(
        (await room.posts()).map((post) => post.file_ids?.length ?? 0),
        [0, 1, 1],
      );
      assert.equal(room.asked('POST', '/files'), 2, 'an uploaded file is used');
    }
  });

  it('the first request is still under way, also on a server that does not say so', async () => {
    for (const isHardened of [false, true]) {
      await using room = await SenderInTest.open({ isHardened }, { timeoutMs: 250 });
      room.fake.settings.postTakesMs = 700;
      const delivery = room.delivery(text('hello'));
      assert.equal((await failure(room.sender.send(delivery))).failure, 'uncertain');
      const second = await failure(room.sender.send(delivery));
      assert.equal(second.failure, 'uncertain');
      if (!isHardened) assert.equal(second.retryAfterMs, 1000);
      const made = await eventually(async () => (await room.posts())[0]);
      assert.equal(await room.sender.send(delivery), made.id);
      assert.equal((await room.posts()).length, 1);
    }
  });

  it('a request that stood still longer than the server remembers it is carried out as well: the older post stays', async () => {
    for (const isPicture of [false, true]) {
      await using room = await SenderInTest.open({}, { timeoutMs: 300 });
      room.fake.settings.postTakesMs = 900;
      const delivery = room.delivery(isPicture ? await room.image() : text('hello'));
      assert.equal((await failure(room.sender.send(delivery))).failure, 'uncertain');
      room.fake.clock.pass(pendingMs);
      const id = await room.another({ timeoutMs: 5000 }).send(delivery);
      const posts = await room.posts();
      assert.deepEqual(
        posts.map((post) => post.id),
        [id],
      );
      assert.equal(posts[0]?.file_ids?.length ?? 0, isPicture ? 1 : 0);
      const made = [...room.fake.world.posts.values()].filter((post) => post.user_id === room.bot.userId && post.type === '');
      assert.ok(made.length > 1, 'there were more');
      assert.equal(made.toSorted((one, other) => one.create_at - other.create_at)[0]?.id, id);
    }
  });

  it('where the look after it fails, the post that was made counts', async () => {
    await using room = await SenderInTest.open();
    const delivery = room.delivery(text('hello'));
    room.fake.inject(posting, { kind: 'reset', delivered: false });
    await failure(room.sender.send(delivery));
    room.fake.inject({ method: 'GET', path: `/channels/${room.channelId}/posts` }, { kind: 'answer', status: 500 }, { times: 1, skip: 1 });
    const id = await room.sender.send(delivery);
    assert.deepEqual(
      (await room.posts()).map((post) => post.id),
      [id],
    );
  });

  it('two at the same moment are one, and many different ones are many', async () => {
    await using room = await SenderInTest.open({ postTakesMs: 50 });
    const delivery = room.delivery(await room.image());
    const ids = await Promise.all([room.sender.send(delivery), room.sender.send(delivery), room.sender.send(delivery)]);
    assert.equal(new Set(ids).size, 1);
    const others = Array.from({ length: 20 }, (_, index) => room.delivery(text(`hello ${index}`), { transactionId: `many-${index}` }));
    assert.equal(new Set(await Promise.all(others.map(async (each) => room.sender.send(each)))).size, 20);
    assert.equal((await room.posts()).length, 21);
    assert.equal(room.asked('POST', '/files'), 1);
  });

  it('what failed before anything was asked for is not looked for', async () => {
    await using room = await SenderInTest.open();
    const delivery = room.delivery(await room.image());
    room.fake.inject({ method: 'POST', path: '/files' }, { kind: 'answer', status: 503 });
    assert.equal((await failure(room.sender.send(delivery))).failure, 'uncertain');
    await room.sender.send(delivery);
    assert.equal(room.asked('GET', `/channels/${room.channelId}/posts`), 0);
    assert.equal((await room.posts()).length, 1);
  });
});

describe('what the memory knows', () => {
  it('on a full disk nothing is sent that could not be found again', async () => {
    await using room = await SenderInTest.open();
    room.memory.isFull = true;
    assert.equal((await failure(room.sender.send(room.delivery(text('hello'))))).failure, 'uncertain');
    assert.deepEqual(await room.posts(), []);
    room.memory.isFull = false;
    await room.sender.send(room.delivery(text('hello')));
    assert.equal((await room.posts()).length, 1);
  });

  it('what was made counts as made, though the disk became full meanwhile', async () => {
    await using room = await SenderInTest.open();
    armFailpoints((name) => {
      if (name === 'message.sent') room.memory.isFull = true;
    });
    const id = await room.sender.send(room.delivery(text('hello')));
    armFailpoints(undefined);
    room.memory.isFull = false;
    room.fake.clock.pass(pendingMs);
    assert.equal(await room.another().send(room.delivery(text('hello'))), id);
    assert.equal((await room.posts()).length, 1);
  });

  it('it is forgotten after two weeks, also where the bot is never restarted', async (context) => {
    await using room = await SenderInTest.open();
    context.mock.timers.enable({ apis: ['Date'], now: Date.parse('2026-11-01') });
    const machine = performance.now();
    const clock = context.mock.method(performance, 'now', () => machine);
    const sender = room.another();
    const later = (days: number): void => {
      context.mock.timers.tick(days * 86_400_000);
      clock.mock.mockImplementation(() => machine + days * 86_400_000);
    };
    for (const transactionId of ['t1', 't2']) await sender.send(room.delivery(text(transactionId), { transactionId }));
    later(13);
    await sender.send(room.delivery(text('t3'), { transactionId: 't3' }));
    assert.equal(room.memory.entries('attempt:').length, 3);
    later(2);
    clock.mock.mockImplementation(() => machine + 15 * 86_400_000);
    await sender.send(room.delivery(text('t4'), { transactionId: 't4' }));
    assert.deepEqual(
      room.memory.entries('attempt:').map(([key]) => key),
      ['attempt:t3', 'attempt:t4'],
    );
  });
});

describe('what may have been sent is looked for', () => {
  /** A post whose answer was lost, and of which the server knows nothing but itself. */
  async function lost(room: SenderInTest, delivery = room.delivery(text('hello'))): Promise<string> {
    room.fake.inject(posting, { kind: 'reset', delivered: true });
    await failure(room.sender.send(delivery));
    room.fake.clock.pass(pendingMs);
    return (await room.posts()).at(-1)!.id;
  }

  it('from the root of its thread on where the anchor is gone for good, and from the newest post back where nothing is known', async () => {
    for (const isInThread of [true, false]) {
      await using room = await SenderInTest.open();
      const rootId = await room.anna.say(room.channelId, 'a fox');
      room.anchor = await room.anna.say(room.channelId, 'and now?');
      room.fake.clock.pass(5);
      const delivery = room.delivery(text('hello'), isInThread ? { threadId: eventId(rootId) } : {});
      const id = await lost(room, delivery);
      room.fake.purgePost(room.anchor);
      await room.anna.say(room.channelId, 'thanks');
      assert.equal(await room.another().send(delivery), id);
      assert.equal((await room.posts()).length, 1);
    }
  });

  it('in its thread, where the server’s clock was put back since', async () => {
    for (const named of ['threadId', 'replyTo'] as const) {
      await using room = await SenderInTest.open();
      const delivery = { ...room.delivery(await room.image()), [named]: eventId(room.anchor!) };
      room.fake.clock.offsetMs -= 24 * 3_600_000;
      room.fake.inject(posting, { kind: 'reset', delivered: true });
      await failure(room.sender.send(delivery));
      room.fake.clock.pass(pendingMs);
      const id = await room.another().send(delivery);
      const posts = (await room.anna.history(room.channelId)).filter(({ user_id: by }) => by === room.bot.userId);
      assert.deepEqual(
        posts.map((post) => post.id),
        [id],
      );
      assert.equal(room.asked('POST', '/posts'), 1);
    }
  });

  it('where no anchor is known at all', async () => {
    await using room = await SenderInTest.open();
    room.anchor = undefined;
    const id = await lost(room);
    assert.equal(await room.another().send(room.delivery(text('hello'))), id);
  });

  it('behind hundreds of posts, in the millisecond of hundreds, and while posts are deleted', async () => {
    await using room = await SenderInTest.open();
    const id = await lost(room);
    room.fake.clock.frozenAtMs = room.fake.stored(id).create_at;
    const others = await Promise.all(
      Array.from({ length: 250 }, async (_, index) => room.anna.say(room.channelId, `same moment ${index}`)),
    );
    room.fake.clock.frozenAtMs = undefined;
    for (const other of others.slice(0, 20)) await room.anna.delete(other);
    assert.equal(await room.another().send(room.delivery(text('hello'))), id);
    assert.equal((await room.posts()).length, 1);
  });

  it('nobody else’s post is taken for the bot’s, whatever stands in its props', async () => {
    await using room = await SenderInTest.open();
    room.fake.inject(posting, { kind: 'reset', delivered: false });
    await failure(room.sender.send(room.delivery(text('hello'))));
    const forged = await room.anna.say(room.channelId, 'hello', { props: { blitzbild: { delivery: 'k7f3-1' } } });
    const id = await room.another().send(room.delivery(text('hello')));
    assert.notEqual(id, forged);
    assert.equal((await room.posts()).length, 1);
    assert.equal((await room.anna.history(room.channelId)).filter((post) => post.id === forged).length, 1, 'it is left alone');
  });

  it('of another delivery of the bot’s, one is not the other', async () => {
    await using room = await SenderInTest.open();
    await lost(room);
    const other = await room.sender.send(room.delivery(text('hello'), { transactionId: 'k7f3-10' }));
    assert.notEqual(other, (await room.posts())[0]?.id);
  });

  it('after a restored backup, from what it answers on; without a memory of it', async () => {
    for (const named of ['threadId', 'replyTo'] as const) {
      await using room = await SenderInTest.open();
      const rootId = await room.anna.say(room.channelId, 'a fox');
      room.fake.clock.pass(5);
      const delivery = { ...room.delivery(await room.image()), [named]: eventId(rootId) };
      const id = await room.sender.send(delivery);
      room.memory.rows.clear();
      room.fake.clock.pass(pendingMs);
      room.anchor = await room.anna.say(room.channelId, 'much later');
      assert.equal(await room.another({ queuedBeforeMs: Date.now() + 1000 }).send(delivery), id);
      assert.ok(room.fake.seen.some(({ query }) => query.get('after') === rootId));
      // What is queued after that is new.
      const young = { ...delivery, transactionId: 'k8', queuedAtMs: Date.now() + 2000 };
      const before = room.asked('GET', `/channels/${room.channelId}/posts`);
      await room.another({ queuedBeforeMs: Date.now() + 1000 }).send(young);
      assert.equal(room.asked('GET', `/channels/${room.channelId}/posts`), before);
      assert.equal((await room.posts()).length, 2);
    }
  });

  it('while the server can not tell, nothing is sent', async () => {
    await using room = await SenderInTest.open();
    await lost(room);
    room.fake.inject({ method: 'GET', path: `/channels/${room.channelId}/posts` }, { kind: 'answer', status: 500 });
    assert.equal((await failure(room.another().send(room.delivery(text('hello'))))).failure, 'uncertain');
    assert.equal((await room.posts()).length, 1);
  });
});

test('a server that limits requests is left alone as long as it says, in either of its voices', async () => {
  await using room = await SenderInTest.open();
  const limited = { kind: 'answer', status: 429, headers: { 'Retry-After': '7', 'Content-Type': 'text/plain' }, body: 'limit exceeded\n' };
  room.fake.inject(posting, limited as Fault);
  const plain = await failure(room.sender.send(room.delivery(text('hello'))));
  assert.deepEqual([plain.failure, plain.retryAfterMs], ['rate_limited', 7000]);
  const body = JSON.stringify({ id: 'api.some.throttled.app_error', message: 'later', status_code: 429 });
  room.fake.inject(posting, { kind: 'answer', status: 429, headers: { 'Retry-After': '2' }, body });
  const named = await failure(room.sender.send(room.delivery(text('hello'))));
  assert.deepEqual([named.failure, named.retryAfterMs], ['rate_limited', 2000]);
  await room.sender.send(room.delivery(text('hello')));
  assert.equal((await room.posts()).length, 1);
});

test('what a limit kept out is neither looked for nor uploaded again: that would be three requests for one', async () => {
  await using room = await SenderInTest.open();
  for (const content of [text('hello'), await room.image()]) {
    const delivery = room.delivery(content, { transactionId: content.kind });
    for (const sender of [room.sender, room.another()]) {
      room.fake.inject(posting, { kind: 'answer', status: 429, body: 'limit exceeded\n' });
      assert.equal((await failure(sender.send(delivery))).failure, 'rate_limited');
    }
    await room.another().send(delivery);
  }
  assert.equal(room.asked('GET', `/channels/${room.channelId}/posts`), 0);
  assert.equal(room.asked('POST', '/files'), 1);
  // One whose answer was lost is looked for, whatever limit is met after that, also by a server that listed it late.
  const lost = room.delivery(text('hello'), { transactionId: 'lost' });
  room.fake.inject(posting, { kind: 'reset', delivered: true });
  await failure(room.sender.send(lost));
  room.fake.clock.pass(pendingMs);
  room.fake.inject({ path: `/channels/${room.channelId}/posts` }, { kind: 'rewrite', rewrite: () => ({ order: [], posts: {} }) });
  room.fake.inject(posting, { kind: 'answer', status: 429, body: 'limit exceeded\n' });
  assert.equal((await failure(room.another().send(lost))).failure, 'rate_limited');
  await room.another().send(lost);
  assert.equal((await room.posts()).length, 3);
});

test('a token that is not valid any more is told as that', async () => {
  await using room = await SenderInTest.open();
  room.fake.revoke(room.bot.token);
  for (const content of [text('hello'), await room.image()])
    assert.equal((await failure(room.sender.send(room.delivery(content, { transactionId: content.kind })))).failure, 'unauthorised');
});

test('a post says what it is: its mark, no previews of links, what the picture shows, its buttons', async () => {
  await using room = await SenderInTest.open();
  const attachments = [{ actions: [{ id: 'again', name: '🔁 Again', type: 'button', integration: { url: 'https://bot.test/x' } }] }];
  const sender = room.another({ buttons: { attachmentsFor: ({ content }) => (content.kind === 'image' ? attachments : []) } });
  await sender.send(room.delivery(await room.image('a \u0000fox'), { transactionId: 't1' }));
  await sender.send(room.delivery(text('@channel https://evil.test'), { transactionId: 't2' }));
  const [picture, words] = (await room.posts()).map(({ id }) => room.fake.stored(id));
  assert.deepEqual(picture?.props['attachments'], attachments);
  assert.equal(picture?.props['unsafe_links'], 'true');
  assert.deepEqual(picture?.props['blitzbild'], { delivery: 't1', alt: 'a fox', blurhash: 'L00000fQfQfQfQfQfQfQfQfQfQfQ' });
  assert.equal(words?.props['attachments'], undefined);
  assert.equal(words?.props['unsafe_links'], 'true');
  assert.ok(room.fake.seen.filter(({ path }) => path.endsWith('/posts')).every(({ query }) => query.get('set_online') === 'false'));
});

test('what is no channel or no post of a Mattermost server is refused', async () => {
  await using room = await SenderInTest.open();
  const elsewhere = { ...room.delivery(text('hello')), roomId: '!room:small.test' as never };
  assert.equal((await failure(room.sender.send(elsewhere))).failure, 'rejected');
  const below = room.delivery(text('hello'), { threadId: eventId('$event') });
  assert.equal((await failure(room.sender.send(below))).failure, 'rejected');
});

test('whoever waits for an answer gives up while the server still knows the id', async () => {
  const asked: ServerRequest[] = [];
  const client = {
    ask: async (request: ServerRequest): Promise<unknown> => {
      asked.push(request);
      return request.path === '/posts' ? { id: idOf('post'), channel_id: idOf('channel'), user_id: idOf('bot') } : {};
    },
  };
  const sender = new Sender({
    client,
    ownUserId: idOf('bot'),
    images: new ImagesInTest(),
    memory: new MemoryInTest(),
    channels: { newestPost: () => undefined },
    now: Date.now,
    queuedBeforeMs: 0,
    turns: new EditTurns(),
    log: new LogInTest(),
  });
  await sender.send({ transactionId: 't-1', queuedAtMs: 1, roomId: roomId(idOf('channel')), content: text('hello') });
  const mostMs = asked.find(({ path }) => path === '/posts')?.mostMs ?? Infinity;
  assert.ok(mostMs < pendingMs - 5000, `${mostMs} ms`);
});
