/** Mattermost restarts, forgets, or has another time than the bot. */
import { setTimeout as delay } from 'node:timers/promises';
import { MattermostPlace } from '../mattermost/place.ts';
import { fox } from '../ordeal.ts';
import { sum } from '../oracle.ts';
import type { Counts, FaultRow } from '../row.ts';

const dayMs = 24 * 3_600_000;
/** Longer than the server knows what it is doing. Source: app/post.go `pendingPostIDsCacheTTL`. */
const forgottenMs = 31_000;

const aPost = { method: 'POST', path: /\/posts$/ } as const;
/** Of one command for one picture: the acknowledgement and the picture. The end is an edit. */
const posts = 2;
/** What one command makes the bot ask. */
const anything = { path: /\/(?:posts|files|patch|ids)$/ } as const;

const restarted: FaultRow = {
  number: 36,
  platform: 'mattermost',
  title: 'The server restarts',
  injected:
    'its connections end and it forgets what it was doing: the answer to a post is lost, or its request, or both it and the post that was being made; commands are said meanwhile',
  runs: { bounded: 3, full: 18 },
  inject: async ({ runs, random }) => {
    await using place = await MattermostPlace.open();
    const { server } = place;
    const first = Math.floor(random() * 3);
    for (let run = 1; run <= runs; run += 1) {
      const skip = Math.floor(random() * 3);
      const meanwhile = async (): Promise<void> => {
        await place.say(fox(run * 10 + 5));
        await delay(random() * 1500);
      };
      if ((first + run) % 3 === 0) {
        // In the middle of whatever it is doing.
        const begun = server.inject(anything, { kind: 'slow', ms: 30 }, { skip: skip * 2 });
        await place.say(fox(run * 10, 2));
        await begun.happened;
        server.settings.postTakesMs = 500;
        await delay(60);
        server.settings.postTakesMs = 0;
      } else {
        const lost = server.inject(aPost, { kind: 'reset', delivered: (first + run) % 3 === 1 }, { skip });
        await place.say(fox(run * 10, 2));
        await place.say('!img queue');
        await lost.over;
      }
      await server.restart(meanwhile);
      if (random() < 0.5) await place.answered();
    }
    return await place.reckon(runs);
  },
};

const tooLate: FaultRow = {
  number: 39,
  platform: 'mattermost',
  title: 'An answer is lost, and the next attempt comes after 31 seconds',
  injected:
    'a post is made or not, its answer is lost, and the server’s time goes on by 31 s before the bot asks again: it has forgotten the attempt, which must be looked for',
  runs: { bounded: 4, full: 40 },
  inject: async ({ runs, random }) => {
    await using place = await MattermostPlace.open();
    const { server } = place;
    for (let run = 1; run <= runs; run += 1) {
      const lost = server.inject(aPost, { kind: 'reset', delivered: run % 4 !== 0 }, { skip: Math.floor(random() * posts) });
      await place.say(fox(run));
      await lost.over;
      server.clock.pass(forgottenMs);
      if (random() < 0.3) await place.answered();
    }
    return await place.reckon(runs);
  },
};

/** @param serverAheadMs of the machine, from its beginning on */
async function apart(serverAheadMs: number, runs: number, random: () => number): Promise<Counts> {
  await using place = await MattermostPlace.open({ hasOwnClock: true, serverAheadMs });
  const { server } = place;
  let botAheadMs = 0;
  for (let run = 1; run <= runs; run += 1) {
    const lost = server.inject(aPost, { kind: 'reset', delivered: random() < 0.7 }, { skip: Math.floor(random() * posts) });
    await place.say(fox(run));
    await lost.over;
    server.clock.pass(forgottenMs);
    const chosen = random() < 0.5 ? dayMs : -dayMs;
    botAheadMs = botAheadMs === 0 ? chosen : 0;
    await place.setBotClock(botAheadMs);
    // Put right, as a clock that was behind is.
    if (run % 4 === 3) server.clock.pass(dayMs);
    if (run % 3 === 1) place.drop({ isForgotten: true });
    await place.say(fox(run + 100));
    if (run % 3 === 2) {
      await place.program.stop();
      await place.say(fox(run + 200));
      await place.start();
    }
    await place.answered();
  }
  // A server's clock is put back as well, and what was made since has an earlier time than what stood there before.
  const lost = server.inject(aPost, { kind: 'reset', delivered: true }, { skip: Math.floor(random() * posts) });
  await place.say(fox(500));
  server.clock.offsetMs -= dayMs;
  await lost.over;
  server.clock.pass(forgottenMs);
  const counts = await place.reckon(runs + 1);
  const toldMs = [...place.output.matchAll(/"time":"([^"]+)"/g)].map(([, time]) => Date.parse(time ?? ''));
  if (!toldMs.some((ms) => Math.abs(ms - Date.now()) > dayMs / 2)) throw new Error('The bot’s clock was where it always is.');
  return counts;
}

const skewed: FaultRow = {
  number: 45,
  platform: 'mattermost',
  title: 'Bot and server are a day apart',
  injected:
    'the server’s clock is a day ahead, or a day behind and then put right; the bot’s is put a day ahead, back and right again while it draws, an answer is lost and the WebSocket drops; it is stopped and started in between; in the end the server’s is put back by a day while an answer is lost',
  runs: { bounded: 2, full: 16 },
  inject: async ({ runs, random }) => {
    const [one, other] = random() < 0.5 ? [dayMs, -dayMs] : [-dayMs, dayMs];
    const half = Math.ceil(runs / 2);
    if (runs < 6) return apart(one, runs, random);
    return sum([await apart(one, half, random), await apart(other, runs - half, random)]);
  },
};

export const rows: readonly FaultRow[] = [restarted, tooLate, skewed];
