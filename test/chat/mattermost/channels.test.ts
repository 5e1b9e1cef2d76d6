import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Channels, type AllowList } from '#src/chat/mattermost/channels.ts';
import type { ServerRequest } from '#src/chat/mattermost/client.ts';
import { ServerError } from '#src/chat/mattermost/server-error.ts';

import { eventually, MemoryInTest } from '../matrix/fakes.ts';
import { NewsInTest } from './news-harness.ts';

const id = (letter: string): string => letter.repeat(26);
const channel = (letter: string, more: object = {}): object => ({
  id: id(letter),
  type: 'O',
  team_id: id('t'),
  name: `name-${letter}`,
  delete_at: 0,
  last_post_at: 1,
  ...more,
});

function channels(list: string | readonly object[], allowed: AllowList = { teams: [], channels: [] }, allowDirect?: boolean): Channels {
  const client = {
    ask: ({ path }: ServerRequest): Promise<unknown> =>
      path === '/users/me/teams'
        ? Promise.resolve([{ id: id('t'), name: 'design' }])
        : Promise.reject(new ServerError('no', { status: 404, id: 'app.channel.get.existing.app_error' })),
    download: () => Promise.resolve(Buffer.from(typeof list === 'string' ? list : JSON.stringify(list))),
  };
  return new Channels({ client, ownUserId: id('b'), memory: new MemoryInTest(), allowed, allowDirect });
}

test('channels are known by kind; archived ones are none', async () => {
  const known = channels([channel('a'), channel('p', { type: 'P' }), channel('x', { delete_at: 5 }), channel('n', { type: 'board' })]);
  assert.deepEqual(
    (await known.list()).map(({ id: found, kind }) => [found, kind]),
    [
      [id('a'), 'O'],
      [id('p'), 'P'],
      [id('n'), undefined],
    ],
  );
  assert.deepEqual([known.kindOf(id('p')), known.kindOf(id('x')), known.kindOf(id('z'))], ['P', undefined, undefined]);
});

test('the server’s broken list of nothing is nothing; another broken list is none', async () => {
  const empty = '[{"id":"app.channel.get_channels.not_found.app_error","message":"","status_code":404}';
  assert.deepEqual(await channels(empty).list(), []);
  for (const text of ['<html>', '[{"id":"app.channel.get_channels.get.app_error"}', '{}', ''])
    await assert.rejects(channels(text).list(), { name: 'ServerError' });
});

test('a list that names something allows what it names, by id or name, with its team or without', async () => {
  const list = [channel('a'), channel('c'), channel('d', { type: 'D', team_id: '' }), channel('o', { team_id: id('u') })];
  const cases: readonly (readonly [AllowList, string])[] = [
    [{ teams: [], channels: [] }, 'acdo'],
    [{ teams: ['design'], channels: [] }, 'acd'],
    [{ teams: [id('u')], channels: [] }, 'do'],
    [{ teams: [], channels: ['~name-a'] }, 'ad'],
    [{ teams: [], channels: ['Name-A', id('o')] }, 'ado'],
    [{ teams: [], channels: ['design/name-c'] }, 'cd'],
    [{ teams: [], channels: ['other/name-c'] }, 'd'],
    [{ teams: ['other'], channels: ['name-o'] }, 'do'],
  ];
  for (const [allowed, expected] of cases) {
    const known = channels(list, allowed);
    await known.list();
    assert.equal([...'acdo'].filter((letter) => known.isAllowed(id(letter))).join(''), expected, JSON.stringify(allowed));
  }
  const withoutDirect = channels(list, { teams: [], channels: [] }, false);
  await withoutDirect.list();
  assert.equal([...'acdo'].filter((letter) => withoutDirect.isAllowed(id(letter))).join(''), 'aco');
  assert.equal(withoutDirect.isAllowed(id('z')), false);
});

test('a channel that the bot is to keep out of is silent; once it may be there, it begins at the present', async () => {
  await using room = await NewsInTest.make();
  const { fake, anna, bot, teamId } = room;
  const other = fake.createChannel({ teamId, name: 'other', members: [anna, bot] });
  await room.start({ allowed: { teams: [], channels: ['pictures'] } });
  await anna.say(other, 'not allowed');
  await anna.say(room.channelId, 'allowed');
  await room.inbox.waitForText('allowed');
  await room.restart(() => anna.say(other, 'still not allowed'));
  await anna.say(other, 'allowed now');
  await room.inbox.waitForText('allowed now');
  assert.deepEqual(room.texts, ['allowed', 'allowed now']);
});

test('direct conversations can be left out', async () => {
  await using room = await NewsInTest.started({ allowDirect: false });
  const direct = room.fake.openDirect(room.anna, room.bot);
  await room.anna.say(direct, 'a fox');
  await eventually(() => room.channels.kindOf(direct));
  await room.anna.say(room.channelId, 'here');
  await room.inbox.waitForText('here');
  assert.deepEqual(room.texts, ['here']);
});

test('the newest post that stands before what the bot sends next is known', async () => {
  await using room = await NewsInTest.started();
  const before = room.channels.newestPost(room.channelId)!;
  assert.equal(room.fake.stored(before).channel_id, room.channelId);
  room.fake.clock.pass(120_000);
  const post = await room.anna.say(room.channelId, 'one');
  room.fake.clock.pass(120_000);
  await room.anna.say(room.channelId, 'two');
  await room.inbox.waitForText('two');
  assert.equal(room.channels.newestPost(room.channelId), post);
  assert.equal(room.channels.newestPost(id('z')), undefined);
});
