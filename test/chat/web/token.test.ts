import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { LocalRoom, RoomOptionsError } from '#src/chat/web/local-room.ts';

import { openRoom, type OpenedRoom } from './opened-room.ts';

const token = 'correct horse battery staple';

/** Without the token that the test room sends on its own. */
const visit = (opened: OpenedRoom, path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(new URL(path, opened.room.url), { headers, redirect: 'manual' });

describe('a room with a token', () => {
  it('opens only with it', async () => {
    await using opened = await openRoom({ host: '0.0.0.0', token });
    for (const path of ['/', '/api/events', '/api/status', '/api/stream', `/api/images/${'a'.repeat(64)}.png`]) {
      assert.equal((await visit(opened, path)).status, 401, path);
      assert.equal((await visit(opened, path, { Authorization: 'Bearer wrong' })).status, 401, path);
      assert.equal((await visit(opened, path, { Cookie: `blitzbild_room=${encodeURIComponent(token)}` })).status, 401, path);
    }
    const posted = await fetch(new URL('/api/messages', opened.room.url), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ transactionId: 't', name: 'Ada', text: 'hello' }),
    });
    assert.equal(posted.status, 401);
    assert.equal(opened.inbox.events.length, 0);
    assert.equal((await opened.get('/api/status')).status, 200);
    assert.equal((await visit(opened, '/healthz')).status, 200, 'a container asks this without the token');
  });

  it('says so on a page and as JSON', async () => {
    await using opened = await openRoom({ host: '0.0.0.0', token });
    const page = await visit(opened, '/?token=wrong', { Accept: 'text/html', 'Accept-Language': 'en' });
    assert.equal(page.status, 401);
    const text = await page.text();
    assert.match(text, /needs its token/);
    assert.ok(!text.includes('wrong'), 'what was typed is not repeated');
    const json = (await (await visit(opened, '/api/status')).json()) as { error: { code: string } };
    assert.equal(json.error.code, 'unauthorised');
  });

  it('exchanges it for a cookie, once', async () => {
    await using opened = await openRoom({ host: '0.0.0.0', token });
    const entered = await visit(opened, `/?token=${encodeURIComponent(token)}`);
    assert.equal(entered.status, 200);
    const cookie = entered.headers.get('set-cookie') ?? '';
    assert.match(cookie, /HttpOnly/);
    assert.match(cookie, /SameSite=Strict/);
    assert.ok(!cookie.includes(encodeURIComponent(token)));
    assert.ok(!(await entered.text()).includes('token='));
    const value = cookie.split(';')[0] ?? '';
    assert.equal((await visit(opened, '/', { Cookie: value })).status, 200);
    assert.equal((await visit(opened, '/api/status', { Cookie: value })).status, 200);
    assert.equal((await visit(opened, '/api/status', { Cookie: `${value}0` })).status, 401);
  });

  it('is asked for everywhere but on loopback', async () => {
    await using opened = await openRoom();
    const options = {
      history: { append: () => assert.fail(), after: () => [], latest: () => [], get: () => undefined, erase: () => {}, rewrite: () => {} },
      images: opened.images,
      commandPrefixes: [{ text: '!img', language: 'en' } as const],
      status: () => opened.status,
      log: { info: () => {}, error: () => {} },
      now: () => 0,
    };
    for (const host of ['0.0.0.0', '::', '192.168.1.5', 'blitzbild.example', '10.0.0.127', '127.evil.example']) {
      for (const missing of [undefined, '']) {
        const make = (): LocalRoom => new LocalRoom({ ...options, host, language: 'de', ...(missing !== undefined && { token: missing }) });
        assert.throws(
          make,
          (error) => error instanceof RoomOptionsError && /braucht deshalb ein Token; setze BLITZBILD_TOKEN/.test(error.message),
        );
      }
    }
    for (const host of ['127.0.0.1', 'localhost', '::1', '127.0.0.53'])
      assert.doesNotThrow(() => new LocalRoom({ ...options, host, language: 'en' }));
  });

  it('answers only to the configured names, when there are some', async () => {
    await using opened = await openRoom({ host: '127.0.0.1', token, allowedHosts: ['img.example.org'] });
    assert.equal((await opened.get('/api/status')).status, 200);
    await using open = await openRoom({ host: '0.0.0.0', token });
    assert.match(open.room.url, /^http:\/\/127\.0\.0\.1:\d+\/$/);
    assert.ok(open.room.urlWithToken.endsWith('?token=correct%20horse%20battery%20staple'));
  });
});
