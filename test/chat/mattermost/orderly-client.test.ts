import assert from 'node:assert/strict';
import { test } from 'node:test';

import { EditTurns } from '#src/chat/mattermost/edit-turns.ts';
import { OrderlyClient } from '#src/chat/mattermost/orderly-client.ts';

import { FakeMattermost } from './fake/fake.ts';

test('a post is edited once at a time, others meanwhile, and a failed edit holds up nothing', async () => {
  await using fake = await FakeMattermost.start();
  const bot = fake.createBot('blitzbild');
  const person = fake.asPerson(bot);
  const channelId = fake.createChannel({ teamId: fake.createTeam('team'), name: 'pictures', members: [bot] });
  const [one, other] = [await person.say(channelId, 'one'), await person.say(channelId, 'other')];
  const client = new OrderlyClient({
    serverUrl: fake.url,
    accessToken: bot.token,
    signal: new AbortController().signal,
    timeoutMs: 5000,
    maxAnswerBytes: 100_000,
  });
  const order: string[] = [];
  const edit = async (postId: string, message: string): Promise<void> => {
    try {
      await client.ask({ method: 'PUT', path: `/posts/${postId}/patch`, body: { message } });
      order.push(message);
    } catch {
      order.push(`${message} failed`);
    }
  };
  fake.inject({ method: 'PUT', path: one }, { kind: 'slow', ms: 200 });
  fake.inject({ method: 'PUT', path: one }, { kind: 'reset', delivered: false }, { skip: 1 });
  await Promise.all([edit(one, 'first'), edit(one, 'second'), edit(one, 'third'), edit(other, 'elsewhere')]);
  assert.deepEqual(order, ['elsewhere', 'first', 'second failed', 'third']);
  assert.equal(fake.stored(one).message, 'third');
});

test('a turn gives back what its work did', async () => {
  const turns = new EditTurns();
  const failed = turns.of('a', () => Promise.reject(new Error('no')));
  const done = turns.of('a', () => Promise.resolve(7));
  await assert.rejects(failed, /^Error: no$/);
  assert.equal(await done, 7);
});
