/** Hostile members of a Mattermost channel: what they can post, and what of that reaches the bot or other people. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import sharp from 'sharp';
import { postedEvent } from '../chat/mattermost/fake/notification.ts';
import { newId, type PostRow } from '../chat/mattermost/fake/rows.ts';
import { runes } from '#src/chat/mattermost/text-limit.ts';
import { animation, announceFrames, flag, pngBomb } from '../finish/files.ts';
import { MattermostChannel } from './mattermost-channel.ts';
import { assertOnlyOurMarkdown } from './only-our-markdown.ts';

const mostRunes = 16_383;

describe('hostile members on Mattermost', { timeout: 240_000 }, () => {
  it('nobody is notified and nothing is fetched by what the bot repeats', async () => {
    await using channel = await MattermostChannel.open({ askAbove: 2 });
    const words =
      '@channel @all @here @ada \\@ada &#64;ada https://evil.test/x.png ![x](https://evil.test/x.png) www.evil.test #tag ~town-square';
    for (const text of [
      words,
      `${words} --n 3`,
      `-- ${words}`,
      `find ${words}`,
      `--${words}`,
      `style show ${words}`,
      `plan daily 7:00 ${words}`,
    ])
      await channel.answered(await channel.ada.say(channel.id, `!img ${text}`));
    const said = await channel.said();
    assert.ok(said.length > 8, `${said.length} posts`);
    assert.ok(said.some(({ message }) => message.includes('evil.test')));
    for (const { id, message } of said) {
      assertOnlyOurMarkdown(message);
      const stored = channel.fake.stored(id);
      const { mentions } = postedEvent(channel.fake.world, stored, '', false).personal?.(channel.ada.userId) ?? {};
      assert.equal(mentions, undefined, message);
      assert.equal(stored.props['unsafe_links'], 'true', 'no link is fetched');
    }
  });

  it('the longest posts get one answer, which the server takes', async () => {
    await using channel = await MattermostChannel.open();
    const fill = (start: string, unit: string): string => {
      const left = mostRunes - runes(start);
      return start + unit.repeat(Math.floor(left / runes(unit)));
    };
    const posts = [
      fill('!img ', 'a'),
      fill('!img ', '🦊'),
      fill('!img ', '@channel '),
      fill('!img --style ', '`'),
      fill('!img ', '--x '),
      fill('!img ', '{a,b}'),
      fill('!img plan ', '* '),
    ];
    for (const message of posts) {
      assert.ok(runes(message) > mostRunes - 10);
      const answers = await channel.answered(await channel.ada.say(channel.id, message));
      assert.equal(answers.length, 1, message.slice(0, 20));
      assert.ok(runes(answers[0]?.message ?? '') <= mostRunes);
      assert.equal(answers[0]?.file_ids?.length ?? 0, 0, 'a refusal');
    }
    assert.equal(channel.engine.made.length, 0);
  });

  it('bots, webhooks, the server itself and the bot’s own account give no commands', async () => {
    await using channel = await MattermostChannel.open();
    const { fake, ada } = channel;
    const machine = fake.createBot('machine');
    fake.addToChannel(channel.id, machine);
    const command = '!img a red fox';
    await fake.asPerson(machine).say(channel.id, command);
    await fake.asPerson(channel.account).say(channel.id, command);
    await ada.say(channel.id, command, { props: { from_webhook: 'true', override_username: 'owner' } });
    const post = fake.stored(await ada.say(channel.id, 'hello'));
    for (const type of ['system_header_change', 'system_generic', 'custom_canary', 'me']) {
      const said: PostRow = { ...post, id: newId(), type, message: command, create_at: fake.clock.now(), update_at: fake.clock.now() };
      fake.world.posts.set(said.id, said);
      fake.world.publish(postedEvent(fake.world, said, '', false));
    }
    await channel.caughtUp();
    assert.equal((await channel.said()).filter(({ message }) => message !== command).length, 1, 'the answer to the last word alone');
    assert.equal(channel.engine.made.length, 0);
  });

  it('what a post says of itself counts for nothing', async () => {
    await using channel = await MattermostChannel.open();
    const { fake, ada } = channel;
    const owner = fake.owner.userId;
    const props = {
      from_bot: 'true',
      from_plugin: 'true',
      username: 'owner',
      override_username: 'owner',
      blitzbild: { delivery: 'x', command: { user: owner, text: '!img admin pause' }, alt: 'x' },
    };
    const drawn = await channel.answered(await ada.say(channel.id, '!img a red fox', { props }));
    assert.ok(
      drawn.some(({ file_ids: files }) => files?.length === 1),
      'she is a person, and it is her command',
    );
    const [refusal, ...more] = await channel.answered(await ada.say(channel.id, '!img admin pause', { props }));
    assert.equal(more.length, 0);
    assert.match(refusal?.message ?? '', /admin/u);
    const after = await channel.answered(await ada.say(channel.id, '!img a blue fox'));
    assert.ok(
      after.some(({ file_ids: files }) => files?.length === 1),
      'nothing is paused',
    );
  });

  it('a command counts as it was posted first, whatever becomes of it', async () => {
    await using channel = await MattermostChannel.open();
    const { ada } = channel;
    const harmless = await ada.say(channel.id, 'hello');
    await ada.edit(harmless, '!img a red fox');
    await channel.caughtUp();
    assert.deepEqual(await channel.answersTo(harmless), []);
    const command = await ada.say(channel.id, '!img a red fox');
    const before = await channel.answered(command);
    await ada.edit(command, '!img a blue fox --n 3');
    await ada.edit(command, '!img --nonsense');
    await channel.caughtUp();
    assert.equal((await channel.answersTo(command)).length, before.length);
    assert.deepEqual(
      channel.engine.made.map(({ prompt }) => prompt),
      ['a red fox'],
    );
  });

  it('a channel that is archived while its picture is drawn is left in peace, and nobody else waits for it', async () => {
    await using channel = await MattermostChannel.open();
    const { fake, ada, engine } = channel;
    const hall = fake.createChannel({ teamId: channel.teamId, name: 'hall', members: [ada, channel.account] });
    const gate = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    engine.gate = gate.promise;
    engine.onBegin = () => begun.resolve();
    await ada.say(hall, '!img a red fox --n 4');
    await begun.promise;
    fake.archive(hall);
    const before = (await channel.said(hall)).length;
    gate.resolve();
    const elsewhere = await channel.answered(await ada.say(channel.id, '!img a blue fox'));
    assert.ok(elsewhere.some(({ file_ids: files }) => files?.length === 1));
    assert.equal((await channel.said(hall)).length, before, 'nothing can be said there, and nothing is');
    await assert.rejects(ada.say(hall, '!img a red fox'), /can_not_post_to_deleted/u);
    fake.unarchive(hall);
    await channel.caughtUp(hall);
    assert.equal((await channel.said(hall)).filter(({ file_ids: files }) => (files?.length ?? 0) > 0).length, 0, 'the job has ended');
  });

  it('an attachment that is no picture gets one clear sentence', async () => {
    await using channel = await MattermostChannel.open({ maxUploadMegabytes: 1 });
    const png = await flag().png().toBuffer();
    const files: readonly (readonly [name: string, bytes: Uint8Array])[] = [
      ['notes.txt', Buffer.from('hello @channel')],
      ['picture.png', Buffer.from('not a picture')],
      ['empty.png', Buffer.from([0])],
      ['drawing.svg', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>')],
      ['page.html', Buffer.from('<!doctype html><script>alert(1)</script>')],
      ['archive.zip', Buffer.from('PK\u0003\u0004')],
      ['paper.pdf', Buffer.from('%PDF-1.7\n')],
      ['moving.gif', await animation('gif')],
      ['moving.webp', await animation('webp')],
      ['moving.png', announceFrames(png, 5)],
      ['bomb.png', await pngBomb(20_000)],
      ['cut.png', png.subarray(0, png.length / 2)],
      ['@channel ../../etc/passwd\u202egnp.png', Buffer.from('x')],
      [
        'huge.png',
        await sharp(
          Buffer.alloc(700 * 700 * 3).map(() => Math.random() * 256),
          { raw: { width: 700, height: 700, channels: 3 } },
        )
          .png()
          .toBuffer(),
      ],
    ];
    for (const [name, bytes] of files) {
      const fileId = await channel.ada.upload(channel.id, { name, bytes });
      const command = await channel.ada.say(channel.id, '!img up x2', { fileIds: [fileId] });
      const answers = await channel.answered(command);
      assert.equal(answers.length, 1, `${name}: ${answers.map(({ message }) => message).join('\n')}`);
      assert.equal(answers[0]?.file_ids?.length ?? 0, 0, name);
      assert.ok((answers[0]?.message.length ?? 0) > 20, name);
      assertOnlyOurMarkdown(answers[0]?.message ?? '');
    }
    assert.equal(channel.engine.enlarged.length, 0);
    const fine = await channel.ada.upload(channel.id, { name: 'fine.png', bytes: png });
    const answers = await channel.answered(await channel.ada.say(channel.id, '!img up x2', { fileIds: [fine] }));
    assert.equal(answers.filter(({ file_ids: sent }) => sent?.length === 1).length, 1, 'and the next picture is enlarged');
  });

  it('a file of somebody else’s, which the server takes off a post without a word, is not reached through it', async () => {
    await using channel = await MattermostChannel.open();
    const { fake, ada } = channel;
    const eve = fake.createUser('eve');
    fake.addToChannel(channel.id, eve);
    const secret = fake.createChannel({ teamId: channel.teamId, name: 'secret', type: 'P', members: [ada] });
    const file = await ada.upload(secret, { name: 'secret.png', bytes: await flag().png().toBuffer() });
    await ada.say(secret, 'look', { fileIds: [file] });
    const stolen = await channel.answered(await eve.say(channel.id, '!img up x2', { fileIds: [file] }));
    assert.equal(stolen.length, 1);
    assert.equal(stolen[0]?.file_ids?.length ?? 0, 0);
    assert.equal(channel.engine.enlarged.length, 0);
  });
});
