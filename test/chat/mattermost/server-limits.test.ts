import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { ServerRequest } from '#src/chat/mattermost/client.ts';
import { ServerError } from '#src/chat/mattermost/server-error.ts';
import { ServerLimits } from '#src/chat/mattermost/server-limits.ts';

import { failure, SenderInTest, text } from './sender-harness.ts';

/** A server that tells its settings one after the other; an error is one that happens. */
function telling(...answers: readonly unknown[]) {
  const asked: ServerRequest[] = [];
  const limits = new ServerLimits({
    ask: async (request: ServerRequest) => {
      asked.push(request);
      const answer = answers[Math.min(asked.length, answers.length) - 1];
      if (answer instanceof Error) throw answer;
      return answer;
    },
  });
  return { limits, asked };
}

test('what the server names counts, and what it does not name is as on every server', async () => {
  const named = telling({ MaxPostSize: '4000', MaxFileSize: '1000', EnableFileAttachments: 'false' });
  assert.deepEqual(await named.limits.get(), { postRunes: 4000, fileBytes: 1000, takesFiles: false });
  assert.deepEqual(named.asked[0], { method: 'GET', path: '/config/client', query: { format: 'old' } });
  const usual = { postRunes: 16_383, fileBytes: undefined, takesFiles: true };
  for (const odd of [
    {},
    [],
    null,
    'x',
    { MaxPostSize: '', MaxFileSize: '-1' },
    { MaxPostSize: 'many', MaxFileSize: '1e400' },
    { MaxPostSize: 7 },
  ])
    assert.deepEqual(await telling(odd).limits.get(), usual, JSON.stringify(odd));
  // One that does not tell: sent is what every server takes.
  assert.deepEqual(await telling(new ServerError('no', { status: 403, id: 'api.context.permissions.app_error' })).limits.get(), usual);
});

test('it is asked once in ten minutes, by however many at once; a failure is not remembered', async (context) => {
  const { limits, asked } = telling(new ServerError('away'), { MaxFileSize: '1000' }, { MaxFileSize: '2000' });
  await Promise.all([assert.rejects(limits.get(), ServerError), assert.rejects(limits.get(), ServerError)]);
  assert.equal(asked.length, 1);
  await Promise.all([limits.get(), limits.get()]);
  assert.equal((await limits.get()).fileBytes, 1000);
  assert.equal(asked.length, 2);
  const machine = performance.now();
  context.mock.method(performance, 'now', () => machine + 11 * 60_000);
  assert.equal((await limits.get()).fileBytes, 2000);
});

test('what a proxy refused is a limit for ten minutes, the smallest of several, and never above the server’s own', async (context) => {
  const { limits } = telling({ MaxFileSize: '1000' });
  limits.learn(5000);
  assert.equal((await limits.get()).fileBytes, 1000);
  limits.learn(300);
  limits.learn(700);
  assert.equal((await limits.get()).fileBytes, 300);
  const machine = performance.now();
  const clock = context.mock.method(performance, 'now', () => machine + 11 * 60_000);
  assert.equal((await limits.get()).fileBytes, 1000);
  limits.learn(700);
  assert.equal((await limits.get()).fileBytes, 700);
  clock.mock.restore();
});

test('nothing is sent while the limits can not be asked for, and nothing has to be looked for then', async () => {
  await using room = await SenderInTest.open();
  room.fake.inject({ path: '/config/client' }, { kind: 'answer', status: 500 });
  assert.equal((await failure(room.sender.send(room.delivery(text('hello'))))).failure, 'uncertain');
  await room.sender.send(room.delivery(text('hello')));
  assert.equal(room.asked('GET', `/channels/${room.channelId}/posts`), 0);
  assert.equal((await room.posts()).length, 1);
});
