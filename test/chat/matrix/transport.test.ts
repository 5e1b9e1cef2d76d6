import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { it, type TestContext } from 'node:test';

import { backoffMs } from '#src/chat/common/backoff.ts';
import { HomeserverError } from '#src/chat/matrix/homeserver-error.ts';
import { askHomeserver } from '#src/chat/matrix/transport.ts';

/** How long the loop that asks for news waits after this answer. */
async function waitAfter(t: TestContext, status: number, retryAfter: string): Promise<number> {
  const server = createServer((_, response) => response.writeHead(status, { 'Retry-After': retryAfter }).end('{}')).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const homeserverUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const options = { homeserverUrl, accessToken: 'x', signal: AbortSignal.timeout(5000), timeoutMs: 5000, maxAnswerBytes: 1000 };
  const error = await askHomeserver(options, { method: 'GET', path: '/_matrix/client/v3/sync' }).catch((reason: unknown) => reason);
  assert.ok(error instanceof HomeserverError);
  return backoffMs(1, error, () => 1);
}

for (const [status, retryAfter, ms] of [
  [429, '7', 7000],
  [429, '1.2345', 1235],
  [429, '86400', 900_000],
  [429, 'Wed, 01 Jan 2087 00:00:00 GMT', 900_000],
  [429, '-5', 1000],
  [503, '99999999', 60_000],
  [502, '1e300', 60_000],
] as const)
  it(`${status} with Retry-After ${retryAfter} is ${ms} ms`, async (t) => {
    assert.equal(await waitAfter(t, status, retryAfter), ms);
  });
