/** Whatever goes wrong in whatever order: once everything is well again, every delivery is one post, and a whole one. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import fc from 'fast-check';

import { DeliveryError } from '#core/errors.ts';
import { armFailpoints } from '#core/failpoints.ts';
import type { Delivery } from '#core/ports.ts';
import { eventId } from '#core/types.ts';

import type { Fault, Wanted } from '../../faults/proxy.ts';
import { edit, SenderInTest, text } from './sender-harness.ts';

after(() => armFailpoints(undefined));

const requests: readonly Wanted[] = [
  { method: 'POST', path: /\/posts$/ },
  { method: 'POST', path: /\/files$/ },
  { method: 'GET', path: /\/channels\/\w+\/posts$/ },
  { method: 'POST', path: /\/posts\/ids$/ },
  { method: 'DELETE', path: /\/posts\// },
  { method: 'PUT', path: /\/patch$/ },
  {},
];
const faults: readonly Fault[] = [
  { kind: 'reset', delivered: true },
  { kind: 'reset', delivered: false },
  { kind: 'cut-answer', afterBytes: 5 },
  { kind: 'answer', status: 500, body: '{}', delivered: true },
  { kind: 'answer', status: 502, body: '<html>' },
  { kind: 'answer', status: 200, body: '<html>', delivered: true },
  { kind: 'answer', status: 429, body: 'limit exceeded\n' },
];

const trouble = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('fault' as const), wanted: fc.constantFrom(...requests), fault: fc.constantFrom(...faults) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('death' as const),
      point: fc.constantFrom('media.uploaded', 'message.before-send', 'message.sent'),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: 'no file' as const }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      { kind: 'restart' as const },
      { kind: 'disk' as const },
      { kind: 'talk' as const },
      { kind: 'purge' as const },
    ),
  },
);
/** What goes wrong before each of the next attempts, and how much time goes by until the one after. */
const step = fc.record({
  troubles: fc.array(trouble, { maxLength: 3 }),
  passMs: fc.constantFrom(0, 500, 31_000),
  isNewProcess: fc.boolean(),
});

async function apply(room: SenderInTest, one: typeof trouble extends fc.Arbitrary<infer Trouble> ? Trouble : never): Promise<void> {
  switch (one.kind) {
    case 'fault':
      room.fake.inject(one.wanted, one.fault);
      return;
    case 'death':
      armFailpoints((name) => {
        if (name !== one.point) return;
        armFailpoints(undefined);
        throw new Error('the process has ended');
      });
      return;
    case 'no file':
      room.fake.dropFileIds(1);
      return;
    case 'restart':
      await room.fake.restart();
      return;
    case 'disk':
      room.memory.isFull = true;
      return;
    case 'talk':
      for (let count = 0; count < 3; count += 1) await room.anna.say(room.channelId, 'nice');
      return;
    case 'purge':
      if (room.anchor !== undefined) room.fake.purgePost(room.anchor);
  }
}

async function tried(room: SenderInTest, delivery: Delivery): Promise<string | undefined> {
  try {
    return await room.sender.send(delivery);
  } catch (error) {
    assert.ok(error instanceof DeliveryError, String(error));
    assert.ok(['uncertain', 'rate_limited'].includes(error.failure), `${error.failure}: ${error.message}`);
    return undefined;
  }
}

test('every delivery is one whole post in the end', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 6 }), async (steps) => {
      await using room = await SenderInTest.open();
      const rootId = await room.anna.say(room.channelId, 'a fox');
      const inThread = { threadId: eventId(rootId) };
      const open = new Map<string, Delivery>(
        [
          room.delivery(text('hello'), { transactionId: 'text' }),
          room.delivery(await room.image(), { transactionId: 'image', ...inThread }),
          room.delivery(await room.file(), { transactionId: 'file', ...inThread }),
        ].map((delivery) => [delivery.transactionId, delivery]),
      );
      const ids = new Map<string, string>();
      const attempt = async (): Promise<void> => {
        await Promise.all(
          [...open].map(async ([name, delivery]) => {
            const id = await tried(room, delivery);
            if (id === undefined) return;
            ids.set(name, id);
            open.delete(name);
          }),
        );
      };
      for (const { troubles, passMs, isNewProcess } of steps) {
        for (const one of troubles) await apply(room, one);
        await attempt();
        armFailpoints(undefined);
        room.memory.isFull = false;
        room.fake.clock.pass(passMs);
        if (isNewProcess) room.sender = room.another();
      }
      room.fake.heal();
      room.fake.dropFileIds(0);
      for (let left = 8; open.size > 0 && left > 0; left -= 1) {
        await attempt();
        room.fake.clock.pass(31_000);
      }
      assert.deepEqual([...open.keys()], [], 'everything arrives');
      const posts = await room.posts();
      assert.deepEqual(posts.map(({ id }) => id).toSorted(), [...ids.values()].toSorted());
      for (const name of ['image', 'file']) assert.equal(posts.find(({ id }) => id === ids.get(name))?.file_ids?.length, 1, name);
      // The end of the job, too, is said once.
      await room.sender.send(room.delivery(edit(ids.get('text')!, 'done'), { transactionId: 'end' }));
      assert.equal((await room.anna.post(ids.get('text')!)).message, 'done');
    }),
    { numRuns: 60 },
  );
});
