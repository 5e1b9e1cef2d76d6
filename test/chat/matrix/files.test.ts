import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';

import { AppError } from '#core/errors.ts';
import { eventId, roomId as asRoomId } from '#core/types.ts';
import type { IncomingMessage } from '#core/incoming.ts';
import { MatrixPlatform } from '#src/chat/matrix/matrix-platform.ts';

import { onePixelPng } from '../../contract/chat-platform.ts';
import { RecordingInbox } from '../../contract/recording-inbox.ts';
import { Person } from '../../e2e/synapse/person.ts';
import { startSynapse, synapseSkipReason, type Synapse } from '../../e2e/synapse/server.ts';
import { assertSameBytes } from '../../same-bytes.ts';
import { eventually, matrixOptions } from './fakes.ts';

const skip = await synapseSkipReason();
const never = new AbortController().signal;
const png = onePixelPng([1, 2, 3]);
const cat = { name: 'cat.png', mimeType: 'image/png', bytes: png };

describe('files of people on a real Synapse', { skip: skip ?? false }, () => {
  let synapse: Synapse;
  let owner: Person;
  let platform: MatrixPlatform;
  let room: string;
  const inbox = new RecordingInbox();

  before(async () => {
    synapse = await startSynapse();
    owner = new Person(synapse.url, await synapse.registerUser('owner'));
    const bot = await synapse.registerUser('bot');
    const allowedInviters = { users: [owner.userId], servers: [], rooms: [] };
    platform = new MatrixPlatform(matrixOptions({ homeserverUrl: synapse.url, accessToken: bot.accessToken, allowedInviters }));
    await platform.start(inbox);
    room = await roomWithBot();
  });
  after(async () => {
    await platform?.close();
    await synapse?.stop();
  });

  const roomWithBot = async (): Promise<string> => {
    const botUserId = `@bot:${owner.userId.split(':')[1]}`;
    const id = await owner.createRoom({ invite: [botUserId] });
    await eventually(async () => (await owner.members(id)).includes(botUserId));
    return id;
  };
  const fetchFile = (event: string, maxBytes = 1_000_000) => platform.attachment(asRoomId(room), eventId(event), maxBytes, never);
  const received = (event: string): Promise<IncomingMessage> =>
    inbox.waitFor((candidate): candidate is IncomingMessage => candidate.kind === 'message' && candidate.eventId === event);
  const fails = (event: string, code: string, maxBytes?: number): Promise<void> =>
    assert.rejects(fetchFile(event, maxBytes), (error) => error instanceof AppError && error.code === code);

  it('a picture with a caption is a command in its thread, and a reply to a picture leads to its bytes', async () => {
    const root = await owner.sendFile(room, cat, '');
    const command = await owner.sendFile(room, { ...cat, name: 'other.png' }, '!img vary --strength 0.4', { threadId: root });
    const { text, attachment, threadId, replyTo } = await received(command);
    assert.deepEqual(
      { text, attachment, threadId, replyTo },
      {
        text: '!img vary --strength 0.4',
        attachment: { name: 'other.png', mimeType: 'image/png', bytes: png.length },
        threadId: root,
        replyTo: undefined,
      },
    );
    const answer = await owner.say(room, '!img fix', { replyTo: root });
    assert.equal((await received(answer)).replyTo, root);
    const file = await fetchFile(root);
    assert.equal(file?.name, 'cat.png');
    assertSameBytes(file.bytes, png);
    assert.equal(await fetchFile(answer), undefined, 'the reply itself carries none');
  });

  it('megabytes come whole, exactly up to the limit', async () => {
    const bytes = randomBytes(3_000_000);
    const event = await owner.sendFile(room, { name: 'noise.bin', mimeType: 'application/octet-stream', bytes }, '');
    const file = await fetchFile(event, bytes.length);
    assertSameBytes(file?.bytes ?? assert.fail(), bytes);
    await fails(event, 'attachment_too_large', bytes.length - 1);
  });

  it('belong to their room', async () => {
    const event = await owner.sendFile(room, cat, '');
    const other = await roomWithBot();
    assert.equal(await platform.attachment(asRoomId(other), eventId(event), 1000, never), undefined);
    assert.equal(await platform.attachment(asRoomId('!none:synapse.test'), eventId(event), 1000, never), undefined);
    assert.equal(await fetchFile('$there-is-no-such-event'), undefined);
  });

  it('are gone when their message is taken back', async () => {
    const event = await owner.sendFile(room, cat, 'a cat');
    assert.ok(await fetchFile(event));
    await owner.redact(room, event);
    assert.equal(await fetchFile(event), undefined);
  });

  it('are waited for while they are being uploaded', { timeout: 60_000 }, async () => {
    const { content_uri: address } = await owner.ask('POST', 'media/v1/create', {});
    const event = await owner.send(room, { msgtype: 'm.image', body: 'cat.png', url: address });
    const file = fetchFile(event);
    await delay(1200);
    await owner.ask(
      'PUT',
      `media/v3/upload/${String(address).slice('mxc://'.length)}`,
      new Blob([new Uint8Array(png)], { type: 'image/png' }),
    );
    assertSameBytes((await file)?.bytes ?? assert.fail(), png);
  });

  it('that are nowhere, elsewhere or encrypted are unavailable', async () => {
    for (const more of [
      { url: 'mxc://synapse.test/thereisnosuchmedia' },
      { url: `${synapse.url}/_matrix/client/versions` },
      { url: 'mxc://../../versions' },
      { file: { url: await owner.upload(png, 'application/octet-stream'), v: 'v2', key: {}, iv: 'x', hashes: {} } },
    ]) {
      const event = await owner.send(room, { msgtype: 'm.image', body: '!img vary', filename: 'cat.png', ...more });
      const { text, attachment } = await received(event);
      assert.deepEqual([text, attachment], ['!img vary', { name: 'cat.png' }]);
      await fails(event, 'attachment_unavailable');
    }
  });
});
