/** What a room is told where the server counts messages: fewer acknowledgements, and every end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeliveryError } from '#core/errors.ts';
import type { Delivery } from '#core/ports.ts';
import { World } from './world.ts';

/** A server as Synapse is: a burst, then one message in a while. */
function counting(
  world: World,
  { burst, everyMs }: { readonly burst: number; readonly everyMs: number },
): { readonly refused: () => number } {
  let left = burst;
  let at = Date.now();
  let refused = 0;
  world.platform.onSend = () => {
    const now = Date.now();
    left = Math.min(burst, left + (now - at) / everyMs);
    at = now;
    if (left >= 1) {
      left -= 1;
      return;
    }
    refused += 1;
    throw new DeliveryError('rate_limited', 'too many', { retryAfterMs: Math.ceil((1 - left) * everyMs) });
  };
  return { refused: () => refused };
}

/** How often the thread of this command was told its job's end, by an edit or a message. */
const endsOf = (world: World, sent: readonly Delivery[], command: string): number =>
  sent.filter(({ event }) => event?.type === 'done' && world.store.jobs.get(event.jobId!)?.origin.eventId === command).length;

/** Everything that arrived, in its order. */
function arrivals(world: World): readonly Delivery[] {
  const sent: Delivery[] = [];
  const send = world.platform.send.bind(world.platform);
  world.platform.send = async (delivery) => {
    const id = await send(delivery);
    sent.push(delivery);
    return id;
  };
  return sent;
}

const isAck = ({ event, content }: Delivery): boolean => event?.type === 'ack' && content.kind === 'text';

test('many commands of a room are acknowledged by a few messages, and each job ends once', { timeout: 60_000 }, async () => {
  await using world = await World.open({ maxWaitingJobsPerPerson: 100 });
  const sent = arrivals(world);
  counting(world, { burst: 3, everyMs: 150 });
  const { promise, resolve } = Promise.withResolvers<void>();
  world.engine.gate = promise;
  const commands = Array.from({ length: 15 }, (_, index) => world.say('!img a fox', { from: `@p${index % 5}:room` }));
  const elsewhere = world.say('!bild ein Fuchs', { room: '!other', from: '@other:room' });
  await world.until(() => world.store.jobs.open().length === 16, 'all are accepted');
  await world.until(() => world.store.outbox.pending('room', 'now').length === 0, 'all are acknowledged');
  const early = sent.filter(isAck).length;
  const together = sent.filter(({ transactionId }) => transactionId.startsWith('gathered-'));
  assert.ok(early + together.length < 12, `${early} acknowledgements one by one, ${together.length} for several`);
  assert.ok(together.length >= 1);
  assert.equal(
    world.platform.texts.filter((text) => /^Accepted: \d+ commands of this room \(.*only a few messages/u.test(text)).length,
    together.length,
  );
  const gathered = world.platform.texts.map((text) => Number(/^Accepted: (\d+)/u.exec(text)?.[1] ?? 0)).reduce((sum, count) => sum + count);
  assert.equal(
    sent.filter((delivery) => isAck(delivery) && delivery.roomId === '!room').length + gathered,
    15,
    'each command is accounted for',
  );

  resolve();
  await world.settled();
  for (const command of [...commands, elsewhere]) assert.equal(endsOf(world, sent, command), 1, `${command} ends once`);
  assert.equal(world.platform.pictures.length, 16);
  const afterwards = sent.filter(({ event, content }) => event?.type === 'done' && content.kind === 'text');
  assert.ok(afterwards.length > 0, 'the end of a job without an acknowledgement is a message');
  assert.ok(
    afterwards.every(({ threadId }) => threadId !== undefined),
    'and stands where the answers to its command stand',
  );
});

test('an acknowledgement whose job has ended meanwhile is left out', { timeout: 60_000 }, async () => {
  await using world = await World.open({ maxWaitingJobsPerPerson: 100 });
  const sent = arrivals(world);
  const { refused } = counting(world, { burst: 1, everyMs: 150 });
  const commands = ['!a', '!b', '!c', '!d'].map((room) => world.say('!img a fox', { room, from: `@of${room.slice(1)}:room` }));
  await world.settled();
  for (const command of commands) assert.equal(endsOf(world, sent, command), 1);
  assert.ok(sent.filter(isAck).length < 4, 'each of them says nothing that its end does not say');
  assert.ok(refused() <= sent.length + 2, `${refused()} requests were refused for ${sent.length} messages`);
});

test('what was tried before is sent again as it was, and one command is acknowledged by itself', { timeout: 60_000 }, async () => {
  await using world = await World.open();
  const sent = arrivals(world);
  const { promise, resolve } = Promise.withResolvers<void>();
  world.engine.gate = promise;
  const failures = [new DeliveryError('uncertain', 'reset'), new DeliveryError('rate_limited', 'slow', { retryAfterMs: 100 })];
  world.platform.onSend = () => {
    const failure = failures.shift();
    if (failure !== undefined) throw failure;
  };
  world.say('!img a fox');
  await new Promise((soon) => setTimeout(soon, 100));
  world.say('!img a cat', { from: '@ben:room' });
  await new Promise((soon) => setTimeout(soon, 1500));
  assert.equal(sent.filter(isAck).length, 2);
  assert.equal(sent.filter(({ transactionId }) => transactionId.startsWith('gathered-')).length, 0);
  resolve();
  await world.settled();
});

test(
  'an acknowledgement that an earlier process may have sent is not left out, although its end is near',
  { timeout: 60_000 },
  async () => {
    await using world = await World.open();
    const { promise, resolve } = Promise.withResolvers<void>();
    world.engine.gate = promise;
    const sent = world.store.outbox.sent.bind(world.store.outbox);
    // The server has answered, and the process ends before that is noted.
    world.store.outbox.sent = () => {
      throw new Error('killed');
    };
    const command = world.say('!img a fox');
    await world.until(() => world.platform.posts.length === 1, 'its acknowledgement');
    world.store.outbox.sent = sent;
    let refuse = true;
    world.platform.onSend = () => {
      if (refuse) throw new DeliveryError('rate_limited', 'too many', { retryAfterMs: 300 });
    };
    await world.restart(() => setTimeout(() => (refuse = false), 200));
    resolve();
    await world.settled();
    assert.equal(world.jobOf(command).state, 'done');
    assert.deepEqual([world.platform.texts.length, world.platform.posts[0]?.edits], [1, 1], 'the end stands in its place');
  },
);
