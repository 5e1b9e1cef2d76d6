import { randomBytes } from 'node:crypto';
import { EncryptedPerson } from '../../e2e/synapse/encrypted-person.ts';
import { synapseSkipReason } from '../../e2e/synapse/server.ts';
import { judge, sum, tally } from '../oracle.ts';
import { fox, FaultPlace, sharedSynapse } from '../place.ts';
import type { FaultRow } from '../row.ts';

/** What the bot has to know before it may send, each asked for in its own way. */
const questions = ['/state/m.room.encryption', '/members', '/joined_members', '/keys/query'];
const page = { kind: 'answer', status: 502, headers: { 'Content-Type': 'text/html' }, body: '<html>Bad Gateway</html>' } as const;

/** The news without the event that says that a room is encrypted: it has to be asked for. */
const concealed = (answer: any): unknown => {
  for (const room of Object.values<any>(answer.rooms?.join ?? {}))
    for (const part of [room.state, room.timeline])
      if (part?.events !== undefined) part.events = part.events.filter(({ type }: any) => type !== 'm.room.encryption');
  return answer;
};

const unreadableState: FaultRow = {
  number: 31,
  title: 'Whether a room is encrypted, and for whom, can not be asked',
  injected:
    '502 for the room’s state, its members and their devices, which the news does not hold either; what the server has of the room is searched for anything in the clear',
  runs: { bounded: 1, full: 5 },
  skip: synapseSkipReason,
  inject: async ({ runs, random }) => {
    await using place = await FaultPlace.open({ isProxied: true });
    const { ada, bot, proxy } = place;
    const synapse = await sharedSynapse();
    await using rita = await EncryptedPerson.start(synapse.url, await synapse.registerUser(`rita-${randomBytes(4).toString('hex')}`));
    const counted = [];
    for (let run = 1; run <= runs; run += 1) {
      proxy.inject({ path: '/v3/sync' }, { kind: 'rewrite', rewrite: concealed }, { times: Infinity });
      const faults = questions.map((path) => proxy.inject({ path }, page, { times: 1 + Math.floor(random() * 3) }));
      const roomId = await ada.createRoom({ invite: [rita.userId], encrypted: true });
      await rita.plain.join(roomId);
      await ada.invite(roomId, bot.userId);
      await rita.until('the bot joins', async () => ((await ada.members(roomId)).includes(bot.userId) ? true : undefined));
      const commands = [await rita.say(roomId, fox(run)), await rita.say(roomId, '!img fox --n 0')];
      await rita.until('every answer', () =>
        judge(rita.events(roomId), bot.userId, commands).every(({ isLost }) => !isLost) ? true : undefined,
      );
      if (faults[0]?.count === 0) throw new Error('Nobody asked whether the room is encrypted.');
      proxy.heal();
      const seen = (await ada.events(roomId)).filter(({ sender, state_key }) => sender === bot.userId && state_key === undefined);
      const clear = seen.filter(({ type }) => type !== 'm.room.encrypted' && type !== 'm.reaction');
      if (clear.length > 0) throw new Error(`In the clear: ${clear.map(({ type }) => type).join(', ')}`);
      counted.push(tally(judge(rita.events(roomId), bot.userId, commands), 1));
    }
    await place.say(fox(9));
    return sum([await place.reckon(0), ...counted]);
  },
};

export const rows: readonly FaultRow[] = [unreadableState];
