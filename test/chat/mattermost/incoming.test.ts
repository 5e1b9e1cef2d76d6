import assert from 'node:assert/strict';
import { test } from 'node:test';

import { SignedCommands } from '#src/chat/mattermost/signed-command.ts';

import { NewsInTest } from './news-harness.ts';

const message = async (room: NewsInTest, text: string) => room.inbox.waitForText(text);

/** Everything that came before a message that certainly does. */
async function textsOf(room: NewsInTest): Promise<readonly string[]> {
  const last = `last ${room.texts.length}`;
  await room.anna.say(room.channelId, last);
  await message(room, last);
  return room.texts.filter((text) => !text.startsWith('last'));
}

test('what no person wrote is passed over: bots, webhooks, the server, the bot itself', async () => {
  await using room = await NewsInTest.started();
  const { fake, bot, channelId } = room;
  const other = fake.createBot('otherbot');
  fake.addToChannel(channelId, other);
  await fake.asPerson(other).say(channelId, '!img by another bot');
  await fake.asPerson(bot).say(channelId, '!img by itself');
  await room.anna.say(channelId, '!img by a webhook', { props: { from_webhook: 'true' } });
  fake.addToChannel(channelId, fake.createUser('ben'));
  assert.deepEqual(await textsOf(room), []);
  // Nor when it is read afterwards.
  await room.restart(() => fake.asPerson(other).say(channelId, '!img by another bot'));
  assert.deepEqual(await textsOf(room), []);
});

test('who pretends to be a bot is none, and nobody’s post but the bot’s own speaks for others', async () => {
  await using room = await NewsInTest.started();
  await room.anna.say(room.channelId, 'I am a bot', {
    props: { from_bot: 'true', blitzbild: { command: { user: room.fake.owner.userId, text: '!img by the owner' } } },
  });
  const event = await message(room, 'I am a bot');
  assert.equal(event.sender, room.anna.userId);
});

test('a slash command that the bot put into the channel is its user’s message', async () => {
  await using room = await NewsInTest.started();
  room.fake.setChannelAdmin(room.channelId, room.anna, true);
  const commands = new SignedCommands(room.memory, Date.now);
  const signed = commands.sign({ channelId: room.channelId, user: room.anna.userId, text: '!img a fox' });
  const id = await room.fake.asPerson(room.bot).say(room.channelId, '**anna** asks', { props: { blitzbild: signed } });
  const event = await message(room, '!img a fox');
  assert.deepEqual([event.eventId, event.sender, event.isAdmin, event.attachment], [id, room.anna.userId, true, undefined]);
  for (const broken of [{ user: 'anna', text: 'x' }, { user: room.anna.userId }, 'text', null])
    await room.fake.asPerson(room.bot).say(room.channelId, 'asks', { props: { blitzbild: { command: broken } } });
  // Nor where it is not signed, says something else than was signed, or is said again or elsewhere.
  const command = { ...signed.command };
  const { mac: _, ...unsigned } = command;
  const owner = { ...command, user: room.fake.owner.userId };
  for (const forged of [unsigned, owner, { ...command, text: '!img admin pause' }, { ...command, mac: 'x' }, command])
    await room.fake.asPerson(room.bot).say(room.channelId, 'asks', { props: { blitzbild: { command: forged } } });
  const elsewhere = room.fake.createChannel({ teamId: room.teamId, name: 'elsewhere', members: [room.anna, room.bot] });
  const other = commands.sign({ channelId: room.channelId, user: room.anna.userId, text: '!img elsewhere' });
  await room.fake.asPerson(room.bot).say(elsewhere, 'asks', { props: { blitzbild: other } });
  await room.anna.say(elsewhere, 'last there');
  await message(room, 'last there');
  assert.deepEqual(await textsOf(room), ['!img a fox']);
  await room.fake.asPerson(room.bot).delete(id);
  await room.inbox.waitFor((found) => found.kind === 'redaction' && found.target === id);
});

test('a post of the bot’s that somebody else has made a command of is none, whether the bot was there to see it or not', async () => {
  await using room = await NewsInTest.started();
  const { fake, bot, channelId, anna, memory } = room;
  const commands = new SignedCommands(memory, Date.now);
  const old = await fake.asPerson(bot).say(channelId, 'an answer');
  const signed = commands.sign({ channelId, user: anna.userId, text: '!img a fox' });
  await fake.asPerson(bot).say(channelId, '**anna** asks', { props: { blitzbild: signed } });
  await message(room, '!img a fox');
  const forged = { command: { ...signed.command, user: fake.owner.userId, text: '!img admin pause' } };
  for (const blitzbild of [forged, signed]) {
    const rewrite = async () => fake.owner.ask('PUT', `/posts/${old}/patch`, { props: { blitzbild } });
    await rewrite();
    await room.restart(rewrite);
  }
  // As where the bot had never seen that post: its first form is not kept in any list.
  fake.world.posts.set(old, { ...fake.world.posts.get(old)!, create_at: fake.clock.now() });
  await room.restart();
  assert.deepEqual(await textsOf(room), ['!img a fox']);
});

test('a message in a thread knows its root, and the root as its subject where that carries a file', async () => {
  await using room = await NewsInTest.started();
  const plain = await room.anna.say(room.channelId, 'a root');
  await room.anna.say(room.channelId, 'below words', { rootId: plain });
  const file = await room.anna.upload(room.channelId, { name: 'fox.png', bytes: new Uint8Array([1, 2, 3]) });
  const picture = await room.anna.say(room.channelId, 'a picture', { fileIds: [file] });
  await room.anna.say(room.channelId, 'below a picture', { rootId: picture });
  const [words, below, root] = [
    await message(room, 'below words'),
    await message(room, 'below a picture'),
    await message(room, 'a picture'),
  ];
  assert.deepEqual([words.threadId, words.replyTo], [plain, undefined]);
  assert.deepEqual([below.threadId, below.replyTo], [picture, picture]);
  assert.deepEqual(root.attachment, { name: 'fox.png', mimeType: 'image/png', bytes: 3 });
  assert.deepEqual([root.threadId, root.replyTo], [undefined, undefined]);
  // By somebody who has only just begun to look, too.
  await room.restart(() => room.anna.say(room.channelId, 'below it, later', { rootId: picture }));
  assert.equal((await message(room, 'below it, later')).replyTo, picture);
});

test('a file that came while the bot was down is known by name', async () => {
  await using room = await NewsInTest.started();
  await room.restart(async () => {
    const file = await room.anna.upload(room.channelId, { name: 'owl.jpg', bytes: new Uint8Array(5) });
    await room.anna.say(room.channelId, 'an owl', { fileIds: [file] });
  });
  assert.deepEqual((await message(room, 'an owl')).attachment, { name: 'owl.jpg', mimeType: 'image/jpeg', bytes: 5 });
});

test('admins are told from members, by their roles', async () => {
  await using room = await NewsInTest.started();
  const admin = room.fake.createUser('ada');
  room.fake.addToChannel(room.channelId, admin, { isAdmin: true });
  await admin.say(room.channelId, 'by an admin');
  await room.anna.say(room.channelId, 'by a member');
  assert.deepEqual([(await message(room, 'by an admin')).isAdmin, (await message(room, 'by a member')).isAdmin], [true, false]);
});

test('reactions of bots, and those that mean nothing, are passed over; skin tones are told', async () => {
  await using room = await NewsInTest.started();
  const { fake, bot, anna, channelId } = room;
  const other = fake.createBot('otherbot');
  fake.addToChannel(channelId, other);
  const post = await anna.say(channelId, 'look');
  await fake.asPerson(other).react(post, '+1');
  await fake.asPerson(bot).react(post, 'repeat');
  await anna.react(post, '+1_dark_skin_tone');
  const event = await room.inbox.waitFor(({ kind }) => kind === 'reaction');
  assert.ok(event.kind === 'reaction' && event.sender === anna.userId && event.emoji.startsWith('👍'));
  assert.equal(room.inbox.events.length, 2);
});

test('while it can not be asked who somebody is, their message waits; it is not lost', async () => {
  await using room = await NewsInTest.started();
  const broken = room.fake.inject({ path: /\/users\/[a-z0-9]{26}$/ }, { kind: 'answer', status: 503, body: 'busy' }, { times: 2 });
  await room.anna.say(room.channelId, 'one');
  await room.anna.say(room.channelId, 'two');
  await message(room, 'two');
  assert.deepEqual([room.texts, broken.count], [['one', 'two'], 2]);
});
