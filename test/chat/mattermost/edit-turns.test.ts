import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';

import { paragraph } from '#core/rich-text.ts';
import { eventId, roomId } from '#core/types.ts';
import { ServerClient } from '#src/chat/mattermost/client.ts';
import { EditTurns } from '#src/chat/mattermost/edit-turns.ts';
import { Edits } from '#src/chat/mattermost/edits.ts';
import { ServerLimits } from '#src/chat/mattermost/server-limits.ts';

import { InteractionsInTest } from './interactions-harness.ts';

test('work on one post is done once at a time, on others meanwhile, and what failed holds up nothing', async () => {
  const turns = new EditTurns();
  const order: string[] = [];
  const work = async (postId: string, name: string, ms: number): Promise<string> =>
    turns.of(postId, async () => {
      await delay(ms);
      order.push(name);
      if (name.startsWith('bad')) throw new Error(name);
      return name;
    });
  const answers = await Promise.allSettled([
    work('a', 'first', 40),
    work('a', 'bad second', 20),
    work('a', 'third', 0),
    work('b', 'other', 5),
  ]);
  assert.deepEqual(order, ['other', 'first', 'bad second', 'third']);
  assert.deepEqual(
    answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : 'rejected')),
    ['first', 'rejected', 'third', 'other'],
  );
});

test('new buttons that are under way erase nothing of an end that comes meanwhile', async () => {
  await using at = await InteractionsInTest.start();
  const post = await at.say('image', 't-1', 'working');
  const client = new ServerClient({
    serverUrl: at.fake.url,
    accessToken: at.bot.token,
    signal: new AbortController().signal,
    timeoutMs: 5000,
    maxAnswerBytes: 100_000,
  });
  const edits = new Edits({ client, limits: new ServerLimits(client), turns: at.turns });
  const renewing = at.fake.inject({ method: 'PUT', path: `/posts/${post}/patch` }, { kind: 'slow', ms: 400 });
  await at.ada.press(post, 'again');
  for (let tries = 0; tries < 200 && renewing.count === 0; tries += 1) await delay(10);
  assert.equal(renewing.count, 1);
  const content = { kind: 'edit', target: eventId(post), text: [paragraph('done')] } as const;
  await edits.edit({ transactionId: 't-1-end', queuedAtMs: 1, roomId: roomId(at.channelId), content }, content.target, content.text);
  const { message, props } = at.fake.stored(post);
  assert.equal(message, 'done');
  assert.deepEqual(props['blitzbild'], { delivery: 't-1', edit: 't-1-end' });
  assert.equal(props['attachments'], undefined);
  await delay(500);
  assert.deepEqual(at.fake.stored(post).props, props, 'nothing comes after it');
});
