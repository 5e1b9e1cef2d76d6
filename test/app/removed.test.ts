import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventId, roomId, userId } from '#core/types.ts';
import { World } from './world.ts';

test('out of a room, its jobs are stopped, those of other rooms go on', async () => {
  await using world = await World.open();
  const gate = Promise.withResolvers<void>();
  world.engine.gate = gate.promise;
  const running = world.say('!img a red fox --n 20');
  const waiting = world.say('!img a blue fox --n 2', { from: '@bob:room' });
  const elsewhere = world.say('!img a green fox', { room: '!elsewhere' });
  await world.until(() => world.engine.made.length === 1 && world.store.jobs.open().length === 3, 'one running, two waiting');
  world.accept({
    kind: 'removal',
    platform: 'room',
    roomId: roomId('!room'),
    eventId: eventId('$kick'),
    sender: userId('@carol:room'),
    receivedAtMs: Date.now(),
  });
  await world.until(() => world.store.jobs.open().length === 1, 'two stopped');
  gate.resolve();
  await world.settled();
  assert.deepEqual(
    [running, waiting, elsewhere].map((command) => world.jobOf(command).state),
    ['cancelled', 'cancelled', 'done'],
  );
  assert.equal(world.engine.made.length, 2);
});
