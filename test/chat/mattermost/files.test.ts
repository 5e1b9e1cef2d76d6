import assert from 'node:assert/strict';
import { after, describe, it, test } from 'node:test';

import { AppError } from '#core/errors.ts';
import { armFailpoints } from '#core/failpoints.ts';
import type { ImageStore } from '#core/ports.ts';

import { failure, SenderInTest, text } from './sender-harness.ts';

after(() => armFailpoints(undefined));

const pendingMs = 31_000;
const uploading = { method: 'POST', path: /^\/api\/v4\/files$/ };

test('a picture is one post with one file, byte for byte, named by its job and by what it shows', async () => {
  await using room = await SenderInTest.open();
  const id = await room.sender.send(room.delivery(await room.image()));
  const post = await room.anna.post(id);
  assert.equal(post.message, 'a red fox');
  assert.deepEqual(
    post.metadata?.files?.map(({ name, mime_type: type }) => [name, type]),
    [['k7f3-A1 AI-generated picture a red fox.png', 'image/png']],
  );
  assert.deepEqual(Buffer.from((await room.anna.download(post.file_ids![0]!)).bytes), Buffer.from('png'));
});

test('another file keeps its name', async () => {
  await using room = await SenderInTest.open();
  const post = await room.anna.post(await room.sender.send(room.delivery(await room.file('styles.csv'))));
  assert.deepEqual(
    post.metadata?.files?.map(({ name }) => name),
    ['styles.csv'],
  );
});

describe('the server leaves a file out of its post', () => {
  it('once, or three times: the post is made anew until it is whole', async () => {
    for (const times of [1, 3]) {
      await using room = await SenderInTest.open();
      room.fake.dropFileIds(times);
      const id = await room.sender.send(room.delivery(await room.image()));
      const posts = await room.posts();
      assert.deepEqual(
        posts.map((post) => [post.id, post.file_ids?.length]),
        [[id, 1]],
      );
      assert.equal(room.log.lines.filter(({ level }) => level === 'warn').length, times);
    }
  });

  it('every time: it is refused, and nothing of it stays', async () => {
    await using room = await SenderInTest.open();
    room.fake.dropFileIds(100);
    const refused = await failure(room.sender.send(room.delivery(await room.image())));
    assert.deepEqual([refused.failure, refused.message], ['rejected', 'the Mattermost server leaves the file out of every post']);
    assert.deepEqual(await room.posts(), []);
    assert.equal(room.asked('POST', '/posts'), 4);
  });

  it('and the bot ends at any moment of mending it: one whole post, and no more attempts than ever', async () => {
    for (const skip of [0, 1, 2, 3]) {
      await using room = await SenderInTest.open();
      const delivery = room.delivery(await room.image());
      room.fake.dropFileIds(2);
      // After so many requests of the sender's, all further ones fail, until a new process begins.
      room.fake.inject({ path: /\/(?:posts|files)/ }, { kind: 'reset', delivered: true }, { times: 100, skip: 1 + skip });
      await failure(room.sender.send(delivery));
      room.fake.heal();
      room.fake.clock.pass(pendingMs);
      const id = await room.another().send(delivery);
      assert.deepEqual(
        (await room.posts()).map((post) => [post.id, post.file_ids?.length]),
        [[id, 1]],
        `after ${skip}`,
      );
    }
  });

  it('also under the id of a post that was taken back a moment ago', async () => {
    await using room = await SenderInTest.open();
    const delivery = room.delivery(await room.image());
    room.fake.dropFileIds(1);
    // The answer to the first post is lost: the next attempt finds it without its file.
    room.fake.inject({ method: 'POST', path: /\/posts$/ }, { kind: 'reset', delivered: true });
    await failure(room.sender.send(delivery));
    const id = await room.another().send(delivery);
    assert.deepEqual(
      (await room.posts()).map((post) => [post.id, post.file_ids?.length]),
      [[id, 1]],
    );
  });

  it('and does not let the bot take it back: what is left is said', async () => {
    await using room = await SenderInTest.open();
    room.fake.dropFileIds(1);
    room.fake.deny(room.bot, 'delete_post');
    const refused = await failure(room.sender.send(room.delivery(await room.image())));
    assert.deepEqual([refused.failure, refused.message], ['rejected', 'a post without its file can not be taken back']);
  });
});

describe('files that the server does not take', () => {
  it('are told by its limit, before anything is uploaded', async () => {
    await using room = await SenderInTest.open({ maxFileSizeBytes: 2 });
    const refused = await failure(room.sender.send(room.delivery(await room.image())));
    assert.deepEqual([refused.failure, refused.limitBytes], ['rejected', 2]);
    assert.equal(room.asked('POST', '/files'), 0);
  });

  it('by a proxy that names no limit: half of it is tried next, and is the limit for the next ones, the smallest that was learned', async () => {
    await using room = await SenderInTest.open();
    const sized = async (bytes: number) => {
      const content = await room.image();
      const key = await room.images.put(Buffer.alloc(bytes, 7), 'png');
      return room.delivery({ ...content, image: { ...content.image, key, bytes } }, { transactionId: `t-${bytes}` });
    };
    room.fake.inject(uploading, { kind: 'answer', status: 413, body: '<html>Request Entity Too Large</html>' }, { times: 2 });
    const [small, large] = [await sized(1000), await sized(9000)];
    const refused = await Promise.all([failure(room.sender.send(small)), failure(room.sender.send(large))]);
    assert.deepEqual(
      refused.map((error) => [error.failure, error.limitBytes]),
      [
        ['rejected', 500],
        ['rejected', 4500],
      ],
    );
    const uploads = room.asked('POST', '/files');
    const third = await failure(room.sender.send(await sized(800)));
    assert.deepEqual([third.failure, third.limitBytes], ['rejected', 500]);
    assert.equal(room.asked('POST', '/files'), uploads, 'it is not even tried');
    await room.sender.send(await sized(400));
    assert.equal((await room.posts()).length, 1);
  });

  it('for their points: a much smaller file has fewer', async () => {
    await using room = await SenderInTest.open();
    const body = JSON.stringify({
      id: 'api.file.upload_file.large_image_detailed.app_error',
      message: 'too many points',
      status_code: 400,
    });
    room.fake.inject(uploading, { kind: 'answer', status: 400, body });
    const content = await room.image();
    const refused = await failure(room.sender.send(room.delivery({ ...content, image: { ...content.image, bytes: 400 } })));
    assert.equal(refused.failure, 'rejected');
    assert.ok(refused.limitBytes !== undefined && refused.limitBytes < 3);
  });

  it('because it takes none at all, as it says before or at the upload', async () => {
    await using room = await SenderInTest.open({ enableFileAttachments: false });
    const told = await failure(room.sender.send(room.delivery(await room.image())));
    assert.deepEqual([told.failure, told.message], ['rejected', 'the Mattermost server takes no files']);
    const body = JSON.stringify({ id: 'api.file.attachments.disabled.app_error', message: 'off', status_code: 403 });
    room.fake.settings.enableFileAttachments = true;
    room.fake.inject(uploading, { kind: 'answer', status: 403, body });
    const later = await failure(room.another().send(room.delivery(await room.image())));
    assert.equal(later.failure, 'rejected');
    assert.doesNotMatch(later.message, /^forbidden: /, 'the bot may speak there');
    await room.sender.send(room.delivery(text('in words'), { transactionId: 't2' }));
    assert.equal((await room.posts()).length, 1);
  });

  it('that are not in the bot’s own store any more: never again', async () => {
    await using room = await SenderInTest.open();
    const images = { read: async () => Promise.reject(new AppError('picture_gone')) } as unknown as ImageStore;
    const refused = await failure(room.another({ images }).send(room.delivery(await room.image())));
    assert.equal(refused.failure, 'rejected');
    // Any other trouble of the store's passes.
    const broken = { read: async () => Promise.reject(new Error('the disk does not answer')) } as unknown as ImageStore;
    assert.equal((await failure(room.another({ images: broken }).send(room.delivery(await room.image())))).failure, 'uncertain');
  });
});

test('an upload that breaks off is done again; one that was done is not', async () => {
  await using room = await SenderInTest.open();
  const delivery = room.delivery(await room.image());
  for (const fault of [
    { kind: 'cut', afterBytes: 1 },
    { kind: 'reset', delivered: true },
    { kind: 'answer', status: 201, body: '{"file_infos":[]}' },
  ] as const) {
    room.fake.inject(uploading, fault);
    assert.equal((await failure(room.sender.send(delivery))).failure, 'uncertain');
    room.fake.heal();
  }
  armFailpoints((name) => {
    if (name === 'message.before-send') throw new Error('the process has ended');
  });
  await failure(room.sender.send(delivery));
  armFailpoints(undefined);
  const uploads = room.asked('POST', '/files');
  await room.another().send(delivery);
  assert.equal(room.asked('POST', '/files'), uploads);
  assert.equal((await room.posts())[0]?.file_ids?.length, 1);
});

test('an uploaded file that the server has thrown away meanwhile is uploaded anew', async () => {
  await using room = await SenderInTest.open();
  const delivery = room.delivery(await room.image());
  armFailpoints((name) => {
    if (name === 'message.before-send') throw new Error('the process has ended');
  });
  await failure(room.sender.send(delivery));
  armFailpoints(undefined);
  room.fake.world.files.clear();
  const id = await room.another().send(delivery);
  assert.deepEqual(
    (await room.posts()).map((post) => [post.id, post.file_ids?.length]),
    [[id, 1]],
  );
});
