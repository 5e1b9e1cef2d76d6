import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';

import { Line, LinePerRoom } from '#src/chat/matrix/crypto/line.ts';

describe('a line of works', () => {
  it('does one after another, and goes on when one breaks', async () => {
    const line = new Line();
    const done: string[] = [];
    const work = (name: string, ms: number) => async () => {
      done.push(`${name} begins`);
      await delay(ms);
      done.push(`${name} ends`);
      return name;
    };
    const broken = line.run(async () => {
      await delay(5);
      throw new Error('broken');
    });
    const results = Promise.all([line.run(work('one', 20)), line.run(work('two', 1))]);
    await assert.rejects(broken, /broken/);
    assert.deepEqual(await results, ['one', 'two']);
    assert.deepEqual(done, ['one begins', 'one ends', 'two begins', 'two ends']);
  });

  it('of one room waits for no other room', async () => {
    const lines = new LinePerRoom();
    const gate = Promise.withResolvers<void>();
    const held = lines.run('!a', async () => gate.promise);
    let isSecond = false;
    const second = lines.run('!a', async () => {
      isSecond = true;
    });
    assert.equal(await lines.run('!b', async () => 'free'), 'free');
    assert.equal(isSecond, false);
    gate.resolve();
    await Promise.all([held, second]);
    assert.equal(isSecond, true);
  });
});
