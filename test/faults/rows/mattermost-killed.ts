/** SIGKILL at every named point between what comes from Mattermost and what is posted there. */
import type { FailpointName } from '#core/failpoints.ts';
import { MattermostPlace } from '../mattermost/place.ts';
import { fox } from '../ordeal.ts';
import type { FaultRow } from '../row.ts';

/** Each with how often it is passed by at least for one command with two pictures, and one that is answered at once. */
const points: readonly (readonly [FailpointName, number])[] = [
  ['inbox.before-commit', 1],
  ['inbox.after-commit', 1],
  ['event.begun', 2],
  ['picture.drawn', 2],
  ['picture.stored', 2],
  ['picture.finished', 2],
  ['media.uploaded', 2],
  ['message.before-send', 4],
  ['message.sent', 4],
];

const killed: FaultRow = {
  number: 46,
  platform: 'mattermost',
  title: 'Killed at every point between receiving and posting',
  injected: `SIGKILL at ${points.map(([name]) => `\`${name}\``).join(', ')}; when it starts again, the server has forgotten what it was sent`,
  runs: { bounded: 3, full: 27 },
  inject: async ({ runs, random }) => {
    await using place = await MattermostPlace.open();
    await place.program.stop();
    const first = Math.floor(random() * points.length);
    for (let run = 1; run <= runs; run += 1) {
      const [name, passed] = points[(first + run) % points.length]!;
      await place.say(fox(run, 2));
      await place.say('!img queue');
      await place.dieAt(`${name}:kill@${1 + Math.floor(random() * passed)}`);
      if (random() < 0.7) place.server.clock.pass(31_000);
    }
    await place.start();
    return await place.reckon(runs);
  },
};

export const rows: readonly FaultRow[] = [killed];
