/** An event that ends the program, or fails in whatever speaks of it, holds up nothing for good. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { LeftOvers } from '#src/app/left-overs.ts';
import { SqliteStore } from '#src/store/sqlite.ts';
import { AppError } from '#core/errors.ts';
import type { IncomingMessage } from '#core/incoming.ts';
import { eventId, roomId, userId } from '#core/types.ts';
import { World } from './world.ts';

type Life = { readonly signal: string | undefined; readonly said: string };

test(
  'an event at which the program was killed three times is given up and answered; the next one gets its turn',
  { timeout: 120_000 },
  async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'blitzbild-poison-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const live = async (...args: readonly string[]): Promise<Life> =>
      new Promise((resolve) => {
        const child = join(import.meta.dirname, 'poison-child.ts');
        const env = { ...process.env, TMPDIR: folder };
        execFile(process.execPath, [child, join(folder, 'kept.sqlite'), ...args], { env }, (error, said, errors) => {
          resolve({ signal: error?.signal ?? (error === null ? undefined : errors), said });
        });
      });
    const killed = { signal: 'SIGKILL', said: '' };
    assert.deepEqual(await live('event.begun:kill', '!bild ein Fuchs', '!img queue'), killed);
    assert.deepEqual(await live('event.begun:kill'), killed);
    assert.deepEqual(await live('event.begun:kill'), killed);
    // The second one to begin would end it: only what stood behind it begins.
    const { signal, said } = await live('event.begun:kill@2');
    assert.equal(signal, undefined);
    const [poison, queue, ...more] = JSON.parse(said) as string[];
    assert.match(poison ?? '', /^Diese Nachricht konnte ich nicht ausführen/);
    assert.match(queue ?? '', /queue|waiting|Nothing/i);
    assert.deepEqual(more, []);
  },
);

for (const [failing, sentence] of [
  [2, /^I could not carry out this message/],
  [3, undefined],
] as const)
  test(`where the answer to a failure fails as well, the room goes on (${failing} failures)`, { timeout: 20_000 }, async () => {
    await using world = await World.open();
    const language = world.store.rooms.language.bind(world.store.rooms);
    let failures = failing;
    world.store.rooms.language = (...args) => {
      if (failures-- > 0) throw new Error('always');
      return language(...args);
    };
    world.say('a fox', { isDirect: true });
    await world.settled();
    assert.deepEqual(world.store.unhandled(), []);
    assert.equal(world.platform.texts.length, sentence === undefined ? 0 : 1);
    if (sentence !== undefined) assert.match(world.lastText, sentence);
    assert.ok(world.errors.length >= 2, 'and whoever runs it is told');
    await world.asks('!img a fox');
    assert.equal(world.platform.images.length, 1);
  });

test('of several events that were begun when the program ended, one at a time is begun again; who closes it is no suspect', async (t) => {
  const store = new SqliteStore(':memory:');
  t.after(() => store.close());
  const said = (id: string): IncomingMessage => ({
    kind: 'message',
    platform: 'room',
    roomId: roomId(`!${id}`),
    eventId: eventId(`$${id}`),
    sender: userId('@ada:room'),
    text: '!img a fox',
    isAdmin: false,
    isDirect: false,
    receivedAtMs: 1,
  });
  store.inbox('room').accept([said('a'), said('b')]);
  for (const { id } of store.unhandled()) store.begunAgain(id, 1);
  const leftOvers = new LeftOvers(store);
  store.inbox('room').accept([said('new')]);
  const tries = (): number[] => store.unhandled().map((row) => row.tries);
  const gates = Array.from({ length: 3 }, () => Promise.withResolvers<void>());
  const work = store
    .unhandled()
    .map(async (row, place) =>
      leftOvers.handle(row, { carryOut: async () => gates[place]?.promise, giveUp: () => assert.fail('too soon') }),
    );
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(tries(), [2, 1, 0], 'what is new costs no write');
  gates[0]?.reject(new AppError('cancelled'));
  await assert.rejects(work[0] ?? Promise.resolve());
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(tries(), [1, 2, 0]);
  gates[1]?.resolve();
  gates[2]?.resolve();
  await Promise.all(work.slice(1));

  let isGivenUp = false;
  const [, row] = store.unhandled();
  await new LeftOvers(store).handle(row ?? assert.fail(), { carryOut: () => assert.fail('once more'), giveUp: () => (isGivenUp = true) });
  assert.ok(isGivenUp);
});
