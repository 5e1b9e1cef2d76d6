import { DatabaseSync } from 'node:sqlite';
import type { Clock } from '#src/clock.ts';
import { systemTimers } from '#src/app/schedules/scheduler.ts';
import { until } from '../../e2e/program/program.ts';
import { EncryptedPerson } from '../../e2e/synapse/encrypted-person.ts';
import { Team } from '../../e2e/program/team.ts';
import { synapseSkipReason, serverName } from '../../e2e/synapse/server.ts';
import { judge, tally } from '../oracle.ts';
import { fox, onRoughSynapse } from '../place.ts';
import { FaultProxy } from '../proxy.ts';
import type { FaultRow } from '../row.ts';

const botId = `@bot:${serverName}`;
/** More than the day for which a homeserver knows what it was sent. */
const dayMs = 25 * 3_600_000;

/** In rooms that are encrypted by turns, so that each has both. */
const directions = ['ahead', 'back', 'ahead', 'ahead', 'back', 'back'] as const;
const sending = /\/send\/m\.room\.(message|encrypted)\//;

/** Goes on as the machine's does, from where it is put. */
class MovedClock implements Clock {
  aheadMs = 0;
  readonly timers = systemTimers;
  readonly now = (): number => Date.now() + this.aheadMs;
}

/** As after a day: the server no longer knows which transaction made which message. */
function forgetTransactions(database: string): Promise<void> {
  const opened = new DatabaseSync(database);
  try {
    const { changes } = opened.prepare('DELETE FROM event_txn_id_device_id').run();
    if (changes === 0) throw new Error('The homeserver knew no transactions.');
  } finally {
    opened.close();
  }
  return Promise.resolve();
}

const dayApart: FaultRow = {
  number: 25,
  title: 'The clock is put a day ahead, or back',
  injected:
    'by turns and in encrypted rooms, too, between a message whose answer was lost and its next attempt; Synapse is killed and has forgotten its transactions, as after a day',
  runs: { bounded: 2, full: 6 },
  skip: synapseSkipReason,
  inject: async ({ runs, random }) =>
    onRoughSynapse(async (synapse) => {
      await using proxy = await FaultProxy.start(synapse.url);
      const clock = new MovedClock();
      await using team = await Team.gather(synapse, clock, { homeserverUrl: proxy.url });
      const { ada, room } = team;
      await using rita = await EncryptedPerson.start(synapse.url, await synapse.registerUser('rita'));
      for (const userId of [botId, ada.userId, rita.userId]) await synapse.liftMessageLimit(userId);
      const secret = await ada.createRoom({ invite: [botId, rita.userId], encrypted: true });
      await rita.plain.join(secret);
      await until('the bot joins', async () => ((await ada.members(secret)).includes(botId) ? true : undefined));
      const open: string[] = [];
      const sealed: string[] = [];
      const verdicts = async () => [...judge(await ada.events(room.roomId), botId, open), ...judge(rita.events(secret), botId, sealed)];
      const answered = async (): Promise<unknown> =>
        until('every answer', async () => ((await verdicts()).every(({ isLost }) => !isLost) ? true : undefined));
      for (let run = 1; run <= runs; run += 1) {
        // The acknowledgement, the picture or the end.
        const skip = Math.floor(random() * 3);
        const lost = proxy.inject({ method: 'PUT', path: sending }, { kind: 'reset', delivered: true }, { skip });
        if (run % 2 === 1) open.push(await ada.say(room.roomId, fox(run)));
        else sealed.push(await rita.say(secret, fox(run)));
        await lost.happened;
        // It is in the room, and the bot does not know.
        const unanswered = (): number => proxy.seen.filter(({ status, path }) => status === 0 && sending.test(path)).length;
        await until('the message arrives', () => (unanswered() === run ? true : undefined));
        await proxy.down();
        clock.aheadMs += directions[run % directions.length] === 'back' ? -dayMs : dayMs;
        await synapse.kill(forgetTransactions);
        await proxy.up();
        await answered();
      }
      // Whatever would come twice has its chance to come.
      open.push(await ada.say(room.roomId, fox(98)));
      sealed.push(await rita.say(secret, fox(99)));
      await answered();
      await team.stop();
      const isLookedFor = proxy.seen.some(({ path, status }) => path.includes('/context/') && status === 200);
      if (!isLookedFor || !proxy.seen.some(({ path }) => path.endsWith('/messages'))) throw new Error('Nothing was looked for.');
      const came = await verdicts();
      for (const { isDoubled, acknowledgements, ends, pictures } of came)
        if (isDoubled)
          process.stderr.write(`Twice: ${acknowledgements} acknowledgements, ${[...pictures].join(' ')}, ${ends.join(' | ')}\n`);
      return tally(came, runs);
    }),
};

export const rows: readonly FaultRow[] = [dayApart];
