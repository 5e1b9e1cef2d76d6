/** The bot may not go on: its token, its channel or what it was asked is taken away while it draws, and given back. */
import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../../e2e/program/program.ts';
import { MattermostPlace } from '../mattermost/place.ts';
import { judge, sum, tally } from '../oracle.ts';
import { fox } from '../ordeal.ts';
import type { Counts, FaultRow } from '../row.ts';

const said = /token is not valid any more/;

const revoked: FaultRow = {
  number: 40,
  platform: 'mattermost',
  title: 'The token is revoked and given back',
  injected:
    'while the bot draws, and with the WebSocket dropped or left open and silent; commands go on; then the same token works again, or there is another one and a restart',
  runs: { bounded: 1, full: 4 },
  inject: async ({ runs, random }) => {
    await using place = await MattermostPlace.open();
    const { server, bot } = place;
    for (let run = 1; run <= runs; run += 1) {
      await place.say(fox(run * 10, 3));
      await place.say('!img fox --n 0');
      await delay(random() * 1500);
      server.revoke(place.token);
      // Left open, it is silent, and the bot finds out by its own question.
      if (run % 4 !== 2) place.drop();
      await place.say(fox(run * 10 + 5));
      const { program } = place;
      await until('the bot says so', async () => ((await isNotReady(place)) && said.test(program.stderr) ? true : undefined));
      // The bot looks once a minute whether it works again.
      const isGivenBack = run % 4 === 3;
      if (isGivenBack) server.giveBack({ userId: bot.userId, token: place.token });
      else {
        await program.stop();
        place.token = server.world.newToken(bot.userId);
        await place.start();
      }
      await place.answered();
    }
    return await place.reckon(runs);
  },
};

/** And says that it is for the token. */
async function isNotReady(place: MattermostPlace): Promise<boolean> {
  const { status, text } = await place.operations('/readyz');
  return status === 503 && /token/.test(text);
}

type Taking = {
  readonly take: (place: MattermostPlace, channelId: string) => void;
  readonly giveBack: (place: MattermostPlace, channelId: string) => void;
};

/** So long that it is far from its end when its channel goes. */
const many = 20;

/**
 * A channel of its own for each run, taken away in the middle of a job and given back; another one asks all the time. The job is not
 * counted, because nobody may tell its channel; whatever stands there must be true all the same.
 */
async function takenAway(runs: number, random: () => number, { take, giveBack }: Taking): Promise<Counts> {
  await using place = await MattermostPlace.open();
  const { ada, botId, server } = place;
  const again: Counts[] = [];
  for (let run = 1; run <= runs; run += 1) {
    const channelId = place.secondChannel(`room-${run}`);
    const stopped = await ada.say(channelId, fox(run * 100, many));
    const verdict = () => judge(place.eventsOf(channelId), botId, [stopped])[0]!;
    await until('the acknowledgement', () => (verdict().acknowledgements > 0 ? true : undefined));
    await delay(random() * 1000);
    // What was sent may have arrived or not, and its answer is lost.
    if (random() < 0.5) server.inject({ method: 'POST', path: /\/posts$/ }, { kind: 'reset', delivered: random() < 0.5 });
    take(place, channelId);
    const isUnheard = run % 2 === 0;
    if (isUnheard) place.drop({ isForgotten: true });
    await place.say(fox(run));
    await place.answered();
    if (isUnheard) await place.reconnected();
    giveBack(place, channelId);
    const asked = await ada.say(channelId, fox(run * 100 + 50));
    const found = await until('an answer after the return', () => {
      const [came] = judge(place.eventsOf(channelId), botId, [asked]);
      return came?.isLost === false ? came : undefined;
    });
    again.push(tally([found], 0));
    const before = verdict();
    if (before.isDoubled || before.pictures.size >= many) throw new Error(`The job went on without its channel: ${JSON.stringify(before)}`);
  }
  const counts = await place.reckon(runs);
  if (!/its jobs are stopped/.test(place.output)) throw new Error('The log says nothing about it.');
  return sum([counts, ...again]);
}

const archived: FaultRow = {
  number: 41,
  platform: 'mattermost',
  title: 'The channel is archived while the bot draws for it',
  injected:
    'in the middle of twenty pictures, heard of by an event or found out after the WebSocket dropped; restored; another channel asks all the time (the stopped job is not counted: nobody may tell its channel)',
  runs: { bounded: 1, full: 6 },
  inject: async ({ runs, random }) =>
    takenAway(runs, random, {
      take: ({ server, ada }, channelId) => server.archive(channelId, ada),
      giveBack: ({ server, ada }, channelId) => server.unarchive(channelId, ada),
    }),
};

const removed: FaultRow = {
  number: 42,
  platform: 'mattermost',
  title: 'The bot is removed from a channel while it draws for it',
  injected: 'as above; added again',
  runs: { bounded: 1, full: 6 },
  inject: async ({ runs, random }) =>
    takenAway(runs, random, {
      take: ({ server, ada, bot }, channelId) => server.removeFromChannel(channelId, bot, ada),
      giveBack: ({ server, ada, bot }, channelId) => server.addToChannel(channelId, bot, { by: ada }),
    }),
};

/** So long that it is far from its end when somebody deletes something. */
const long = (seed: number): string => `!img a red fox --steps 30 --n 8 --seed ${seed}`;

/** What is deleted, by turns. */
const deletions = ['acknowledgement', 'command', 'picture'] as const;

const deleted: FaultRow = {
  number: 44,
  platform: 'mattermost',
  title: 'Something is deleted while the bot draws',
  injected:
    'by turns: the acknowledgement that was to become the end, the command with its whole thread (its job is stopped, and it is not counted), a picture; heard of by an event or not',
  runs: { bounded: 2, full: 15 },
  inject: async ({ runs, random }) => {
    await using place = await MattermostPlace.open();
    const { ada, botId, server } = place;
    const withdrawn: string[] = [];
    for (let run = 1; run <= runs; run += 1) {
      const what = deletions[(run - 1) % deletions.length]!;
      const command = await ada.say(place.channelId, what === 'command' ? long(run) : fox(run * 10, 4));
      const verdict = () => place.verdicts([command])[0]!;
      const isPicture = what === 'picture';
      await until('something to delete', () => (isPicture ? verdict().pictures.size > 0 : verdict().acknowledgements > 0) || undefined);
      const own = [...server.world.posts.values()].filter((post) => post.root_id === command && post.user_id === botId);
      const target = what === 'command' ? command : own.find(({ file_ids: files }) => files.length > 0 === isPicture)!.id;
      await delay(random() * (isPicture ? 100 : 300));
      if (run % 2 === 0) place.drop({ isForgotten: random() < 0.5 });
      await ada.delete(target);
      (what === 'command' ? withdrawn : place.commands).push(command);
      if (run % 2 === 0) await place.reconnected();
      await place.say(fox(run * 10 + 5));
      await place.answered();
    }
    const counts = await place.reckon(runs);
    for (const command of withdrawn) {
      const thread = [...server.world.posts.values()].filter((post) => post.root_id === command && post.original_id === '');
      if (thread.some((post) => post.delete_at === 0)) throw new Error('Something stands below a command that is deleted.');
      if (thread.filter(({ file_ids: files }) => files.length > 0).length >= 8) throw new Error('A deleted command was drawn to its end.');
    }
    return counts;
  },
};

export const rows: readonly FaultRow[] = [revoked, archived, removed, deleted];
