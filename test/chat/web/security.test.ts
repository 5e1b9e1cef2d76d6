import assert from 'node:assert/strict';
import { request } from 'node:http';
import { describe, it } from 'node:test';

import type { ApiError, ApiErrorCode } from '#src/chat/web/events.ts';

import { openRoom, type OpenedRoom } from './opened-room.ts';

const message = { transactionId: 'm1', name: 'Ada', text: 'hello' };

/** As a browser or an attacker sends it: `fetch` would not let us choose Host. */
async function raw(
  opened: OpenedRoom,
  options: { readonly method?: string; readonly path?: string; readonly headers?: Record<string, string>; readonly body?: string },
): Promise<{ readonly status: number; readonly headers: Record<string, unknown>; readonly body: string }> {
  const { hostname, port } = new URL(opened.room.url);
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; headers: Record<string, unknown>; body: string }>();
  const { method = 'GET', path = '/', headers = {}, body } = options;
  const outgoing = request({ hostname, port, method, path, headers, agent: false }, (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (part: string) => (text += part));
    response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
  });
  outgoing.on('error', reject);
  outgoing.end(body);
  return promise;
}

const codeOf = (body: string): ApiErrorCode => (JSON.parse(body) as ApiError).error.code;

const post = (headers: Record<string, string>, body = JSON.stringify(message)) => ({
  method: 'POST',
  path: '/api/messages',
  headers: { 'Content-Type': 'application/json', ...headers },
  body,
});

describe('the room is not fooled', () => {
  it('by another host name (DNS rebinding)', async () => {
    await using opened = await openRoom();
    const { host } = new URL(opened.room.url);
    for (const bad of ['evil.example', 'evil.example:80', 'localhost.evil.example', '127.0.0.1.evil.example', 'a b', '169.254.1.1']) {
      for (const path of ['/', '/api/events', '/healthz', '/page/main.ts']) {
        const answer = await raw(opened, { path, headers: { Host: bad } });
        // Node itself refuses an empty or malformed Host with 400 on some paths; either way nothing is served.
        assert.ok(answer.status === 421 || answer.status === 400, `${bad} ${path} ${answer.status}`);
      }
    }
    for (const good of [host, `localhost:${opened.room.url.split(':')[2]?.slice(0, -1)}`, 'localhost:9', '[::1]:8090', 'LOCALHOST']) {
      assert.equal((await raw(opened, { headers: { Host: good } })).status, 200, good);
    }
  });

  it('by a page of another site', async () => {
    await using opened = await openRoom();
    const { host } = new URL(opened.room.url);
    const foreign: Record<string, string>[] = [
      { Origin: 'https://evil.example' },
      { Origin: 'null' },
      { Origin: `https://${host}.evil.example` },
      { Origin: `http://localhost:1` },
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
      { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' },
    ];
    for (const headers of foreign) {
      const answer = await raw(opened, post({ Host: host, ...headers }));
      assert.equal(answer.status, 403, JSON.stringify(headers));
      assert.equal(codeOf(answer.body), 'bad_origin');
    }
    assert.equal((await raw(opened, { path: '/api/events', headers: { Host: host, 'Sec-Fetch-Site': 'cross-site' } })).status, 403);
    assert.deepEqual(await opened.events(), []);
    assert.equal(opened.inbox.events.length, 0);
    const own = { Host: host, Origin: `http://${host}`, 'Sec-Fetch-Site': 'same-origin' };
    assert.equal((await raw(opened, post(own))).status, 200);
    const followedLink = { Host: host, 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' };
    assert.equal((await raw(opened, { headers: followedLink })).status, 200);
  });

  it('by a form that sends no JSON', async () => {
    await using opened = await openRoom();
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', '']) {
      const answer = await raw(opened, post({ 'Content-Type': type }));
      assert.equal(answer.status, 415, type);
    }
    assert.equal(opened.inbox.events.length, 0);
  });

  it('by paths that leave the page folder', async () => {
    await using opened = await openRoom();
    const paths = [
      '/page/..%2fevents.ts',
      '/page/../events.ts',
      '/page/%2e%2e/events.ts',
      '/page/tsconfig.json',
      '/page/blurhash.d.ts',
      '/page/.',
      '/page/constructor',
      '/../package.json',
      '/api/images/..%2f..%2fstore.sqlite',
      `/api/images/${'a'.repeat(64)}.svg`,
      `/api/images/${'A'.repeat(64)}.png`,
      `/api/images/${'a'.repeat(64)}.png`,
      `/api/images/${'a'.repeat(64)}.png%00.jpg`,
    ];
    for (const path of paths) assert.equal((await raw(opened, { path })).status, 404, path);
    assert.deepEqual(opened.logged, []);
  });

  it('by a body that is too long', async () => {
    await using opened = await openRoom();
    const long = await opened.post('/api/messages', { ...message, text: 'x'.repeat(70_000) });
    assert.equal(long.status, 413);
    assert.match(((await long.json()) as ApiError).error.message, /64 KiB/);
    const chunked = new ReadableStream({
      start(controller) {
        for (let part = 0; part < 10; part += 1) controller.enqueue(new TextEncoder().encode(' '.repeat(10_000)));
        controller.close();
      },
    });
    const streamed = await fetch(new URL('/api/messages', opened.room.url), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: chunked,
      duplex: 'half',
    });
    assert.equal(streamed.status, 413);
    assert.equal(
      (await opened.post('/api/messages', { ...message, text: 'x'.repeat(10_000) })).status,
      200,
      'a 10 kB prompt reaches the bot',
    );
    assert.equal(opened.inbox.events.length, 1);
  });
});

describe('every answer', () => {
  it('carries the headers that keep a browser safe', async () => {
    await using opened = await openRoom();
    for (const path of [
      '/',
      '/gallery',
      '/page/main.ts',
      '/api/status',
      '/api/gallery',
      `/api/files/${'a'.repeat(64)}.csv`,
      '/nothing',
      '/healthz',
    ]) {
      const { headers } = await opened.get(path);
      const policy = headers.get('content-security-policy') ?? '';
      assert.match(policy, /default-src 'none'/);
      assert.match(policy, /frame-ancestors 'none'/);
      assert.doesNotMatch(policy, /unsafe|\*|https?:/);
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
      assert.equal(headers.get('referrer-policy'), 'no-referrer');
      assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin');
      assert.equal(headers.get('access-control-allow-origin'), null);
    }
  });

  it('explains a refusal in the language that is asked for', async () => {
    await using opened = await openRoom();
    const german = await opened.get('/nothing', { 'Accept-Language': 'de-AT,en;q=0.5', Accept: 'text/html' });
    assert.equal(german.status, 404);
    assert.match(await german.text(), /Unter dieser Adresse gibt es hier nichts\./);
  });
});
