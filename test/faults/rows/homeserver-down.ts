import { setTimeout as delay } from 'node:timers/promises';
import { synapseSkipReason } from '../../e2e/synapse/server.ts';
import { fox, FaultPlace, onRoughSynapse } from '../place.ts';
import type { FaultRow } from '../row.ts';

const killed: FaultRow = {
  number: 8,
  title: 'The homeserver is killed and comes back',
  injected: 'SIGKILL for Synapse at a random moment between acceptance and end, while pictures are drawn and sent',
  runs: { bounded: 1, full: 4 },
  skip: synapseSkipReason,
  inject: async ({ runs, random }) =>
    onRoughSynapse(async (synapse) => {
      await using place = await FaultPlace.open({ synapse });
      for (const userId of [place.bot.userId, place.ada.userId]) await synapse.liftMessageLimit(userId);
      for (let run = 1; run <= runs; run += 1) {
        for (let each = 0; each < 3; each += 1) await place.say(fox(run * 10 + each, 1 + each));
        await delay(random() * 1500);
        await synapse.kill();
        await place.say(fox(run * 10 + 5));
      }
      return await place.reckon(runs);
    }),
};

/** More than one answer of the homeserver holds. */
const manyCommands = { least: 110, most: 150 };

const longOutage: FaultRow = {
  number: 9,
  title: 'The homeserver is away, then there is more than one answer of it holds',
  injected: 'nothing reaches it; 150 commands (few runs: 110) are said before the bot is back; its first answer is cut short («limited»)',
  runs: { bounded: 1, full: 2 },
  skip: synapseSkipReason,
  inject: async ({ runs }) => {
    await using place = await FaultPlace.open({ isProxied: true });
    const count = runs > 1 ? manyCommands.most : manyCommands.least;
    for (let run = 1; run <= runs; run += 1) {
      await place.proxy.down();
      // Mostly what is answered at once, ten at a time.
      const texts = Array.from({ length: count }, (_, each) => (each % 30 === 0 ? fox(run * 1000 + each) : `!img fox --n ${each * 100}`));
      while (texts.length > 0) await Promise.all(texts.splice(0, 10).map(async (text) => place.say(text)));
      let wasCutShort = false;
      place.proxy.inject(
        { path: '/v3/sync' },
        {
          kind: 'rewrite',
          rewrite: (answer) => {
            wasCutShort ||= answer.rooms?.join?.[place.roomId]?.timeline.limited === true;
            return answer;
          },
        },
        { times: 20 },
      );
      await place.proxy.up();
      await place.answered();
      place.proxy.heal();
      if (!wasCutShort) throw new Error('The homeserver told everything at once.');
    }
    return await place.reckon(runs);
  },
};

export const rows: readonly FaultRow[] = [killed, longOutage];
