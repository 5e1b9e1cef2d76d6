import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { DeviceLookUps } from '#src/chat/matrix/crypto/device-look-ups.ts';

import { LogInTest } from '../fakes.ts';

function lookUpsOf(devicesKnown: () => Promise<void>) {
  const tracked: string[] = [];
  const clock = { nowMs: 0 };
  const log = new LogInTest();
  const broken: unknown[] = [];
  const lookUps = new DeviceLookUps({
    track: async (userId) => void tracked.push(userId),
    devicesKnown,
    log,
    onBroken: (error) => broken.push(error),
    nowMs: () => clock.nowMs,
  });
  return { lookUps, tracked, clock, log, broken };
}

describe('devices that are asked for in the background', () => {
  it('are news once, when the server has answered', async () => {
    const answer = Promise.withResolvers<void>();
    const { lookUps, tracked } = lookUpsOf(async () => answer.promise);
    const asking = lookUps.ask('@ada:s');
    const same = lookUps.ask('@ada:s');
    assert.deepEqual([lookUps.isUnderWay, lookUps.hasNews], [true, false]);
    answer.resolve();
    await lookUps.settled();
    assert.deepEqual(await Promise.all([asking, same]), [true, true]);
    assert.deepEqual([lookUps.isUnderWay, lookUps.hasNews], [false, true]);
    assert.deepEqual([lookUps.takeNews(), lookUps.takeNews()], [true, false]);
    assert.deepEqual(tracked, ['@ada:s']);
  });

  it('are asked for once in ten seconds, so that a message which stays unknown keeps nobody busy', async () => {
    const { lookUps, tracked, clock } = lookUpsOf(async () => {});
    await lookUps.ask('@ada:s');
    lookUps.takeNews();
    clock.nowMs = 9_999;
    assert.equal(await lookUps.ask('@ada:s'), true);
    assert.equal(lookUps.hasNews, false);
    await lookUps.ask('@ben:s');
    clock.nowMs = 10_000;
    await lookUps.ask('@ada:s');
    assert.deepEqual(tracked, ['@ada:s', '@ben:s', '@ada:s']);
  });

  it('are not asked for again while the answer is awaited, however long that is', async () => {
    const answer = Promise.withResolvers<void>();
    const { lookUps, tracked, clock } = lookUpsOf(async () => answer.promise);
    const first = lookUps.ask('@ada:s');
    clock.nowMs = 60_000;
    const second = lookUps.ask('@ada:s');
    answer.resolve();
    assert.deepEqual(await Promise.all([first, second]), [true, true]);
    assert.equal(tracked.length, 1);
  });

  it('are no news where the server fails, which is said once for all messages of the moment', async () => {
    const { lookUps, log, broken, clock } = lookUpsOf(async () => Promise.reject(new Error('502')));
    for (let message = 0; message < 50; message += 1) assert.equal(await lookUps.ask('@ada:s'), false);
    assert.equal(lookUps.hasNews, false);
    assert.equal(log.lines.length, 1);
    assert.equal(broken.length, 1);
    clock.nowMs = 10_000;
    await lookUps.ask('@ada:s');
    assert.equal(log.lines.length, 2);
  });

  it('are news when a question that failed is answered at last, and only then', async () => {
    const { lookUps } = lookUpsOf(async () => Promise.reject(new Error('502')));
    lookUps.answered();
    assert.deepEqual([lookUps.isUnderWay, lookUps.hasNews], [false, false]);
    await lookUps.ask('@ada:s');
    await lookUps.settled();
    assert.deepEqual([lookUps.isUnderWay, lookUps.hasNews], [true, false]);
    lookUps.answered();
    assert.deepEqual([lookUps.isUnderWay, lookUps.takeNews()], [false, true]);
    lookUps.answered();
    assert.equal(lookUps.hasNews, false);
  });
});
