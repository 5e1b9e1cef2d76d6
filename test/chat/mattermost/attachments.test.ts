import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';

import { AppError } from '#core/errors.ts';
import { Attachments, readFileInfo } from '#src/chat/mattermost/attachments.ts';
import { ServerClient } from '#src/chat/mattermost/client.ts';

import { idOf, json, refuse, SmallServer, type Rule } from './small-server.ts';

const canary = 'canarycanarycanarycanary42';
const [channel, post, file, second] = [idOf('channel'), idOf('post'), idOf('file'), idOf('second')];
const png = Buffer.from([137, 80, 78, 71, 1, 2, 3]);
const never = new AbortController().signal;
const filePath = `/files/${file}`;
const said = { id: post, channel_id: channel, user_id: idOf('ada'), message: '!img vary', file_ids: [file, second], delete_at: 0 };
const about = { id: file, post_id: post, channel_id: channel, name: 'cat.png', mime_type: 'image/png', size: 7 };

/** A channel with one post of this form, and the bot's way to its file. */
async function place(form: object = said, info: object = about, timeoutMs?: number) {
  const server = await SmallServer.start();
  const closing = new AbortController();
  const client = new ServerClient({
    serverUrl: server.url,
    accessToken: canary,
    signal: closing.signal,
    timeoutMs: 2000,
    maxAnswerBytes: 10_000,
  });
  server.tell(`/posts/${post}`, form);
  server.tell(`${filePath}/info`, info);
  server.when(filePath, bytesOf(png));
  const attachments = new Attachments({ client, random: () => 0, closing: closing.signal, timeoutMs });
  const fetchIt = (maxBytes = 1000, signal = never, id = post) => attachments.fetch(channel, id, maxBytes, signal);
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
    server,
    closing,
    fetchIt,
    fails,
    serve: (rule: Rule, times?: number) => server.when(filePath, rule, times),
    downloads: () => server.asked(filePath),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

const bytesOf =
  (bytes: Buffer, headers: Record<string, string> = {}): Rule =>
  (_, response) =>
    response.writeHead(200, { 'Content-Type': 'image/png', ...headers }).end(bytes);

describe('the file of a post', () => {
  it('is its first, and comes from the bot’s own server with the token', async () => {
    await using there = await place();
    const got = await there.fetchIt(png.length);
    assert.deepEqual(got && { ...got, bytes: [...got.bytes] }, { name: 'cat.png', mimeType: 'image/png', bytes: [...png] });
    assert.deepEqual(
      there.downloads().map(({ authorization }) => authorization),
      [`Bearer ${canary}`],
    );
  });

  it('is none where there is no such post in this channel, or nothing in it any more', async () => {
    for (const [what, form] of [
      ['a text', { ...said, file_ids: [] }],
      ['deleted', { ...said, delete_at: 5 }],
      ['of another channel', { ...said, channel_id: idOf('other') }],
      ['another post', { ...said, id: idOf('other') }],
      ['no post', { nothing: true }],
      ['a file of no form', { ...said, file_ids: ['../../users/me'] }],
    ] as const) {
      await using there = await place(form);
      assert.equal(await there.fetchIt(), undefined, what);
      assert.equal(there.server.requests.length, 1, what);
    }
    await using there = await place();
    for (const [status, id] of [
      [404, 'app.post.get.app_error'],
      [403, 'api.context.permissions.app_error'],
    ] as const) {
      there.server.when(`/posts/${post}`, (_, response) => refuse(response, status, id));
      assert.equal(await there.fetchIt(), undefined, id);
    }
    const before = there.server.requests.length;
    for (const id of ['..', '../users/me', '', 'reaction:x']) assert.equal(await there.fetchIt(1000, never, id), undefined);
    assert.equal(there.server.requests.length, before, 'what is no post id is not asked for');
  });

  it('is not another post’s', async () => {
    for (const wrong of [
      { ...about, post_id: idOf('other') },
      { ...about, post_id: '' },
      { ...about, id: second },
    ]) {
      await using there = await place(said, wrong);
      await there.fails('attachment_unavailable');
      assert.equal(there.downloads().length, 0);
    }
  });

  it('is too large by what the server knows, announces or sends, and is not asked for twice', { timeout: 20_000 }, async () => {
    await using known = await place(said, { ...about, size: 2_500_001 });
    const { params } = await known.fails('attachment_too_large', 2_500_000);
    assert.deepEqual(params, { maxMb: 2.5 });
    assert.equal(known.downloads().length, 0);

    await using announced = await place();
    announced.serve((_, response) => response.writeHead(200, { 'Content-Length': '5000000000' }).flushHeaders());
    await announced.fails('attachment_too_large');

    await using poured = await place();
    let sent = 0;
    let closed: Promise<unknown> | undefined;
    poured.serve((_, response) => {
      closed = once(response, 'close');
      response.writeHead(200);
      const pour = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536))) sent += 65_536;
        if (!response.destroyed) response.once('drain', pour);
      };
      pour();
    });
    await poured.fails('attachment_too_large', 100_000);
    await closed;
    assert.ok(sent < 64_000_000, `${sent} bytes were sent`);

    await using bomb = await place();
    bomb.serve(bytesOf(gzipSync(Buffer.alloc(5_000_000)), { 'Content-Encoding': 'gzip' }));
    await bomb.fails('attachment_too_large', 100_000);
    for (const there of [announced, poured, bomb]) assert.equal(there.downloads().length, 1);
  });

  it('comes from no other address, whatever the server says', async () => {
    await using elsewhere = await SmallServer.start();
    await using there = await place();
    there.serve((_, response) => response.writeHead(307, { Location: `${elsewhere.url}/api/v4${filePath}` }).end());
    await there.fails('attachment_unavailable');
    assert.equal(elsewhere.requests.length, 0);
  });

  it('may need a while: what passes is met with another attempt', async () => {
    const passing: readonly (readonly [what: string, rule: Rule])[] = [
      ['a busy server', (_, response) => response.writeHead(429, { 'Retry-After': '1' }).end('limit exceeded\n')],
      ['a proxy without its server', (_, response) => response.writeHead(502).end('<html>')],
      ['a lost connection', (_, response) => response.destroy()],
      ['half of it', (_, response) => response.writeHead(200, { 'Content-Length': '100' }).write('x', () => response.destroy())],
    ];
    await Promise.all(
      passing.map(async ([what, rule]) => {
        await using there = await place();
        there.serve(rule, 1);
        assert.deepEqual([...((await there.fetchIt())?.bytes ?? [])], [...png], what);
        assert.equal(there.downloads().length, 2, what);
      }),
    );
  });

  it('is given up when the server says no, when it keeps failing, and in the end by the clock', async () => {
    const refusing: readonly (readonly [what: string, rule: Rule, attempts: number])[] = [
      ['not there', (_, response) => refuse(response, 404, 'app.file_info.get.app_error'), 1],
      ['not for the bot', (_, response) => refuse(response, 403, 'api.context.permissions.app_error'), 1],
      ['a bad token', (_, response) => refuse(response, 401, 'api.context.session_expired.app_error'), 1],
      ['always 502', (_, response) => response.writeHead(502).end(), 3],
    ];
    await Promise.all([
      ...refusing.map(async ([what, rule, attempts]) => {
        await using there = await place();
        there.serve(rule);
        await there.fails('attachment_unavailable');
        assert.equal(there.downloads().length, attempts, what);
      }),
      (async () => {
        await using silent = await place(said, about, 300);
        silent.serve(() => true);
        await silent.fails('attachment_unavailable');
      })(),
    ]);
  });

  it('is given up when nobody waits for it any more', { timeout: 10_000 }, async () => {
    for (const end of ['asking', 'closing'] as const) {
      await using there = await place();
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
    await using there = await place();
    there.serve((_, response) => json(response, 403, { id: 'api.no', message: `no, ${canary}, @ada and ${idOf('ada')}` }));
    const error = await there.fails('attachment_unavailable');
    assert.doesNotMatch(inspect(error, { depth: 12, showHidden: true }), /canary|@ada|ada00/);
  });
});

describe('what a server says of a file', () => {
  it('is read with care', () => {
    assert.deepEqual(readFileInfo(about), { name: 'cat.png', mimeType: 'image/png', bytes: 7 });
    assert.deepEqual(readFileInfo({ ...about, name: '../a\u202eb/notes.txt', mime_type: 'text/plain; charset=utf-8', size: -1 }), {
      name: 'notes.txt',
      mimeType: 'text/plain',
    });
    assert.deepEqual(readFileInfo({ id: file }), { name: 'file' });
    for (const nothing of [undefined, {}, { ...about, id: '../x' }]) assert.equal(readFileInfo(nothing), undefined);
  });
});
