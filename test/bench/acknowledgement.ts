import { setTimeout as delay } from 'node:timers/promises';
import type { RunningBot } from './running-bot.ts';
import { quantile, type BenchRow } from './row.ts';
import type { WatchedChat } from './watched-chat.ts';

const TARGET_MS = 200;
const LOOP_TARGET_MS = 100;
/** Slower than anybody types, faster than the pictures are made: the queue grows and the engine never rests. */
const PAUSE_MS = 200;
const PEOPLE = 5;

/** One command: when the server had it, and when the answer was seen. */
export type Acknowledged = { readonly command: string; readonly arrivedMs: number; readonly seenMs: number };

/** Commands while the engine computes: how long until each is acknowledged, and how free the program's event loop is. */
export async function acknowledgements(
  bot: RunningBot,
  chat: WatchedChat,
  commands: number,
): Promise<{ readonly rows: readonly BenchRow[]; readonly acknowledged: readonly Acknowledged[] }> {
  const load = await chat.say('!img a fox --n 20 --steps 16', 0);
  await chat.seen('ack', load.id);
  await bot.loop();
  const sinceSent: number[] = [];
  const acknowledged: Acknowledged[] = [];
  for (let index = 0; index < commands; index++) {
    const sent = await chat.say(`!img a red apple --seed ${index}`, 1 + (index % PEOPLE));
    const seenMs = await chat.seen('ack', sent.id);
    sinceSent.push(seenMs - sent.atMs);
    acknowledged.push({ command: sent.id, arrivedMs: sent.arrivedMs, seenMs });
    // Uneven, so that no rhythm of the steps decides the result.
    await delay(PAUSE_MS * (0.5 + ((index * 7) % 10) / 10));
  }
  const loop = await bot.loop();
  const sinceArrival = acknowledged.map(({ arrivedMs, seenMs }) => seenMs - arrivedMs);
  const note = `${commands} commands while pictures are computed`;
  const rows: BenchRow[] = [
    { name: 'acknowledgement after the command, median', value: quantile(sinceArrival, 0.5), unit: 'ms', note },
    {
      name: 'acknowledgement after the command, p95',
      value: quantile(sinceArrival, 0.95),
      unit: 'ms',
      target: TARGET_MS,
      note: whatIsMeasured[chat.platform],
    },
  ];
  if (chat.platform === 'matrix') {
    rows.push({
      name: 'the same from before the sender’s request, p95',
      value: quantile(sinceSent, 0.95),
      unit: 'ms',
      note: 'with the homeserver’s own time for taking the command',
    });
  }
  rows.push({
    name: 'delay of the program’s event loop meanwhile, p99',
    value: loop.p99Ms,
    unit: 'ms',
    target: LOOP_TARGET_MS,
    note: `longest ${Math.round(loop.maxMs)} ms`,
  });
  return { rows, acknowledged };
}

const whatIsMeasured: Readonly<Record<WatchedChat['platform'], string>> = {
  room: 'from before the POST to the answer in an open page’s event stream',
  matrix: 'from the homeserver’s time stamp of the command to the answer in another member’s /sync',
  mattermost: 'from before the POST to the answer in another member’s WebSocket',
  terminal: '',
};
