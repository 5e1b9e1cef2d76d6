import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ServerClient } from '#src/chat/mattermost/client.ts';

import { SmallServer } from './small-server.ts';

test('the shorter of two time limits holds, the client’s or the request’s', async () => {
  await using server = await SmallServer.start();
  server.when('/slow', () => true);
  for (const [timeoutMs, mostMs] of [
    [100, 60_000],
    [60_000, 100],
  ] as const) {
    const client = new ServerClient({
      serverUrl: server.url,
      accessToken: 't',
      signal: new AbortController().signal,
      timeoutMs,
      maxAnswerBytes: 1000,
    });
    const startedMs = performance.now();
    await assert.rejects(client.ask({ method: 'GET', path: '/slow', mostMs }), /in time/);
    assert.ok(performance.now() - startedMs < 30_000);
  }
});
