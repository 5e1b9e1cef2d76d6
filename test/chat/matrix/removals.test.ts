import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { BotClient } from '#src/chat/matrix/client.ts';
import { Removals } from '#src/chat/matrix/removals.ts';

import { botUserId, json, roomId, SmallHomeserver } from './small-homeserver.ts';

const { signal } = new AbortController();
const mediaPath = '/_synapse/admin/v1/media/small.test/abc';

function removalsOn(homeserver: SmallHomeserver): Removals {
  const client = new BotClient({ homeserverUrl: homeserver.url, accessToken: 't', signal, timeoutMs: 1000, maxAnswerBytes: 1e6 });
  const decrypt = async (): Promise<never> => assert.fail('nothing is encrypted here');
  return new Removals({ client, admin: client, ownUserId: botUserId, serverName: 'small.test', decrypt });
}

/** Events that a redaction empties, and files that the administrator's interface deletes. */
function state(homeserver: SmallHomeserver, sender = botUserId) {
  const redacted = new Set<string>();
  const files = new Set(['abc']);
  const done: string[] = [];
  const edits: { readonly event_id: string; readonly sender: string }[] = [];
  homeserver.when('/event/', (_, response) =>
    json(response, 200, {
      event_id: '$one',
      sender,
      type: 'm.room.message',
      content: redacted.has('$one') ? {} : { url: 'mxc://small.test/abc' },
      ...(redacted.has('$one') ? { unsigned: { redacted_because: {} } } : {}),
    }),
  );
  homeserver.when('/redact/', ({ path }, response) => {
    const id = path.split('/redact/')[1]?.split('/')[0] ?? '';
    redacted.add(id);
    done.push(id);
    json(response, 200, { event_id: '$redaction' });
  });
  homeserver.when('/relations/', ({ query }, response) => {
    const from = Number(query.get('from') ?? 0);
    const limit = Number(query.get('limit'));
    const left = edits.filter(({ event_id }) => !redacted.has(event_id));
    json(response, 200, {
      chunk: left.slice(from, from + limit),
      ...(from + limit < left.length ? { next_batch: String(from + limit) } : {}),
    });
  });
  homeserver.when('/admin/', (_, response) => {
    const was = files.delete('abc');
    done.push('file');
    if (was) json(response, 200, { deleted_media: ['abc'], total: 1 });
    else json(response, 404, { errcode: 'M_NOT_FOUND', error: 'Unknown media' });
  });
  return { redacted, files, done, edits };
}

describe('taking a message out of a room', () => {
  it('deletes its file first: a lost answer to the redaction loses nothing', async () => {
    await using homeserver = await SmallHomeserver.start();
    const { redacted, files, done } = state(homeserver);
    homeserver.when(
      '/redact/',
      (_, response) => {
        redacted.add('$one');
        response.destroy();
      },
      1,
    );
    const removals = removalsOn(homeserver);
    assert.deepEqual(await removals.remove(roomId, '$one', signal, false), { message: 'later' });
    assert.deepEqual([[...files], done], [[], ['file']]);
    assert.deepEqual(await removals.remove(roomId, '$one', signal, false), { message: 'missing' });
  });

  it('leaves the message for later while the file can’t be deleted, so that its address is not lost', async () => {
    for (const [status, errcode] of [
      [429, 'M_LIMIT_EXCEEDED'],
      [502, 'M_UNKNOWN'],
    ] as const) {
      await using homeserver = await SmallHomeserver.start();
      const { redacted, files } = state(homeserver);
      homeserver.when(mediaPath, (_, response) => json(response, status, { errcode, error: 'busy', retry_after_ms: 70 }), 1);
      const removals = removalsOn(homeserver);
      assert.equal((await removals.remove(roomId, '$one', signal, false)).message, 'later');
      assert.deepEqual([...redacted], [], String(status));
      assert.deepEqual(await removals.remove(roomId, '$one', signal, false), { message: 'gone', media: 'gone' });
      assert.deepEqual([[...files], [...redacted]], [[], ['$one']]);
    }
  });

  it('goes on where the file is refused for good', async () => {
    await using homeserver = await SmallHomeserver.start();
    const { redacted } = state(homeserver);
    homeserver.when(mediaPath, (_, response) => json(response, 403, { errcode: 'M_FORBIDDEN', error: 'You are not a server admin' }));
    assert.deepEqual(await removalsOn(homeserver).remove(roomId, '$one', signal, false), { message: 'gone', media: 'failed' });
    assert.deepEqual([...redacted], ['$one']);
  });

  it('redacts all corrections by the author of the message, of however many pages, and nobody else’s', async () => {
    for (const sender of [botUserId, '@ada:small.test']) {
      await using homeserver = await SmallHomeserver.start();
      const { redacted, edits } = state(homeserver, sender);
      for (let index = 0; index < 250; index++) edits.push({ event_id: `$edit${index}`, sender });
      edits.push({ event_id: '$forged', sender: '@eve:small.test' });
      assert.equal((await removalsOn(homeserver).remove(roomId, '$one', signal, true)).message, 'gone');
      assert.equal(redacted.size, 251);
      assert.equal(redacted.has('$forged'), false);
    }
  });
});
