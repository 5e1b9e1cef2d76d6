/** Events that do not come, come late, twice or in another order: what the WebSocket of Mattermost does to its listeners. */
import { setTimeout as delay } from 'node:timers/promises';
import { MattermostPlace } from '../mattermost/place.ts';
import { fox } from '../ordeal.ts';
import type { FaultRow } from '../row.ts';

const refused = '!img fox --n 0';
const burst = 8;

/** Says eight commands at once and breaks something in the middle of them, or says one and breaks it while it is drawn. */
async function sayAround(place: MattermostPlace, run: number, random: () => number, breaks: () => void): Promise<void> {
  if (run % 2 === 0) {
    await place.say(fox(run * 100, 2));
    await delay(random() * 900);
    breaks();
    return;
  }
  const cut = Math.floor(random() * burst);
  for (let each = 0; each < burst; each += 1) {
    if (each === cut) breaks();
    await place.say(each % 4 === 0 ? fox(run * 100 + each) : refused);
  }
}

const dropped: FaultRow = {
  number: 33,
  platform: 'mattermost',
  title: 'The WebSocket drops',
  injected:
    'every connection ends while a picture is drawn, or in the middle of eight commands that are said at once; one stays open and is silent',
  runs: { bounded: 2, full: 14 },
  inject: async ({ runs, random }) => {
    await using place = await MattermostPlace.open();
    for (let run = 1; run <= runs; run += 1) {
      // Found out by the bot's own question, which it asks twice a minute.
      const isSilent = run === 10;
      const how = random() < 0.5 ? 'reset' : 'close';
      await sayAround(place, run, random, () => (isSilent ? place.stall() : place.drop({ how })));
      await place.reconnected();
    }
    return await place.reckon(runs);
  },
};

const gap: FaultRow = {
  number: 34,
  platform: 'mattermost',
  title: 'A gap in the sequence numbers',
  injected:
    'up to four events in a row never leave the server, commands among them, and the numbers go on behind them; by turns it has them still, or not',
  runs: { bounded: 2, full: 14 },
  inject: async ({ runs, random }) => {
    await using place = await MattermostPlace.open();
    for (let run = 1; run <= runs; run += 1) {
      await sayAround(place, run, random, () => place.swallow(1 + Math.floor(random() * 4), { isKept: random() < 0.5 }));
      // The gap is seen at the next event, whatever that is.
      await place.reconnected(async () => place.chat('good morning'));
    }
    return await place.reckon(runs);
  },
};

const newConnection: FaultRow = {
  number: 35,
  platform: 'mattermost',
  title: 'The server has forgotten the connection',
  injected:
    'the WebSocket drops and the next one has a new id, so nothing is repeated: the server forgot it, or another node answers; commands are said meanwhile, and right behind its hello',
  runs: { bounded: 1, full: 12 },
  inject: async ({ runs, random }) => {
    await using place = await MattermostPlace.open();
    for (let run = 1; run <= runs; run += 1) {
      const isOtherNode = random() < 0.5;
      place.server.newConnectionIds = isOtherNode;
      await sayAround(place, run, random, () => place.drop({ isForgotten: !isOtherNode }));
      await place.say(refused);
      await place.reconnected();
      await place.say(fox(run * 100 + 50));
    }
    return await place.reckon(runs);
  },
};

const twice: FaultRow = {
  number: 48,
  platform: 'mattermost',
  title: 'The same events twice, and in another order',
  injected:
    'each event comes twice and a random one again much later, some wait until others have overtaken them; the clock of the server stands still, and the program is killed in between',
  runs: { bounded: 4, full: 40 },
  inject: async ({ runs, random }) => {
    await using place = await MattermostPlace.open();
    place.scramble(random);
    for (let run = 1; run <= runs; run += 1) {
      if (run % 5 === 2) place.server.clock.frozenAtMs = place.server.clock.now();
      await place.say(run % 3 === 0 ? '!img queue' : fox(run));
      if (run % 5 === 4) {
        place.server.clock.frozenAtMs = undefined;
        if (random() < 0.5) await place.program.kill();
        else await place.program.stop();
        await place.say(fox(run + 1000));
        await place.start();
      }
    }
    place.server.clock.frozenAtMs = undefined;
    return await place.reckon(runs);
  },
};

export const rows: readonly FaultRow[] = [dropped, gap, newConnection, twice];
