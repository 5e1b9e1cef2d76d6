import assert from 'node:assert/strict';
import { test } from 'node:test';

import { commandLifeMs, SignedCommands } from '#src/chat/mattermost/signed-command.ts';

import { MemoryInTest } from '../matrix/fakes.ts';

const [post, other, channelId, user] = ['p', 'q', 'c', 'u'].map((letter) => letter.repeat(26)) as [string, string, string, string];

class Place {
  readonly memory = new MemoryInTest();
  nowMs = 1_800_000_000_000;
  commands = new SignedCommands(this.memory, () => this.nowMs);
  /** As after the end of its process. */
  restart(): void {
    this.commands = new SignedCommands(this.memory, () => this.nowMs);
  }
  read(id: string, blitzbild: object, channel = channelId): unknown {
    return this.commands.read({ id, channelId: channel, props: { blitzbild } });
  }
}

test('what was signed is read on the first post that bears it, again and again, and on no other', () => {
  const place = new Place();
  const signed = place.commands.sign({ channelId, user, text: '!img a fox' });
  const read = { sender: user, text: '!img a fox' };
  for (let time = 0; time < 2; time += 1) {
    assert.deepEqual(place.read(post, signed), read);
    assert.equal(place.read(other, signed), undefined);
    place.restart();
  }
});

test('not a bit of it can be changed, added or left out', () => {
  const place = new Place();
  const { command } = place.commands.sign({ channelId, user, text: '!img a fox' });
  const changes = { user: other, text: '!img a fox ', nonce: 'AAAA', expires: Number(command['expires']) + 1, mac: 'AAAA' };
  for (const [key, value] of Object.entries(changes)) {
    const { [key]: _, ...less } = command;
    assert.equal(place.read(post, { command: { ...command, [key]: value } }), undefined, key);
    assert.equal(place.read(post, { command: less }), undefined, key);
  }
  assert.equal(place.read(post, { command }, other), undefined, 'another channel');
  const foreign = new Place().commands.sign({ channelId, user, text: '!img a fox' });
  assert.equal(place.read(post, foreign), undefined, 'another bot’s key');
  assert.deepEqual(place.read(post, { command }), { sender: user, text: '!img a fox' });
});

test('after a month it counts no more, and nothing is remembered of it', () => {
  const place = new Place();
  const signed = place.commands.sign({ channelId, user, text: '!img a fox' });
  place.nowMs += commandLifeMs - 1;
  assert.notEqual(place.read(post, signed), undefined);
  place.nowMs += 1;
  assert.equal(place.read(post, signed), undefined);
  place.restart();
  assert.notEqual(place.read(post, place.commands.sign({ channelId, user, text: '!img an owl' })), undefined);
  assert.equal(place.memory.entries('command:').length, 1);
});
