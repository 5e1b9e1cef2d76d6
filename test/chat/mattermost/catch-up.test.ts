import assert from 'node:assert/strict';
import { test } from 'node:test';

import { positionAt, withChange, withPost, type Position } from '#src/chat/mattermost/positions.ts';

import { eventually } from '../matrix/fakes.ts';
import { FakeMattermost } from './fake/fake.ts';
import { NewsInTest } from './news-harness.ts';

const numbered = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `message ${index}`);

async function sayAll(room: NewsInTest, texts: readonly string[]): Promise<void> {
  for (const text of texts) {
    await room.anna.say(room.channelId, text);
    // Of what has one millisecond no order is known.
    room.fake.clock.pass(1);
  }
}

/** As if so much had changed that the server does not list all of it: posts are read by pages. */
const muchChanged = (room: NewsInTest): void =>
  void room.fake.inject(
    { method: 'GET', when: ({ query }) => query.has('since') },
    {
      kind: 'rewrite',
      rewrite: (answer: { readonly order: readonly string[] }) => ({
        ...answer,
        order: answer.order.length === 0 ? [] : Array.from({ length: 1000 }, (_, index) => answer.order[index % answer.order.length]),
      }),
    },
    { times: 1000 },
  );

test('more than a page is read whole, and in its order', async () => {
  await using room = await NewsInTest.started();
  const texts = numbered(450);
  await room.restart(() => sayAll(room, texts));
  await room.inbox.waitForText(texts.at(-1)!);
  assert.deepEqual(room.texts, texts);
  muchChanged(room);
  const more = texts.map((text) => `${text} more`);
  await room.restart(() => sayAll(room, more));
  await room.inbox.waitForText(more.at(-1)!);
  assert.deepEqual(room.texts, [...texts, ...more]);
});

test('a channel in which nothing happened is asked once, and reactions and deletions come with that', async () => {
  await using room = await NewsInTest.started();
  const { fake, anna, channelId } = room;
  const post = await anna.say(channelId, '!img a fox');
  await room.inbox.waitForText('!img a fox');
  fake.clock.pass(120_000);
  const asked = (): number => fake.seen.filter(({ path }) => path === `/api/v4/channels/${channelId}/posts`).length;
  const before = asked();
  await room.restart();
  assert.equal(asked(), before + 1);
  await room.restart(() => anna.delete(post));
  await room.inbox.waitFor(({ kind }) => kind === 'redaction');
  assert.equal(asked(), before + 2);
});

test('where the server forgets a post in its list of changes, the list of channels tells', async () => {
  await using room = await NewsInTest.started();
  room.fake.inject(
    { method: 'GET', when: ({ query }) => query.has('since') },
    { kind: 'rewrite', rewrite: (answer: object) => ({ ...answer, order: [] }) },
    { times: 1000 },
  );
  await room.restart(async () => {
    room.fake.clock.pass(1000);
    await room.anna.say(room.channelId, 'not listed');
  });
  await room.inbox.waitForText('not listed');
});

test('a reaction of before is not lost where reading what was posted after it fails half-way', async () => {
  await using room = await NewsInTest.started();
  const { fake, anna, channelId } = room;
  const post = await anna.say(channelId, '!img a fox');
  await room.inbox.waitForText('!img a fox');
  muchChanged(room);
  const texts = numbered(250);
  const second = { method: 'GET', when: ({ query }: { readonly query: URLSearchParams }) => query.has('after') };
  const injected = fake.inject(second, { kind: 'answer', status: 503, body: '{}' }, { times: 1, skip: 1 });
  await room.restart(async () => {
    await anna.react(post, 'x');
    fake.clock.pass(120_000);
    await sayAll(room, texts);
  });
  await room.inbox.waitForText(texts.at(-1)!);
  await room.inbox.waitFor((event) => event.kind === 'reaction' && event.emoji === '❌');
  assert.equal(injected.count, 1);
  assert.deepEqual(room.texts, ['!img a fox', ...texts]);
});

test('more than a page of one and the same millisecond is read whole', async () => {
  await using room = await NewsInTest.started();
  const texts = numbered(430);
  muchChanged(room);
  await room.restart(async () => {
    room.fake.clock.frozenAtMs = Date.now() + 1000;
    for (const text of texts) await room.anna.say(room.channelId, text);
    room.fake.clock.frozenAtMs = undefined;
  });
  await eventually(() => room.texts.length === texts.length);
  assert.deepEqual(room.texts.toSorted(), texts.toSorted());
});

test('a page that fails in the middle is asked again; nothing is stored twice and nothing left out', async () => {
  await using room = await NewsInTest.started();
  const texts = numbered(250);
  muchChanged(room);
  // Two pages from the anchor on: the second fails once.
  const injected = room.fake.inject(
    { path: `/channels/${room.channelId}/posts`, when: ({ query }) => query.has('after') },
    { kind: 'answer', status: 503, body: '{}' },
    { times: 1, skip: 1 },
  );
  await room.restart(() => sayAll(room, texts));
  await room.inbox.waitForText(texts.at(-1)!);
  assert.equal(injected.count, 1);
  assert.deepEqual(room.texts, texts);
  assert.equal(room.inbox.calls.flatMap(({ events }) => events).length, texts.length);
});

test('what is said in the millisecond in which the bot joins is read', async () => {
  await using room = await NewsInTest.started();
  const { fake, anna, bot, teamId } = room;
  await room.restart(async () => {
    fake.clock.frozenAtMs = Date.now();
    const other = fake.createChannel({ teamId, name: 'other', members: [anna, bot] });
    await anna.say(other, 'welcome');
    fake.clock.frozenAtMs = undefined;
  });
  await room.inbox.waitForText('welcome');
});

test('a post that the server lists late, behind newer ones, is read all the same', async () => {
  await using room = await NewsInTest.started();
  room.fake.clock.pass(120_000);
  await room.anna.say(room.channelId, 'newer');
  await room.inbox.waitForText('newer');
  await room.restart(async () => {
    room.fake.clock.offsetMs = -30_000;
    await room.anna.say(room.channelId, 'earlier by its time');
    room.fake.clock.offsetMs = 0;
  });
  await room.inbox.waitForText('earlier by its time');
  assert.deepEqual(room.texts, ['newer', 'earlier by its time']);
});

test('a server whose clock is wrong, either way, changes nothing', async () => {
  for (const offsetMs of [-86_400_000, 86_400_000]) {
    const fake = await FakeMattermost.start();
    fake.clock.offsetMs = offsetMs;
    await using room = new NewsInTest(fake);
    await room.anna.say(room.channelId, 'long ago');
    await room.start();
    await room.anna.say(room.channelId, 'now');
    await room.inbox.waitForText('now');
    await room.restart(async () => {
      const post = await room.anna.say(room.channelId, 'while it was down');
      await room.anna.react(post, '+1');
    });
    await room.inbox.waitFor(({ kind }) => kind === 'reaction');
    assert.deepEqual(room.texts, ['now', 'while it was down']);
  }
});

test('where the post to begin at was deleted, or is not known to the server any more, nothing is lost', async () => {
  for (const isPurged of [false, true]) {
    await using room = await NewsInTest.started();
    const kept = JSON.parse(room.memory.get(`channel:${room.channelId}`)!) as Position;
    const [anchor] = kept.tail[0]!;
    await room.restart(async () => {
      if (isPurged) room.fake.purgePost(anchor);
      else await room.fake.owner.delete(anchor);
      await room.anna.say(room.channelId, 'after it');
    });
    await room.inbox.waitForText('after it');
    assert.deepEqual(room.texts, ['after it']);
  }
});

test('where the post that a page ended with is not known to the server any more, nothing behind it is lost', async () => {
  await using room = await NewsInTest.started();
  const { fake, anna, channelId } = room;
  const said: string[] = [];
  let pages = 0;
  muchChanged(room);
  await room.restart(async () => {
    const posts: string[] = [];
    for (let index = 0; index < 230; index += 1) {
      said.push(`post ${index}`);
      posts.push(await anna.say(channelId, `post ${index}`));
      fake.clock.pass(1);
    }
    // What the next page begins at, once the first one was listed.
    const purged = posts[198]!;
    const when = ({ query }: { readonly query: URLSearchParams }): boolean => {
      if (query.get('after') !== purged) return false;
      if (pages === 0) fake.purgePost(purged);
      pages += 1;
      return false;
    };
    fake.inject({ method: 'GET', when }, { kind: 'slow', ms: 0 });
  });
  await room.inbox.waitForText('post 229');
  assert.equal(pages, 1);
  assert.deepEqual(new Set(room.texts), new Set(said));
});

test('a post that was edited while the bot was down is read as it is now; an edit of a known one is nothing', async () => {
  await using room = await NewsInTest.started();
  const known = await room.anna.say(room.channelId, '!img known');
  await room.inbox.waitForText('!img known');
  await room.anna.edit(known, '!img changed live');
  await room.restart(async () => {
    await room.anna.edit(known, '!img changed');
    await room.anna.edit(await room.anna.say(room.channelId, '!img new'), '!img new, corrected');
  });
  await room.inbox.waitForText('!img new, corrected');
  assert.deepEqual(room.texts, ['!img known', '!img new, corrected']);
  assert.equal(room.inbox.events.length, 2);
});

test('reactions of before the first start are not told, whatever happens to their post', async () => {
  await using room = await NewsInTest.make();
  const post = await room.anna.say(room.channelId, 'a picture of long ago');
  await room.anna.react(post, 'repeat');
  await room.start();
  await room.restart(() => room.anna.react(post, '+1'));
  const [event] = room.inbox.events;
  assert.deepEqual([room.inbox.events.length, event?.kind === 'reaction' && event.emoji], [1, '👍']);
});

// ---------------------------------------------------------------- positions

const read = (marks: readonly (readonly [string, number, boolean])[]): Position =>
  marks.reduce((position, [id, atMs, isEvent]) => withPost(position, [id, atMs], isEvent), positionAt(undefined, 0));

test('the anchor stays a minute behind the newest post', () => {
  assert.deepEqual(
    read([
      ['a', 0, false],
      ['b', 30_000, false],
      ['c', 59_999, false],
    ]).tail.map(([id]) => id),
    ['a', 'b', 'c'],
  );
  assert.deepEqual(
    read([
      ['a', 0, false],
      ['b', 30_000, false],
      ['c', 90_000, false],
    ]).tail.map(([id]) => id),
    ['b', 'c'],
  );
});

test('all posts behind the anchor that were stored are known, of the others enough to go on', () => {
  const position = read([
    ['a', 0, false],
    ['b', 1000, false],
    ['c', 1001, true],
    ['d', 1002, true],
    ['e', 16_002, false],
    ['late', 500, true],
  ]);
  assert.deepEqual(
    position.tail.map(([id]) => id),
    ['a', 'late', 'c', 'd', 'e'],
  );
});

test('changes are known for a minute behind the newest', () => {
  let position = withChange(positionAt(undefined, 0), ['one', 1000]);
  position = withChange(position, ['two', 50_000]);
  assert.deepEqual(
    position.changes.map(([id]) => id),
    ['one', 'two'],
  );
  position = withChange(position, ['three', 61_001]);
  assert.deepEqual(
    position.changes.map(([id]) => id),
    ['two', 'three'],
  );
  assert.equal(position.changedMs, 61_001);
});
