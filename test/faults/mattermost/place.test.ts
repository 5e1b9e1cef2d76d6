/** The place itself: what it says of a program that nobody breaks, and of one that is killed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { patienceMs } from '../../e2e/program/program.ts';
import { fox } from '../ordeal.ts';
import { MattermostPlace } from './place.ts';

test('every command has one end; a lost answer and a kill in the middle change nothing', { timeout: 2 * patienceMs }, async () => {
  await using place = await MattermostPlace.open();
  await place.say('!img help');
  await place.say(fox(1, 2));
  await place.answered();
  assert.deepEqual(
    place.verdicts().map(({ ends, pictures }) => [ends.length, pictures.size]),
    [
      [1, 0],
      [1, 2],
    ],
  );
  const cut = place.server.inject({ method: 'POST', path: /\/posts$/ }, { kind: 'reset', delivered: true });
  await place.say('!img cancel mine');
  await place.answered();
  assert.equal(cut.count, 1);
  await place.program.stop();
  await place.say(fox(7));
  await place.dieAt('picture.stored:kill');
  await place.start();
  assert.deepEqual(await place.reckon(2), { runs: 2, commands: 4, lost: 0, doubled: 0, unknown: 0 });
});
