import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { FaultProxy } from './proxy.ts';

describe('the proxy', { timeout: 60_000 }, () => {
  /** What reached the server, whole. */
  let done: string[] = [];
  /** Bytes that reached it, whole request or not. */
  let bytes = 0;
  let server: Server;
  let proxy: FaultProxy;

  before(async () => {
    server = createServer(async (request, response) => {
      let body = '';
      try {
        for await (const chunk of request) {
          bytes += (chunk as Buffer).length;
          body += String(chunk);
        }
      } catch {
        return;
      }
      done.push(`${request.method} ${request.url} ${body.slice(0, 20)}`);
      response.writeHead(201, { 'X-From': 'server' }).end(request.url === '/json' ? '{"a":1}' : `answer to ${request.url}`);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    proxy = await FaultProxy.start(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });
  after(async () => {
    await proxy[Symbol.asyncDispose]();
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    proxy.heal();
    [done, bytes] = [[], 0];
  });

  const put = async (path: string, body = 'words', timeoutMs = 5000): Promise<Response> =>
    fetch(proxy.url + path, { method: 'PUT', body, signal: AbortSignal.timeout(timeoutMs) });

  test('lets everything through: method, query, body, status, headers', async () => {
    const answer = await put('/a%20b?x=1');
    assert.equal(answer.status, 201);
    assert.equal(answer.headers.get('x-from'), 'server');
    assert.equal(await answer.text(), 'answer to /a%20b?x=1');
    assert.deepEqual(done, ['PUT /a%20b?x=1 words']);
    const { method, path, query, status } = proxy.seen.at(-1)!;
    assert.deepEqual([method, path, query.get('x'), status], ['PUT', '/a b', '1', 201]);
  });

  test('reset: before the request, or after the server has done it; so often, and only what is meant', async () => {
    const lost = proxy.inject({ path: '/send' }, { kind: 'reset', delivered: false });
    await assert.rejects(put('/send/1'));
    assert.equal(done.length, 0);
    const heard = proxy.inject({ method: 'PUT', path: /send\/\d/ }, { kind: 'reset', delivered: true }, { times: 2, skip: 1 });
    assert.equal((await put('/send/2')).status, 201, 'the first is left alone');
    await assert.rejects(put('/send/3'));
    assert.equal((await put('/other')).status, 201);
    await assert.rejects(put('/send/4'));
    assert.equal((await put('/send/5')).status, 201);
    assert.deepEqual([lost.count, heard.count], [1, 2]);
    assert.deepEqual(
      done.map((line) => line.split(' ')[1]),
      ['/send/2', '/send/3', '/other', '/send/4', '/send/5'],
    );
  });

  test('hang: no answer until the client gives up, or until it is released', async () => {
    proxy.inject({}, { kind: 'hang', delivered: true });
    await assert.rejects(put('/1', 'words', 200), { name: 'TimeoutError' });
    assert.deepEqual(done, ['PUT /1 words']);
    const hanging = proxy.inject({}, { kind: 'hang', delivered: false });
    const asked = put('/2');
    await delay(100);
    hanging.stop();
    await assert.rejects(asked);
    assert.equal(done.length, 1);
  });

  test('answer: in place of the server, or of its answer', async () => {
    proxy.inject({}, { kind: 'answer', status: 502, headers: { 'Content-Type': 'text/html' }, body: '<h1>Bad Gateway</h1>' });
    const answer = await put('/1');
    assert.deepEqual([answer.status, answer.headers.get('content-type'), await answer.text()], [502, 'text/html', '<h1>Bad Gateway</h1>']);
    assert.deepEqual(done, []);
    proxy.inject({}, { kind: 'answer', status: 429, headers: { 'Retry-After': '1' }, delivered: true });
    assert.equal((await put('/2')).headers.get('retry-after'), '1');
    assert.equal(done.length, 1);
  });

  test('rewrite: the server’s own answer, changed', async () => {
    proxy.inject({}, { kind: 'rewrite', rewrite: (answer) => ({ ...answer, b: 'ü' }) });
    assert.deepEqual(await (await put('/json')).json(), { a: 1, b: 'ü' });
    assert.deepEqual(await (await put('/json')).json(), { a: 1 });
  });

  test('cut: a part of the request reaches the server; cut-answer: a part of the answer comes back', async () => {
    proxy.inject({}, { kind: 'cut', afterBytes: 1000 });
    await assert.rejects(put('/1', 'x'.repeat(50_000)));
    await delay(50);
    assert.deepEqual([done.length, bytes], [0, 1000]);
    proxy.inject({}, { kind: 'cut-answer', afterBytes: 3 });
    await assert.rejects(async () => (await put('/2')).text());
    assert.equal(done.length, 1);
  });

  test('slow; down and up at the same address', async () => {
    proxy.inject({}, { kind: 'slow', ms: 150 });
    const startedAt = performance.now();
    assert.equal((await put('/1')).status, 201);
    assert.ok(performance.now() - startedAt >= 140);
    const { url } = proxy;
    proxy.inject({}, { kind: 'hang', delivered: false });
    const cutOff = assert.rejects(put('/2'));
    await delay(50);
    await proxy.down();
    await cutOff;
    await assert.rejects(put('/3'), /fetch failed/);
    await proxy.up();
    assert.equal(proxy.url, url);
    assert.equal((await put('/4')).status, 201);
  });
});
