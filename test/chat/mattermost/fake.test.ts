/** That the fake behaves as fake/README.md says a server does. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';

import { onePixelPng } from '../../contract/chat-platform.ts';
import { FakeMattermost, mentionsIn } from './fake/fake.ts';
import { Listener } from './fake/listener.ts';
import { Person, RefusedError } from './fake/person.ts';
import { defaultSettings } from './fake/settings.ts';
import { placeOnRealServer } from './real-server.ts';

let fake: FakeMattermost;
let bot: { readonly userId: string; readonly username: string; readonly token: string };
/** The bot, at its own node. */
let self: Person;
let ada: Person;
let teamId: string;
let room: string;

before(async () => {
  fake = await FakeMattermost.start();
});
after(async () => fake[Symbol.asyncDispose]());

beforeEach(() => {
  fake.heal();
  Object.assign(fake.settings, defaultSettings);
  Object.assign(fake.clock, { offsetMs: 0, frozenAtMs: undefined });
  bot = fake.createBot(`bot${fake.world.users.size}`);
  self = new Person(fake.url, bot);
  ada = fake.createUser(`ada${fake.world.users.size}`);
  teamId = fake.createTeam(`team${fake.world.teams.size}`);
  room = fake.createChannel({ teamId, name: 'pictures', members: [bot, ada] });
});

const refused = async (asked: Promise<unknown>, status: number, id: string): Promise<void> =>
  assert.rejects(asked, (error) => {
    assert.ok(error instanceof RefusedError, String(error));
    assert.deepEqual([error.status, error.id], [status, id]);
    return true;
  });
const send = async (body: object, person = self): Promise<any> =>
  person.ask('POST', '/posts', { channel_id: room, message: 'hello', ...body });
const list = async (query: string): Promise<readonly string[]> => (await self.ask('GET', `/channels/${room}/posts?${query}`)).order;

describe('posting', () => {
  it('is by whoever has the token, at the moment of the server', async () => {
    fake.clock.offsetMs = 3_600_000;
    const post = await send({ user_id: ada.userId, create_at: 17 });
    assert.equal(post.user_id, bot.userId);
    assert.ok(post.create_at > Date.now() + 3_500_000);
    assert.equal(post.props.from_bot, 'true');
  });

  it('knows a pending id for thirty seconds', async () => {
    const first = await send({ pending_post_id: `${bot.userId}:one` });
    assert.equal(first.pending_post_id, `${bot.userId}:one`);
    const again = await send({ pending_post_id: `${bot.userId}:one`, message: 'something else' });
    assert.deepEqual([again.id, again.message, again.pending_post_id, again.metadata], [first.id, 'hello', '', {}]);
    fake.clock.pass(30_001);
    assert.notEqual((await send({ pending_post_id: `${bot.userId}:one` })).id, first.id);
  });

  it('says that the first attempt is still under way, forgets one that failed, and can not tell one that was deleted', async () => {
    fake.settings.postTakesMs = 60;
    const first = send({ pending_post_id: 'slow' });
    await new Promise((resolve) => setTimeout(resolve, 20));
    await refused(send({ pending_post_id: 'slow' }), 500, 'api.post.deduplicate_create_post.pending');
    const { id } = await first;
    await self.delete(id);
    await refused(send({ pending_post_id: 'slow' }), 500, 'api.post.deduplicate_create_post.failed_to_get');
    fake.settings.postTakesMs = 0;
    await refused(send({ pending_post_id: 'bad', message: 'x'.repeat(16_384) }), 400, 'model.post.is_valid.message_length.app_error');
    assert.ok((await send({ pending_post_id: 'bad' })).id);
  });

  it('forgets pending ids with its process', async () => {
    const first = await send({ pending_post_id: 'restarted' });
    await fake.restart(async () => assert.rejects(send({})));
    assert.notEqual((await send({ pending_post_id: 'restarted' })).id, first.id);
  });

  it('goes on with what was asked where the client has gone, and not where its process has ended', async () => {
    fake.settings.postTakesMs = 800;
    const gone = assert.rejects(send({ pending_post_id: 'gone', message: 'gone' }));
    await new Promise((resolve) => setTimeout(resolve, 200));
    fake.cutConnections();
    await gone;
    await refused(send({ pending_post_id: 'gone' }), 500, 'api.post.deduplicate_create_post.pending');
    await new Promise((resolve) => setTimeout(resolve, 900));
    assert.equal((await send({ pending_post_id: 'gone' })).message, 'gone');
    const ended = assert.rejects(send({ pending_post_id: 'ended', message: 'ended' }));
    await new Promise((resolve) => setTimeout(resolve, 200));
    await fake.restart();
    await ended;
    await new Promise((resolve) => setTimeout(resolve, 900));
    const said = (await ada.history(room)).map(({ message }) => message);
    assert.deepEqual([said.includes('gone'), said.includes('ended')], [true, false]);
  });

  it('counts code points', async () => {
    assert.ok((await send({ message: '🦊'.repeat(16_383) })).id);
  });

  it('takes a root that is there, in this channel, and no reply', async () => {
    const root = await ada.say(room, 'root');
    const reply = await send({ root_id: root });
    const other = fake.createChannel({ teamId, name: 'other', members: [bot] });
    const wrong = 'api.post.create_post.root_id.app_error';
    await refused(send({ root_id: reply.id }), 400, wrong);
    await refused(send({ root_id: 'x' }), 400, wrong);
    await refused(send({ root_id: root, channel_id: other }), 400, 'api.post.create_post.channel_root_id.app_error');
    await ada.delete(root);
    await refused(send({ root_id: root }), 400, wrong);
    await refused(self.post(reply.id), 404, 'app.post.get.app_error');
  });

  it('refuses ids, types and channels that are not for clients', async () => {
    await refused(send({ id: 'a'.repeat(26) }), 400, 'app.post.save.existing.app_error');
    await refused(send({ type: 'system_join_channel' }), 400, 'api.context.invalid_param.app_error');
    await refused(send({ type: 'odd' }), 400, 'model.post.is_valid.type.app_error');
    await refused(send({ channel_id: 'a'.repeat(26) }), 403, 'api.context.permissions.app_error');
    await refused(send({ message: 'x'.repeat(310_000) }), 413, 'api.context.request_body_too_large.app_error');
  });

  it('leaves out files that are not there, are elsewhere or somebody else’s, without a word', async () => {
    const mine = await self.upload(room, { name: 'a.png', bytes: onePixelPng([1, 2, 3]) });
    const hers = await ada.upload(room, { name: 'b.png', bytes: onePixelPng([1, 2, 3]) });
    const post = await send({ file_ids: [mine, mine, hers, 'a'.repeat(26)] });
    assert.deepEqual(post.file_ids, [mine]);
    assert.equal(post.metadata.files[0].width, 1);
    assert.deepEqual((await send({ file_ids: [mine] })).file_ids, []);
    fake.dropFileIds();
    const next = await self.upload(room, { name: 'a.png', bytes: onePixelPng([1, 2, 3]) });
    assert.deepEqual((await send({ file_ids: [next] })).file_ids, []);
    assert.deepEqual((await send({ file_ids: [next] })).file_ids, [next]);
    await refused(
      send({ file_ids: Array.from({ length: 11 }, (_, at) => `${at}`.padEnd(26, 'a')) }),
      400,
      'model.post.is_valid.file_ids.app_error',
    );
  });

  it('is over in an archived channel and for who may not', async () => {
    const post = await send({});
    await self.react(post.id, 'star');
    fake.archive(room);
    await refused(send({}), 400, 'api.post.create_post.can_not_post_to_deleted.error');
    await refused(self.edit(post.id, 'x'), 400, 'api.post.patch_post.can_not_update_post_in_deleted.error');
    await refused(self.delete(post.id), 400, 'api.post.delete_post.can_not_delete_post_in_deleted.error');
    await refused(self.react(post.id, '+1'), 403, 'api.reaction.save.archived_channel.app_error');
    await refused(self.unreact(post.id, 'star'), 403, 'api.reaction.delete.archived_channel.app_error');
    fake.unarchive(room);
    fake.deny(bot, 'create_post', 'upload_file');
    await refused(send({}), 403, 'api.context.permissions.app_error');
    const member = await self.ask('GET', `/channels/${room}/members/me`);
    const [role] = await self.ask('POST', '/roles/names', member.roles.split(' '));
    assert.ok(!role.permissions.includes('create_post') && role.permissions.includes('edit_post'));
    fake.allowAgain(bot);
    fake.removeFromChannel(room, bot);
    await refused(send({}), 403, 'api.context.permissions.app_error');
  });
});

describe('changing posts', () => {
  it('keeps what is not told, replaces all props, and keeps the earlier version for itself', async () => {
    const post = await send({ props: { one: 1 } });
    const since = fake.clock.now() - 1;
    await self.ask('PUT', `/posts/${post.id}/patch`, { message: 'changed' });
    const patched = await self.ask('PUT', `/posts/${post.id}/patch`, { props: { two: 2 } });
    assert.deepEqual([patched.message, patched.props], ['changed', { two: 2, from_bot: 'true' }]);
    assert.ok(patched.edit_at > 0);
    const { order, posts } = await self.ask('GET', `/channels/${room}/posts?since=${since}`);
    const earlier = order.map((id: string) => posts[id]).filter((row: any) => row.original_id === post.id);
    assert.equal(earlier.length, 2);
    assert.ok(earlier.every((row: any) => row.delete_at > 0 && row.message === ''));
    await refused(self.post(earlier[0].id), 404, 'app.post.get.app_error');
  });

  it('is refused too late, for others’ posts, and for what is not there', async () => {
    const [own, hers] = [await send({}), await ada.say(room, 'hers')];
    await refused(self.edit(hers, 'x'), 403, 'api.context.permissions.app_error');
    await refused(self.edit('a'.repeat(26), 'x'), 403, 'api.context.permissions.app_error');
    fake.settings.postEditTimeLimitS = 10;
    fake.clock.pass(10_001);
    await refused(self.edit(own.id, 'x'), 400, 'api.post.update_post.permissions_time_limit.app_error');
    await self.ask('PUT', `/posts/${own.id}/patch`, { props: { late: true } });
    await self.delete(own.id);
    await refused(self.edit(own.id, 'x'), 403, 'api.context.permissions.app_error');
    await refused(self.delete(own.id), 404, 'app.post.get.app_error');
  });

  it('writes back all that was read: of two changes at once the later one undoes the earlier one', async () => {
    const post = await send({});
    fake.settings.editTakesMs = 30;
    const first = self.ask('PUT', `/posts/${post.id}/patch`, { message: 'changed' });
    await new Promise((resolve) => setTimeout(resolve, 10));
    await Promise.all([first, self.ask('PUT', `/posts/${post.id}/patch`, { props: { late: true } })]);
    assert.equal((await self.post(post.id)).message, 'hello');
  });

  it('leaves what others said to those who administer the team', async () => {
    const hers = await ada.say(room, 'hers');
    fake.setChannelAdmin(room, bot, true);
    await refused(self.delete(hers), 403, 'api.context.permissions.app_error');
    fake.world.setTeamMember(teamId, bot.userId, { scheme_admin: true, delete_at: 0 });
    await self.delete(hers);
  });
});

describe('reading', () => {
  it('gives the posts after one, oldest pages first and newest first within, and loses those of its own millisecond', async () => {
    const anchor = await ada.say(room, 'anchor');
    fake.clock.frozenAtMs = fake.stored(anchor).create_at;
    await ada.say(room, 'in the same millisecond');
    fake.clock.frozenAtMs = undefined;
    fake.clock.offsetMs = 100;
    const ids: string[] = [];
    for (let at = 0; at < 5; at += 1) {
      fake.clock.pass(5);
      ids.push(await ada.say(room, String(at)));
    }
    assert.deepEqual(await list(`after=${anchor}`), ids.toReversed());
    const page = await self.ask('GET', `/channels/${room}/posts?after=${anchor}&per_page=2`);
    assert.deepEqual([page.order, page.prev_post_id, page.next_post_id], [[ids[1], ids[0]], anchor, ids[2]]);
    assert.deepEqual(await list(`after=${anchor}&per_page=2&page=2`), [ids[4]]);
    assert.deepEqual(await list(`before=${ids[2]}&per_page=1`), [ids[1]]);
    await ada.delete(anchor);
    assert.deepEqual(await list(`after=${anchor}&per_page=1`), [ids[0]], 'a deleted anchor works');
    fake.purgePost(anchor);
    assert.deepEqual(await list(`after=${anchor}`), [], 'one that is not there looks as if nothing had happened');
    await refused(list('after=nonsense'), 400, 'api.context.invalid_body_param.app_error');
  });

  it('puts roots beside what was asked for', async () => {
    const root = await ada.say(room, 'root');
    fake.clock.pass(5);
    const anchor = await ada.say(room, 'anchor');
    fake.clock.pass(5);
    const reply = await send({ root_id: root });
    const answer = await self.ask('GET', `/channels/${room}/posts?after=${anchor}`);
    assert.deepEqual(answer.order, [reply.id]);
    assert.deepEqual(new Set(Object.keys(answer.posts)), new Set([root, reply.id]));
    assert.ok(fake.stored(root).update_at > fake.stored(root).create_at, 'and touches them');
  });

  it('tells what changed since a moment: deleted posts blanked, reactions, no more than a thousand', async () => {
    const [gone, liked, quiet] = [await ada.say(room, 'gone'), await ada.say(room, 'liked'), await ada.say(room, 'quiet')];
    fake.clock.pass(10);
    const since = fake.clock.now() - 1;
    await ada.delete(gone);
    await ada.react(liked, '+1');
    const { order, posts } = await self.ask('GET', `/channels/${room}/posts?since=${since}&per_page=1`);
    assert.deepEqual(order.toSorted(), [gone, liked].toSorted());
    assert.ok(!order.includes(quiet));
    assert.deepEqual([posts[gone].message, posts[gone].delete_at > 0, posts[gone].props.deleteBy], ['', true, ada.userId]);
    assert.equal(posts[liked].metadata.reactions[0].emoji_name, '+1');
    for (let at = 0; at < 1001; at += 1)
      fake.world.posts.set(`many${at}`, { ...fake.stored(quiet), id: `many${at}`, update_at: since + 5000 });
    assert.equal((await list(`since=${since}`)).length, 1000);
  });

  it('gives deleted posts by their ids and leaves out what may not be read', async () => {
    const [one, gone] = [await ada.say(room, 'one'), await ada.say(room, 'gone')];
    const elsewhere = fake.createChannel({ teamId, name: 'private', type: 'P', members: [ada] });
    const secret = await ada.say(elsewhere, 'secret');
    await ada.delete(gone);
    const posts = await self.ask('POST', '/posts/ids', [one, gone, secret]);
    assert.deepEqual(
      new Map(posts.map((post: any) => [post.id, post.delete_at > 0])),
      new Map([
        [gone, true],
        [one, false],
      ]),
    );
    await refused(self.ask('POST', '/posts/ids', ['a'.repeat(26)]), 404, 'app.post.get.app_error');
    await refused(self.ask('POST', '/posts/ids', []), 400, 'api.context.invalid_body_param.app_error');
    await refused(self.ask('GET', `/channels/${elsewhere}/posts`), 403, 'api.context.permissions.app_error');
  });

  it('gives threads in pages', async () => {
    const root = await ada.say(room, 'root');
    const replies: string[] = [];
    for (let at = 0; at < 3; at += 1) {
      fake.clock.pass(2);
      replies.push(await ada.say(room, String(at), { rootId: root }));
    }
    const whole = await self.ask('GET', `/posts/${replies[0]}/thread`);
    assert.equal(whole.order[0], root);
    assert.deepEqual(whole.order.slice(1).toSorted(), replies.toSorted());
    const part = await self.ask('GET', `/posts/${root}/thread?direction=down&perPage=3`);
    assert.deepEqual([part.order, part.has_next], [[root, replies[0], replies[1]], true]);
    const last = fake.stored(replies[1]!);
    const rest = await self.ask('GET', `/posts/${root}/thread?direction=down&fromPost=${last.id}&fromCreateAt=${last.create_at}`);
    assert.deepEqual([rest.order, rest.has_next], [[root, replies[2]], false]);
  });
});

describe('reactions', () => {
  it('are as they were sent, once each, and of names that there are', async () => {
    const post = await ada.say(room, 'look');
    await self.react(post, '+1');
    await self.react(post, 'thumbsup');
    await self.react(post, '+1');
    const names = (await self.post(post)).metadata?.reactions?.map(({ emoji_name: name }) => name);
    assert.deepEqual(names, ['+1', 'thumbsup']);
    await refused(self.react(post, '👍'), 404, 'app.emoji.get_by_name.no_result');
    await refused(self.react(post, 'no_such_emoji'), 404, 'app.emoji.get_by_name.no_result');
    await refused(
      self.ask('POST', '/reactions', { user_id: ada.userId, post_id: post, emoji_name: '+1' }),
      403,
      'api.reaction.save_reaction.user_id.app_error',
    );
    await self.unreact(post, 'repeat');
    await self.unreact(post, '+1');
    assert.equal((await self.ask('GET', `/posts/${post}/reactions`)).length, 1);
    await ada.delete(post);
    await refused(self.react(post, '+1'), 404, 'app.post.get.app_error');
  });

  it('that were taken away and put there again are told with a new moment and kept with the first one', async () => {
    const listener = new Listener(fake.url, { token: bot.token });
    await listener.waitFor(({ event }) => event === 'hello');
    const post = await ada.say(room, 'look');
    const first = await ada.react(post, 'repeat');
    fake.clock.pass(1000);
    await ada.unreact(post, 'repeat');
    fake.clock.pass(1000);
    const again = await ada.react(post, 'repeat');
    assert.ok(again.create_at >= first.create_at + 2000);
    const told = listener.frames.filter(({ event }) => event === 'reaction_added').map(({ data }) => JSON.parse(data!['reaction']));
    assert.deepEqual(
      told.map(({ create_at: atMs }) => atMs),
      [first.create_at, again.create_at],
    );
    const taken = listener.frames.find(({ event }) => event === 'reaction_removed')?.data;
    assert.equal(JSON.parse(taken!['reaction']).create_at, 0);
    const [kept] = (await self.post(post)).metadata!.reactions!;
    assert.deepEqual([kept!.create_at, kept!.update_at], [first.create_at, again.update_at]);
    listener.close();
  });
});

describe('files', () => {
  const png = onePixelPng([9, 9, 9]);

  it('come back byte for byte, with what their name says they are', async () => {
    const id = await self.upload(room, { name: 'sea.png', bytes: png });
    assert.deepEqual(Buffer.from((await self.download(id)).bytes), Buffer.from(png));
    const info = await self.ask('GET', `/files/${id}/info`);
    assert.deepEqual(
      [info.name, info.mime_type, info.size, info.width, info.has_preview_image],
      ['sea.png', 'image/png', png.length, 1, true],
    );
    const small = await self.download(id, '/thumbnail');
    assert.deepEqual([small.mimeType, small.bytes[0], small.bytes[1]], ['image/jpeg', 0xff, 0xd8]);
    await refused(ada.download(id), 403, 'api.context.permissions.app_error');
    await send({ file_ids: [id] });
    assert.ok((await ada.download(id)).bytes.length > 0);
    const words = await self.upload(room, { name: 'words.bin', bytes: png });
    await refused(self.download(words, '/thumbnail'), 400, 'api.file.get_file_thumbnail.no_thumbnail.app_error');
    await refused(self.download('a'.repeat(26)), 404, 'app.file_info.get.app_error');
  });

  it('come as forms too, the channel first', async () => {
    const upload = async (query: string, parts: readonly (readonly [string, string | File])[]): Promise<Response> => {
      const body = new FormData();
      for (const [name, value] of parts) body.append(name, value);
      return fetch(`${fake.url}/api/v4/files${query}`, { method: 'POST', headers: { Authorization: `Bearer ${bot.token}` }, body });
    };
    const file = new File([Buffer.from(png)], 'a.png');
    assert.equal(
      (
        await upload('', [
          ['channel_id', room],
          ['anything', file],
        ])
      ).status,
      201,
    );
    assert.equal((await upload(`?channel_id=${room}`, [['anything', file]])).status, 201);
    assert.equal(
      (
        await upload('', [
          ['anything', file],
          ['channel_id', room],
        ])
      ).status,
      400,
    );
    assert.equal(
      (
        await upload('', [
          ['files', file],
          ['channel_id', room],
        ])
      ).status,
      201,
    );
    assert.equal(
      (
        await upload('', [
          ['channel_id', room],
          ['other', 'x'],
          ['files', file],
        ])
      ).status,
      400,
    );
  });

  it('are refused where they are too large or not wanted', async () => {
    fake.settings.maxFileSizeBytes = png.length;
    await self.upload(room, { name: 'a.png', bytes: png });
    await refused(
      self.upload(room, { name: 'a.png', bytes: Buffer.alloc(png.length + 1) }),
      413,
      'api.file.upload_file.too_large_detailed.app_error',
    );
    await refused(self.upload(room, { name: 'a.png', bytes: Buffer.alloc(5000) }), 413, 'api.context.request_body_too_large.app_error');
    assert.equal((await self.ask('GET', '/config/client?format=old')).MaxFileSize, String(png.length));
    const form = self.ask('POST', `/files?channel_id=${room}&filename=a.png`, png.subarray(0, 9), 'application/x-www-form-urlencoded');
    await refused(form, 400, 'api.file.upload_file.read_request.app_error');
    fake.settings.proxyMaxBodyBytes = png.length - 1;
    await refused(self.upload(room, { name: 'a.png', bytes: png }), 413, '');
    fake.settings.enableFileAttachments = false;
    fake.settings.proxyMaxBodyBytes = undefined;
    await refused(self.upload(room, { name: 'a.png', bytes: png }), 403, 'api.file.attachments.disabled.app_error');
  });
});

describe('answers', () => {
  it('are plain text where there are too many questions', async () => {
    fake.settings.rateLimit = { perSecond: 1, maxBurst: 1 };
    await self.ask('GET', '/users/me');
    await self.ask('GET', '/users/me');
    const response = await fetch(`${fake.url}/api/v4/users/me`, { headers: { Authorization: `Bearer ${bot.token}` } });
    assert.equal(response.status, 429);
    assert.equal(await response.text(), 'limit exceeded\n');
    assert.equal(response.headers.get('retry-after'), '1');
    await ada.ask('GET', '/users/me');
    fake.clock.pass(1000);
    await self.ask('GET', '/users/me');
  });

  it('say nothing about failures of a hardened server', async () => {
    fake.settings.isHardened = true;
    fake.settings.postTakesMs = 50;
    const first = send({ pending_post_id: 'hard' });
    await new Promise((resolve) => setTimeout(resolve, 20));
    await refused(send({ pending_post_id: 'hard' }), 500, '');
    await first;
    await refused(send({ channel_id: 'a'.repeat(26) }), 403, 'api.context.permissions.app_error');
  });

  it('are 401 for a token that is not valid, except where nobody asks for one', async () => {
    const stranger = new Person(fake.url, { userId: '', username: '', token: 'nonsense' });
    await refused(stranger.ask('GET', '/users/me'), 401, 'api.context.session_expired.app_error');
    assert.equal((await stranger.ask('GET', '/system/ping')).status, 'OK');
    assert.equal((await stranger.ask('GET', '/config/client?format=old')).MaxFileSize, undefined);
    await refused(self.ask('GET', '/config/client'), 501, 'api.config.client.old_format.app_error');
    fake.deactivate(bot);
    await refused(self.ask('GET', '/users/me'), 401, 'api.context.session_expired.app_error');
    fake.activate(bot);
    fake.revoke(bot.token);
    await refused(self.ask('GET', '/users/me'), 401, 'api.context.session_expired.app_error');
    fake.giveBack(bot);
    assert.equal((await self.ask('GET', '/users/me')).is_bot, true);
    assert.equal('is_bot' in (await self.ask('GET', `/users/${ada.userId}`)), false);
  });

  it('are broken as a test wants it', async () => {
    const wanted = { method: 'POST', path: '/posts' };
    fake.inject(wanted, { kind: 'reset', delivered: true });
    await assert.rejects(send({ message: 'delivered' }));
    fake.inject(wanted, { kind: 'reset', delivered: false });
    await assert.rejects(send({ message: 'not delivered' }));
    fake.inject(wanted, { kind: 'answer', status: 502, headers: { 'Content-Type': 'text/html' }, body: '<html>' }, { skip: 1 });
    await send({ message: 'skipped' });
    await refused(send({ message: 'bad gateway' }), 502, '');
    const hang = fake.inject(wanted, { kind: 'hang', delivered: true });
    const waiting = assert.rejects(send({ message: 'hung' }));
    await hang.happened;
    fake.heal();
    await waiting;
    fake.inject(wanted, { kind: 'cut', afterBytes: 10 });
    await assert.rejects(send({ message: 'cut' }));
    await ada.say(room, 'nothing is between people and the server');
    const said = (await ada.history(room)).map(({ message }) => message);
    assert.deepEqual(said.slice(-4), ['delivered', 'skipped', 'hung', 'nothing is between people and the server']);
    assert.ok(fake.seen.some(({ path, status }) => path.endsWith('/posts') && status === 502));
  });
});

describe('channels and people', () => {
  it('are listed, and where there are none the answer is no JSON', async () => {
    const names = (await self.ask('GET', '/users/me/channels')).map(({ name }: any) => name);
    assert.deepEqual(names.toSorted(), ['pictures', 'town-square']);
    const loner = fake.createBot('loner');
    const response = await fetch(`${fake.url}/api/v4/users/me/channels`, { headers: { Authorization: `Bearer ${loner.token}` } });
    assert.equal(response.status, 200);
    const text = await response.text();
    assert.throws(() => JSON.parse(text));
    assert.match(text, /^\[\{"id":"app\.channel\.get_channels\.not_found/);
    fake.archive(room);
    assert.equal((await self.ask('GET', '/users/me/channels')).length, 1);
    assert.equal((await self.ask('GET', '/users/me/channels?include_deleted=true')).length, 2);
    assert.ok((await self.ask('GET', `/channels/${room}`)).delete_at > 0);
  });

  it('say who administers', async () => {
    fake.setChannelAdmin(room, ada, true);
    const member = await self.ask('GET', `/channels/${room}/members/${ada.userId}`);
    assert.deepEqual([member.scheme_admin, member.roles], [true, 'channel_user channel_admin']);
    const stranger = fake.createUser('stranger');
    await refused(self.ask('GET', `/channels/${room}/members/${stranger.userId}`), 404, 'app.channel.get_member.missing.app_error');
    await refused(stranger.ask('GET', `/channels/${room}/members/${ada.userId}`), 403, 'api.context.permissions.app_error');
    fake.removeFromTeam(teamId, ada);
    assert.ok((await self.ask('GET', `/teams/${teamId}/members/${ada.userId}`)).delete_at > 0);
  });
});

it('gives an administrator of a real server what the suite needs there', async () => {
  const place = await placeOnRealServer({ url: fake.url, adminToken: fake.owner.token });
  const there = new Person(fake.url, { ...place.bot, username: '' });
  const id = await place.person.say(place.channelId, 'hello');
  await there.say(place.channelId, 'hello back', { rootId: id });
  assert.equal((await there.ask('GET', '/users/me')).is_bot, true);
  assert.equal((await there.ask('GET', `/channels/${place.channelId}/members/${place.person.userId}`)).scheme_admin, false);
  await refused(place.person.ask('POST', '/bots', { username: 'mine' }), 403, 'api.context.permissions.app_error');
});

describe('events', () => {
  const hello = async (listener: Listener): Promise<string> =>
    (await listener.waitFor(({ event }) => event === 'hello')).data!['connection_id'] as string;

  it('begin with hello and have numbers', async () => {
    const listener = new Listener(fake.url, { token: bot.token });
    await hello(listener);
    const id = await ada.say(room, `hello @${bot.username}`);
    const { data, broadcast } = await listener.waitFor(({ event }) => event === 'posted');
    assert.equal(JSON.parse(data!['post']).id, id);
    assert.equal(data!['mentions'], JSON.stringify([bot.userId]));
    assert.equal(broadcast!['channel_id'], room);
    await send({ message: 'my own' });
    await listener.waitFor(({ seq }) => seq === 2);
    assert.equal(listener.frames.at(-1)?.data?.['mentions'], undefined);
    assert.deepEqual(listener.numbers, [0, 1, 2]);
    listener.close();
  });

  it('tell edits, deletions, reactions, members and archived channels, to those whom they concern', async () => {
    const other = fake.createUser(`other${fake.world.users.size}`);
    const listener = new Listener(fake.url, { token: bot.token });
    await hello(listener);
    const id = await ada.say(room, 'first');
    await ada.edit(id, 'second');
    await ada.react(id, 'star');
    await ada.unreact(id, 'star');
    await ada.delete(id);
    fake.addToChannel(room, other);
    const elsewhere = fake.createChannel({ teamId, name: `more${fake.world.channels.size}`, members: [ada] });
    await ada.say(elsewhere, 'not for the bot');
    fake.addToChannel(elsewhere, bot);
    fake.removeFromChannel(elsewhere, bot);
    const direct = fake.openDirect(ada, bot);
    fake.archive(room);
    fake.removeFromTeam(teamId, bot);
    await listener.waitFor(({ event }) => event === 'leave_team');
    const events = listener.frames.map(({ event, data, broadcast }) => ({ event, data, broadcast }));
    const of = (name: string) => events.filter(({ event }) => event === name);
    assert.equal(JSON.parse(of('post_edited')[0]!.data!['post']).message, 'second');
    assert.deepEqual([of('reaction_added').length, of('reaction_removed').length], [1, 1]);
    assert.deepEqual([of('post_deleted').length, JSON.parse(of('post_deleted')[0]!.data!['post']).delete_at], [1, 0]);
    assert.deepEqual(
      of('user_added').map(({ data, broadcast }) => [data!['user_id'], data!['channel_id'], broadcast!['channel_id']]),
      [
        [other.userId, undefined, room],
        [bot.userId, undefined, elsewhere],
      ],
    );
    assert.deepEqual(of('user_removed')[0]!.data, { channel_id: elsewhere, remover_id: fake.owner.userId });
    assert.equal(of('direct_added')[0]!.broadcast!['channel_id'], direct);
    assert.equal(of('channel_deleted')[0]!.data!['channel_id'], room);
    const posted = of('posted').map(({ data }) => JSON.parse(data!['post']));
    assert.deepEqual(
      posted.map(({ type }) => type),
      ['', 'system_join_team', 'system_add_to_channel', 'system_add_to_channel', 'system_channel_deleted'],
    );
    listener.close();
  });

  it('go on where they ended, with the same connection', async () => {
    const first = new Listener(fake.url, { token: bot.token });
    const connectionId = await hello(first);
    await ada.say(room, 'one');
    await first.waitFor(({ seq }) => seq === 1);
    fake.dropSockets();
    await first.closed();
    await ada.say(room, 'while away');
    const second = new Listener(fake.url, { token: bot.token, connectionId, seq: 2 });
    const frame = await second.waitFor(({ seq }) => seq === 2);
    assert.equal(JSON.parse(frame.data!['post']).message, 'while away');
    assert.ok(!second.frames.some(({ event }) => event === 'hello'));
    fake.dropSockets();
    const third = new Listener(fake.url, { token: bot.token, connectionId, seq: 1 });
    await third.waitFor(({ seq }) => seq === 2);
    assert.deepEqual(third.numbers, [1, 2], 'what was sent is sent again');
    third.close();
  });

  it('begin anew where that can not be', async () => {
    const anew = async (prepare: (listener: Listener) => Promise<void> | void, seq = 1): Promise<void> => {
      const listener = new Listener(fake.url, { token: bot.token });
      const connectionId = await hello(listener);
      await prepare(listener);
      const next = new Listener(fake.url, { token: bot.token, connectionId, seq });
      assert.notEqual(await hello(next), connectionId);
      assert.equal(next.numbers[0], 0);
      next.close();
    };
    const drop = async (listener: Listener): Promise<void> => {
      fake.dropSockets();
      await listener.closed();
    };
    await anew(drop, 7);
    await anew(async () => fake.restart());
    await anew(async (listener) => {
      await drop(listener);
      fake.clock.pass(5 * 60_000 + 1);
    });
    await anew(async () => fake.stallSockets());
    await anew(async (listener) => {
      await drop(listener);
      for (let at = 0; at < 257; at += 1) fake.world.publish({ event: 'x', data: {}, broadcast: { channel_id: room } });
    });
    fake.newConnectionIds = true;
    await anew(drop);
    fake.newConnectionIds = false;
  });

  it('have gaps where a test wants them, for good or not', async () => {
    const listener = new Listener(fake.url, { token: bot.token });
    const connectionId = await hello(listener);
    fake.loseEvents(1, { isKept: true });
    await ada.say(room, 'lost');
    await ada.say(room, 'seen');
    await listener.waitFor(({ seq }) => seq === 2);
    assert.deepEqual(listener.numbers, [0, 2]);
    fake.dropSockets();
    const next = new Listener(fake.url, { token: bot.token, connectionId, seq: 1 });
    await next.waitFor(({ seq }) => seq === 2);
    fake.skipSequence(3);
    await ada.say(room, 'after the gap');
    await next.waitFor(({ seq }) => seq === 6);
    assert.deepEqual(next.numbers, [1, 2, 6]);
    next.close();
  });

  it('end silently with the token, and only questions are answered', async () => {
    const listener = new Listener(fake.url, { token: bot.token });
    await hello(listener);
    listener.send({ action: 'ping', seq: 1 });
    assert.equal((await listener.waitFor(({ seq_reply: reply }) => reply === 1)).status, 'OK');
    fake.revoke(bot.token);
    await ada.say(room, 'unheard');
    listener.send({ action: 'ping', seq: 2 });
    const { status, error } = await listener.waitFor(({ seq_reply: reply }) => reply === 2);
    assert.deepEqual([status, error?.id, error?.status_code], ['FAIL', 'api.web_socket_router.not_authenticated.app_error', 401]);
    assert.ok(listener.isOpen);
    assert.deepEqual(listener.numbers, [0]);
    listener.close();
  });

  it('come by a challenge too, which a wrong token ends without a word', async () => {
    const listener = new Listener(fake.url);
    await listener.opened();
    listener.send({ action: 'ping', seq: 1 });
    listener.send({ action: 'authentication_challenge', seq: 2, data: { token: bot.token } });
    await listener.waitFor(({ seq_reply: reply }) => reply === 2);
    assert.deepEqual(
      listener.frames.map(({ event, seq_reply: reply }) => event ?? reply),
      ['hello', 2],
    );
    listener.close();
    const stranger = new Listener(fake.url);
    await stranger.opened();
    stranger.send({ action: 'authentication_challenge', seq: 1, data: { token: 'nonsense' } });
    assert.equal(await stranger.closed(), 1006);
    const byHeader = new Listener(fake.url, { token: 'nonsense' });
    await byHeader.opened();
    assert.deepEqual(byHeader.frames, []);
    byHeader.close();
  });

  it('meet faults at their beginning', async () => {
    fake.inject({ path: '/websocket' }, { kind: 'answer', status: 503 });
    const listener = new Listener(fake.url, { token: bot.token });
    assert.equal(await listener.closed(), 1006);
  });

  it('can be held and told twice', async () => {
    const listener = new Listener(fake.url, { token: bot.token });
    await hello(listener);
    fake.interceptEvents((event, deliver) => {
      deliver(event);
      deliver(event);
    });
    await ada.say(room, 'twice');
    await listener.waitFor(({ seq }) => seq === 2);
    fake.interceptEvents((event, deliver) => deliver(event));
    listener.close();
  });
});

describe('buttons and commands', () => {
  type Asked = { readonly headers: Readonly<Record<string, unknown>>; readonly body: string };
  const asked: Asked[] = [];
  let answer: { status: number; type: string; body: string };
  const callback = createServer((request, response) => {
    void (async () => {
      let body = '';
      for await (const chunk of request as AsyncIterable<Buffer>) body += chunk.toString();
      asked.push({ headers: request.headers, body });
      response.writeHead(answer.status, { 'Content-Type': answer.type }).end(answer.body);
    })();
  });
  let url: string;
  before(async () => {
    callback.listen(0, '127.0.0.1');
    await once(callback, 'listening');
    url = `http://127.0.0.1:${(callback.address() as AddressInfo).port}/there`;
  });
  after(() => callback.close());
  beforeEach(() => {
    asked.length = 0;
    answer = { status: 200, type: 'application/json', body: '{}' };
  });
  const withButton = async (id = 'stop'): Promise<string> => {
    const integration = { url, context: { secret: 'abc' } };
    return (await send({ props: { attachments: [{ actions: [{ id, name: 'Stop', type: 'button', integration }] }] } })).id as string;
  };

  it('keep to themselves where a press goes, and send it there', async () => {
    const id = await withButton();
    for (const seen of [await self.post(id), await ada.post(id)]) {
      assert.deepEqual(seen.props['attachments'][0].actions, [{ id: 'stop', name: 'Stop', type: 'button' }]);
    }
    await ada.press(id, 'stop');
    const body = JSON.parse(asked[0]!.body);
    assert.equal(asked[0]!.headers['authorization'], undefined);
    assert.deepEqual([body.user_id, body.channel_id, body.post_id, body.context], [ada.userId, room, id, { secret: 'abc' }]);
    await refused(ada.press(id, 'other'), 404, 'api.post.do_action.action_id.app_error');
    await refused(ada.press(await withButton('not_one'), 'not_one'), 404, 'api.context.404.app_error');
    await refused(fake.createUser(`x${fake.world.users.size}`).press(id, 'stop'), 403, 'api.context.permissions.app_error');
  });

  it('are lost where clients’ view of the props is sent back', async () => {
    const id = await withButton();
    await self.ask('PUT', `/posts/${id}/patch`, { props: (await self.post(id)).props });
    await refused(ada.press(id, 'stop'), 404, 'api.post.do_action.action_id.app_error');
  });

  it('change the post or tell somebody something, as the answer says', async () => {
    const id = await withButton();
    answer.body = JSON.stringify({ update: { message: 'stopped' }, ephemeral_text: 'only you see this' });
    await ada.press(id, 'stop');
    assert.equal(fake.stored(id).message, 'stopped');
    assert.deepEqual(fake.ephemeral.at(-1), { userId: ada.userId, channelId: room, rootId: id, text: 'only you see this' });
    await ada.press(id, 'stop');
    answer.body = JSON.stringify({ update: { message: 'no more', props: {} } });
    await ada.press(id, 'stop');
    await refused(ada.press(id, 'stop'), 404, 'api.post.do_action.action_id.app_error');
    const failed = 'api.post.do_action.action_integration.app_error';
    const next = await withButton();
    answer = { status: 204, type: 'text/plain', body: '' };
    await refused(ada.press(next, 'stop'), 400, failed);
    answer = { status: 200, type: 'text/html', body: '<html>' };
    await refused(ada.press(next, 'stop'), 400, failed);
    fake.settings.allowsInternalConnections = false;
    await refused(ada.press(next, 'stop'), 400, failed);
  });

  it('run with the command’s token, and answer in the name of whoever typed it', async () => {
    const { token } = fake.addCommand(teamId, 'img', url);
    answer.body = JSON.stringify({ text: 'only for you' });
    await ada.runSlashCommand(room, '/img a red fox --n 4');
    const form = new URLSearchParams(asked[0]!.body);
    assert.equal(asked[0]!.headers['authorization'], `Token ${token}`);
    assert.equal(asked[0]!.headers['content-type'], 'application/x-www-form-urlencoded');
    assert.deepEqual(
      ['token', 'command', 'text', 'user_id', 'channel_id', 'root_id'].map((name) => form.get(name)),
      [token, '/img', 'a red fox --n 4', ada.userId, room, ''],
    );
    assert.equal(fake.ephemeral.at(-1)?.text, 'only for you');
    answer.body = JSON.stringify({ response_type: 'in_channel', text: 'for all' });
    await ada.runSlashCommand(room, '/img x');
    const said = (await ada.history(room)).at(-1)!;
    assert.deepEqual([said.user_id, said.message, said.props['from_webhook']], [ada.userId, 'for all', 'true']);
    await refused(ada.runSlashCommand(room, '/other x'), 404, 'api.command.execute_command.not_found.app_error');
    answer.status = 500;
    await refused(ada.runSlashCommand(room, '/img x'), 500, 'api.command.execute_command.failed_resp.app_error');
    assert.throws(() => fake.addCommand(teamId, 'IMG', url), /duplicate_trigger/);
  });
});

describe('mentions', () => {
  const cases: readonly (readonly [message: string, ...names: string[]])[] = [
    ['hello @channel and @Here.', 'channel', 'here'],
    ['`@channel` and ``a ` @all`` and\n```\n@here\n```\n@bob', 'bob'],
    ['    @channel', ''],
    ['text\n    @channel', 'channel'],
    ['\\@channel &#64;here &#x40;all', 'channel', 'here', 'all'],
    ['@\u2060channel @\u200ball', ''],
    ['[@channel](https://example.org/@here) ![@all](x)', 'channel', 'all'],
    ['https://example.org/@channel', ''],
    ['a@channel.org', ''],
    ['done.@channel, see:@here', 'channel', 'here'],
    ['@john.smith. :@all: _@bob_', 'john.smith', 'bob'],
    ['# @channel\n> @here', 'channel', 'here'],
    ['`@all', 'all'],
    ['\\`@all`', 'all'],
    ['~~~\n@all\n~~~ \nthen @here', 'here'],
  ];
  for (const [message, ...names] of cases) {
    it(JSON.stringify(message), () =>
      assert.deepEqual(
        mentionsIn(message),
        names.filter((name) => name !== ''),
      ),
    );
  }

  it('count in attachments, for members, while their author may', async () => {
    const listener = new Listener(fake.url, { token: bot.token });
    await listener.waitFor(({ event }) => event === 'hello');
    const mentioned = async (message: string, props = {}): Promise<boolean> => {
      const id = await ada.say(room, message, { props });
      const frame = await listener.waitFor(({ data }) => data?.['post'] !== undefined && JSON.parse(data['post']).id === id);
      return frame.data!['mentions'] !== undefined;
    };
    assert.equal(await mentioned('@all'), true);
    assert.equal(await mentioned('x', { attachments: [{ fields: [{ value: '@here' }] }] }), true);
    assert.equal(await mentioned('`@all`'), false);
    fake.deny(ada, 'use_channel_mentions');
    assert.equal(await mentioned('@all'), false);
    assert.equal(await mentioned(`@${bot.username}`), true);
    listener.close();
  });
});
