import assert from 'node:assert/strict';
import { it } from 'node:test';

import { backoffMs } from '#src/chat/common/backoff.ts';
import { HomeserverError } from '#src/chat/matrix/homeserver-error.ts';

it('doubles from a second to a minute, its upper half at random', () => {
  const error = new Error('x');
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6, 7, 8, 1000].map((failures) => backoffMs(failures, error, () => 1)),
    [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000],
  );
  assert.equal(
    backoffMs(3, error, () => 0),
    2000,
  );
});

it('waits at least as long as the server asks for', () => {
  const limited = new HomeserverError('slow down', { status: 429, retryAfterMs: 90_000 });
  assert.equal(
    backoffMs(1, limited, () => 0),
    90_000,
  );
  assert.equal(
    backoffMs(7, new HomeserverError('slow down', { status: 429, retryAfterMs: 1 }), () => 1),
    60_000,
  );
});
