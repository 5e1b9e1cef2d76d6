import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';

import { AppError } from '#core/errors.ts';
import { Attachments } from '#src/chat/matrix/attachments.ts';
import { BotClient } from '#src/chat/matrix/client.ts';
import type { Decrypted } from '#src/chat/matrix/crypto/decrypter.ts';
import { describeFile, encryptFile, newFileKey } from '#src/chat/matrix/crypto/encrypted-file.ts';

import { json, roomId, SmallHomeserver, type Rule } from './small-homeserver.ts';

const canary = 'syt_canary';
const png = Buffer.from([137, 80, 78, 71, 1, 2, 3]);
const never = new AbortController().signal;
const picture = { msgtype: 'm.image', body: '!img vary', filename: 'cat.png', url: 'mxc://far.test/abc_-1' };
const downloadPath = '/_matrix/client/v1/media/download/far.test/abc_-1';

const unknownKey: Decrypted = { kind: 'unreadable', cause: 'key_missing', mayPass: true };
const sealed = { algorithm: 'm.megolm.v1.aes-sha2', ciphertext: 'x' };

/** `began`: the event that the bot saw begin it. */
type Encryption = { readonly began?: string };

/** A room with one message `$p` of this content, and the bot's way to its file. */
async function room(
  content: object = picture,
  more: object = {},
  timeoutMs?: number,
  decrypted: Decrypted = unknownKey,
  encryption?: Encryption,
) {
  const homeserver = await SmallHomeserver.start();
  homeserver.when('/event/$p', (_, response) =>
    json(response, 200, { event_id: '$p', room_id: roomId, type: 'm.room.message', sender: '@ada:small.test', content, ...more }),
  );
  const closing = new AbortController();
  const client = new BotClient({
    homeserverUrl: homeserver.url,
    accessToken: canary,
    signal: closing.signal,
    timeoutMs: 2000,
    maxAnswerBytes: 10_000,
  });
  const rooms = { isEncrypted: async () => encryption !== undefined, encryptionBegan: () => encryption?.began };
  const decrypt = async (): Promise<Decrypted> => decrypted;
  const attachments = new Attachments({ client, random: () => 0, decrypt, rooms, closing: closing.signal, timeoutMs });
  const fetchIt = (maxBytes = 1000, signal = never, event = '$p') => attachments.fetch(roomId, event, maxBytes, signal);
  const fails = async (code: string, ...how: Parameters<typeof fetchIt>): Promise<AppError> => {
    const error: unknown = await fetchIt(...how).then(
      () => assert.fail('it came'),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof AppError, String(error));
    assert.equal(error.code, code, inspect(error));
    return error;
  };
  return {
    homeserver,
    fetchIt,
    fails,
    closing,
    serve: (rule: Rule, times?: number) => homeserver.when('/media/download/', rule, times),
    downloads: () => homeserver.asked('/media/download/'),
    [Symbol.asyncDispose]: () => homeserver[Symbol.asyncDispose](),
  };
}

const bytesOf =
  (bytes: Buffer, headers: Record<string, string> = {}): Rule =>
  (_, response) =>
    response.writeHead(200, { 'Content-Type': 'text/html', ...headers }).end(bytes);

describe('the file of a message', () => {
  it('comes from the bot’s own homeserver, asked with the token and with patience', async () => {
    await using there = await room({ ...picture, info: { mimetype: 'image/png', size: 1 } });
    there.serve(bytesOf(png));
    const file = await there.fetchIt(png.length);
    assert.deepEqual(file && { ...file, bytes: [...file.bytes] }, { name: 'cat.png', mimeType: 'image/png', bytes: [...png] });
    const [download, ...others] = there.downloads();
    assert.deepEqual([download?.path, download?.authorization, others.length], [downloadPath, `Bearer ${canary}`, 0]);
    assert.equal(download?.query.get('timeout_ms'), '20000');
  });

  it('is none where there is no such message in this room, or nothing in it any more', async () => {
    const cases: readonly (readonly [what: string, content: object, more: object])[] = [
      ['a text', { msgtype: 'm.text', body: 'x', url: picture.url }, {}],
      ['redacted', {}, { unsigned: { redacted_because: {} } }],
      ['of another room', picture, { room_id: '!other:small.test' }],
      ['no message', picture, { type: 'm.sticker' }],
      ['state', picture, { state_key: '' }],
      ['an edit', { ...picture, 'm.relates_to': { rel_type: 'm.replace', event_id: '$0' } }, {}],
      ['without address', { msgtype: 'm.image', body: 'x' }, {}],
    ];
    for (const [what, content, more] of cases) {
      await using there = await room(content, more);
      assert.equal(await there.fetchIt(), undefined, what);
      assert.equal(there.downloads().length, 0, what);
    }
    await using there = await room();
    there.homeserver.when('/event/$secret', (_, response) => json(response, 403, { errcode: 'M_FORBIDDEN' }));
    assert.equal(await there.fetchIt(1000, never, '$secret'), undefined);
    there.homeserver.when('/event/$gone', (_, response) => json(response, 404, { errcode: 'M_NOT_FOUND' }));
    assert.equal(await there.fetchIt(1000, never, '$gone'), undefined);
    const before = there.homeserver.requests.length;
    for (const event of ['..', '../state', '', 'p']) assert.equal(await there.fetchIt(1000, never, event), undefined);
    assert.equal(there.homeserver.requests.length, before, 'what is no event id is not asked for');
  });

  it('is none where the homeserver answers another message than the one it was asked for', async () => {
    await using there = await room(picture, { event_id: '$other' });
    assert.equal(await there.fetchIt(), undefined);
  });

  it('in the clear is none in an encrypted room, but for what is older than the encryption', async () => {
    const cases: readonly (readonly [what: string, writtenMs: number | undefined, encryption: Encryption, counts: boolean])[] = [
      ['nobody knows since when', 5, {}, false],
      ['since before', 20, { began: '$began' }, false],
      ['since the same moment', 10, { began: '$began' }, false],
      ['without a time', undefined, { began: '$began' }, false],
      ['since an event that is not there', 5, { began: '$gone' }, false],
      ['only since later', 5, { began: '$began' }, true],
    ];
    for (const [what, writtenMs, encryption, counts] of cases) {
      await using there = await room(
        picture,
        writtenMs === undefined ? {} : { origin_server_ts: writtenMs },
        undefined,
        unknownKey,
        encryption,
      );
      there.serve(bytesOf(png));
      there.homeserver.when('/event/$began', (_, response) =>
        json(response, 200, {
          event_id: '$began',
          room_id: roomId,
          type: 'm.room.encryption',
          state_key: '',
          origin_server_ts: 10,
          content: {},
        }),
      );
      there.homeserver.when('/event/$gone', (_, response) => json(response, 404, { errcode: 'M_NOT_FOUND' }));
      if (counts) assert.deepEqual([...((await there.fetchIt())?.bytes ?? [])], [...png], what);
      else await there.fails('attachment_unprotected');
      assert.equal(there.downloads().length, counts ? 1 : 0, what);
    }
  });

  it('is not fetched from any address but one of Matrix', async () => {
    await using elsewhere = await SmallHomeserver.start();
    for (const url of [`${elsewhere.url}/x`, 'mxc://../admin', 'mxc://s/../../x', 'mxc://s/a/b', 'mxc://s/a?b', 'mxc://s/%2e%2e', '']) {
      await using there = await room({ ...picture, url });
      await there.fails('attachment_unavailable');
      assert.deepEqual(
        there.homeserver.requests.map(({ path }) => path),
        [`/_matrix/client/v3/rooms/${roomId}/event/$p`],
        url,
      );
    }
    await using redirecting = await room();
    redirecting.serve((_, response) => response.writeHead(307, { Location: `${elsewhere.url}${downloadPath}` }).end());
    await redirecting.fails('attachment_unavailable');
    assert.equal(elsewhere.requests.length, 0, 'nor by a redirect');
  });

  it('can not be read when it is encrypted in an unknown way', async () => {
    await using there = await room({ msgtype: 'm.image', body: 'x', file: { url: 'mxc://s/a', key: {}, iv: '', hashes: {} } });
    await there.fails('attachment_unavailable');
    assert.equal(there.downloads().length, 0);
  });

  it('of an encrypted message is opened, and only if it is the one that was encrypted', async () => {
    const key = newFileKey();
    const encrypted = encryptFile(png, key);
    const file = describeFile('mxc://far.test/abc_-1', key, encrypted);
    const clear = { type: 'm.room.message', sender: '@ada:small.test', content: { msgtype: 'm.image', body: 'cat.png', file } };
    await using there = await room(sealed, { type: 'm.room.encrypted' }, undefined, { kind: 'clear', event: clear });
    there.serve((_, response) => response.end(encrypted));
    assert.deepEqual(Buffer.from((await there.fetchIt())?.bytes ?? []), png);
    assert.equal((await there.fetchIt())?.name, 'cat.png');
    there.serve((_, response) => response.end(Buffer.concat([encrypted, Buffer.of(0)])));
    await there.fails('attachment_unavailable');
    there.serve((_, response) => response.end(png));
    await there.fails('attachment_unavailable');
    await there.fails('attachment_too_large', 3);
  });

  it('is unavailable where the message itself can not be read', async () => {
    for (const decrypted of [unknownKey, { kind: 'refused', why: 'of another room' } as const]) {
      await using there = await room(sealed, { type: 'm.room.encrypted' }, undefined, decrypted);
      await there.fails('attachment_unavailable');
      assert.equal(there.downloads().length, 0);
    }
  });

  it('is too large by what the server announces, before a byte of it came', async () => {
    await using there = await room();
    there.serve((_, response) => response.writeHead(200, { 'Content-Length': '5000000000' }).flushHeaders());
    const { params } = await there.fails('attachment_too_large', 2_500_000);
    assert.deepEqual(params, { maxMb: 2.5 });
    assert.equal(there.downloads().length, 1);
  });

  it('is too large by what comes, and the connection ends there', { timeout: 20_000 }, async () => {
    await using there = await room({ ...picture, info: { size: 3 } });
    let sent = 0;
    let closed: Promise<unknown> | undefined;
    there.serve((_, response) => {
      closed = once(response, 'close');
      response.writeHead(200);
      const pour = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536))) sent += 65_536;
        if (!response.destroyed) response.once('drain', pour);
      };
      pour();
    });
    await there.fails('attachment_too_large', 100_000);
    await closed;
    assert.ok(sent < 64_000_000, `${sent} bytes were sent`);
    assert.equal(there.downloads().length, 1, 'and is not tried again');
  });

  it('is measured unpacked', async () => {
    await using there = await room();
    const bomb = gzipSync(Buffer.alloc(5_000_000));
    assert.ok(bomb.length < 10_000);
    there.serve(bytesOf(bomb, { 'Content-Encoding': 'gzip' }));
    await there.fails('attachment_too_large', 100_000);
  });

  it('may need a while: what passes is met with another attempt', async () => {
    const passing: readonly (readonly [what: string, rule: Rule])[] = [
      ['still uploading', (_, response) => json(response, 504, { errcode: 'M_NOT_YET_UPLOADED' })],
      ['a busy server', (_, response) => json(response, 429, { errcode: 'M_LIMIT_EXCEEDED', retry_after_ms: 600 })],
      ['another server that hangs', (_, response) => response.writeHead(502).end('<html>')],
      ['a lost connection', (_, response) => response.destroy()],
      ['half of it', (_, response) => response.writeHead(200, { 'Content-Length': '100' }).write('x', () => response.destroy())],
    ];
    await Promise.all(
      passing.map(async ([what, rule]) => {
        await using there = await room();
        there.serve(bytesOf(png));
        there.serve(rule, 1);
        assert.deepEqual([...((await there.fetchIt())?.bytes ?? [])], [...png], what);
        assert.equal(there.downloads().length, 2, what);
      }),
    );
  });

  it('is given up when the server says no, when it keeps failing, and in the end by the clock', async () => {
    const refusing: readonly (readonly [what: string, rule: Rule, attempts: number])[] = [
      ['not there', (_, response) => json(response, 404, { errcode: 'M_NOT_FOUND' }), 1],
      ['an old server', (_, response) => json(response, 404, { errcode: 'M_UNRECOGNIZED' }), 1],
      ['a bad token', (_, response) => json(response, 401, { errcode: 'M_UNKNOWN_TOKEN' }), 1],
      ['always 502', (_, response) => response.writeHead(502).end(), 3],
    ];
    await Promise.all([
      ...refusing.map(async ([what, rule, attempts]) => {
        await using there = await room();
        there.serve(rule);
        await there.fails('attachment_unavailable');
        assert.equal(there.downloads().length, attempts, what);
      }),
      (async () => {
        await using silent = await room(picture, {}, 300);
        silent.serve(() => true);
        await silent.fails('attachment_unavailable');
        await using dripping = await room(picture, {}, 300);
        dripping.serve((_, response) => response.writeHead(200).write('x'));
        await dripping.fails('attachment_unavailable');
      })(),
    ]);
  });

  it('is given up when nobody waits for it any more', { timeout: 10_000 }, async () => {
    for (const end of ['asking', 'closing'] as const) {
      await using there = await room();
      const asking = new AbortController();
      there.serve(() => {
        if (end === 'asking') asking.abort();
        else there.closing.abort();
      });
      await there.fails('cancelled', 1000, asking.signal);
      assert.equal(there.downloads().length, 1, end);
    }
  });

  it('fails without a word of the token or of people', async () => {
    for (const rule of [
      (_, response) => json(response, 403, { errcode: 'M_FORBIDDEN', error: `no, ${canary}, @ada:small.test` }),
      (_, response) => response.writeHead(400).end(canary),
    ] satisfies readonly Rule[]) {
      await using there = await room();
      there.serve(rule);
      const error = await there.fails('attachment_unavailable');
      assert.doesNotMatch(inspect(error, { depth: 12, showHidden: true }), /canary|@ada/);
    }
  });
});
