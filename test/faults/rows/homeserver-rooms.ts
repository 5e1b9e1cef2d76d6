import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../../e2e/program/program.ts';
import { WatchedRoom } from '../../e2e/synapse/watched-room.ts';
import { synapseSkipReason } from '../../e2e/synapse/server.ts';
import { judge, sum, tally } from '../oracle.ts';
import { fox, FaultPlace } from '../place.ts';
import type { FaultRow } from '../row.ts';

/** Far from its end when its room goes. */
const long = (seed: number): string => `!img a red fox --steps 30 --n 3 --seed ${seed}`;

const isMember = async (place: FaultPlace, roomId: string): Promise<true | undefined> =>
  (await place.ada.members(roomId)).includes(place.bot.userId) ? true : undefined;

/** Another room of Ada's with the bot in it. */
async function secondRoom(place: FaultPlace): Promise<string> {
  const roomId = await place.ada.createRoom({ invite: [place.bot.userId] });
  await until('the bot joins', async () => isMember(place, roomId));
  return roomId;
}

/** Resolves when the bot has begun to answer this command. */
async function accepted(place: FaultPlace, roomId: string, command: string): Promise<void> {
  await using watched = new WatchedRoom(place.ada, roomId);
  await watched.until('the acknowledgement', (events) =>
    events.find(({ sender, content }) => sender === place.bot.userId && content['m.relates_to']?.['m.in_reply_to']?.event_id === command),
  );
}

const removed: FaultRow = {
  number: 18,
  title: 'The bot is removed from a room while it draws for it',
  injected:
    'kick or ban in the middle of twenty pictures; invited again; another room asks all the time (the stopped job is not counted: nobody may tell its room)',
  runs: { bounded: 1, full: 6 },
  skip: synapseSkipReason,
  inject: async ({ runs, random }) => {
    await using place = await FaultPlace.open();
    const { ada, bot } = place;
    const again = [];
    for (let run = 1; run <= runs; run += 1) {
      const roomId = await secondRoom(place);
      const path = `client/v3/rooms/${encodeURIComponent(roomId)}`;
      const stopped = await ada.say(roomId, fox(run * 100, 20));
      await accepted(place, roomId, stopped);
      await delay(random() * 1000);
      const how = random() < 0.5 ? 'kick' : 'ban';
      await ada.ask('POST', `${path}/${how}`, { user_id: bot.userId });
      await place.say(fox(run));
      await place.answered();
      if (how === 'ban') await ada.ask('POST', `${path}/unban`, { user_id: bot.userId });
      await ada.invite(roomId, bot.userId);
      await until('the bot is back', async () => isMember(place, roomId));
      const asked = await ada.say(roomId, fox(run * 100 + 50));
      const verdict = await until('an answer after the return', async () => {
        const [found] = judge(await ada.events(roomId), bot.userId, [asked]);
        return found?.isLost === false ? found : undefined;
      });
      again.push(tally([verdict], 0));
      const [before] = judge(await ada.events(roomId), bot.userId, [stopped]);
      if (before !== undefined && (before.isDoubled || before.pictures.size >= 20)) throw new Error('The job went on without its room.');
    }
    const counts = await place.reckon(runs);
    if (!/Removed from a room: its jobs are stopped/.test(place.output)) throw new Error('The log says nothing about it.');
    return sum([counts, ...again]);
  },
};

const upgraded: FaultRow = {
  number: 19,
  title: 'The room is upgraded while the bot draws for it',
  injected:
    'Synapse’s own upgrade in the middle of a batch, the bot invited to the new room by somebody; both histories are counted together',
  runs: { bounded: 1, full: 4 },
  skip: synapseSkipReason,
  inject: async ({ runs, random }) => {
    await using place = await FaultPlace.open();
    const { ada, bot } = place;
    const found = [];
    let met = 0;
    for (let run = 1; run <= runs; run += 1) {
      const old = await secondRoom(place);
      const command = await ada.say(old, long(run * 100));
      await accepted(place, old, command);
      await delay(random() * 1000);
      const { replacement_room: successor } = await ada.ask('POST', `client/v3/rooms/${encodeURIComponent(old)}/upgrade`, {
        new_version: '11',
      });
      if (judge(await ada.events(old), bot.userId, [command])[0]?.ends.length === 0) met += 1;
      await ada.invite(successor, bot.userId);
      await until('the bot follows', async () => isMember(place, successor));
      const asked = await ada.say(successor, fox(run * 100 + 50));
      const verdicts = await until('every answer', async () => {
        const events = [...(await ada.events(old)), ...(await ada.events(successor))];
        const both = judge(events, bot.userId, [command, asked]);
        return both.every(({ isLost }) => !isLost) ? both : undefined;
      });
      found.push({ commands: [command, asked], rooms: [old, successor], verdicts });
    }
    if (met < Math.ceil(runs / 2)) throw new Error(`Only ${met} of ${runs} upgrades met a job that was open.`);
    // Whatever would come twice has its chance to come.
    await place.say(fox(7));
    const counts = await place.reckon(runs);
    const verdicts = await Promise.all(
      found.map(async ({ commands, rooms }) => {
        const events = (await Promise.all(rooms.map(async (room) => ada.events(room)))).flat();
        const bars = events.filter(({ sender, content }) => sender === bot.userId && /[▓░]/u.test(String(content['body'])));
        if (bars.some(({ content }) => content['m.relates_to']?.rel_type !== 'm.replace'))
          throw new Error('Progress stands in the room by itself.');
        return tally(judge(events, bot.userId, commands), 0);
      }),
    );
    return sum([counts, ...verdicts]);
  },
};

export const rows: readonly FaultRow[] = [removed, upgraded];
