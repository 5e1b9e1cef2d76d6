import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SmallDisk } from '../../faults/small-disk.ts';
import { patienceMs, sentence, until, Workplace } from './program.ts';
import { RoomClient } from './room-client.ts';

describe('a full disk', { skip: (await SmallDisk.skipReason()) ?? false, concurrency: 1, timeout: 2 * patienceMs }, () => {
  test('before the start: one sentence, exit code 1', async () => {
    await using place = await Workplace.open();
    await using disk = await SmallDisk.under(place.path('data'), 8);
    disk.fill(0);
    const { exitCode, stdout, stderr } = await place.run(['start']);
    assert.equal(exitCode, 1);
    assert.match(stderr, sentence);
    assert.match(stderr, /the disk of .* is full: make room there/);
    assert.equal(stdout, '');
  });

  test('in the local room: whoever writes is told that nothing was kept; what was accepted is drawn when there is room', async () => {
    await using place = await Workplace.open({ styles: { previews: false } });
    await using disk = await SmallDisk.under(place.path('data'), 32);
    const program = await place.start();
    const room = new RoomClient(program.url);
    const accepted = await room.say('!img a red fox --steps 40 --n 3');
    await until('it is taken', async () => room.answers(accepted));
    disk.fill(0);
    const refusals = await until('the room refuses', async () => {
      const response = await fetch(`${program.url}/api/messages`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ transactionId: `full-${Date.now()}`, name: 'Ada', text: `a long word ${'~'.repeat(4000)}` }),
      });
      return response.status === 507 ? await response.json() : undefined;
    });
    assert.match(JSON.stringify(refusals), /storage_full.*The storage of this room is full, so nothing was kept/);
    await until('the log says so', () =>
      program.stderr.includes('The disk is full: nothing that was accepted is lost') ? true : undefined,
    );
    disk.free();
    const { ends } = await room.finished(accepted);
    assert.equal(ends.length, 1);
    const later = await room.finished(await room.say('!img a blue bird --steps 2'));
    assert.equal(later.images.length, 1);
    assert.equal(program.stderr.match(/"The disk is full/g)?.length, 1, 'told once');
    assert.match(program.stderr, /"The disk has room again/);
    assert.equal((await program.stop()).exitCode, 0);
  });
});
