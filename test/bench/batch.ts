import { times, type Bench } from './bench.ts';
import { RoomChat } from './room-chat.ts';
import { quantile } from './row.ts';
import { RunningBot } from './running-bot.ts';

const ROUNDS = 5;
const STYLES = ['watercolor', 'pixel-art', 'neon', 'sketch'] as const;
const EACH = 5;
const PICTURES = STYLES.length * EACH;

/** From the command's being sent until the end of its job was seen. */
async function jobMs(chat: RoomChat, text: string): Promise<number> {
  const sent = await chat.say(text, 1);
  return (await chat.seen('end', sent.id)) - sent.atMs;
}

/** The showcase: one prompt in four styles, five pictures each, against the same pictures asked for one by one. */
export const batch: Bench = {
  name: 'batch',
  title: 'Twenty pictures in four styles, with the embedded model',
  async run(options) {
    await using bot = await RunningBot.start();
    const chat = new RoomChat(bot.url);
    // Both once before they count, as everywhere here.
    await jobMs(chat, '!img a fox in the snow');
    await jobMs(chat, `!img a fox in the snow --style ${STYLES.join(',')}`);
    const [together, alone]: [number[], number[]] = [[], []];
    for (let round = 0; round < times(ROUNDS, options); round++) {
      const seed = 100 * round;
      together.push(await jobMs(chat, `!img a fox in the snow --style ${STYLES.join(',')} --n ${EACH} --seed ${seed}`));
      let sumMs = 0;
      for (const style of STYLES)
        for (let index = 0; index < EACH; index++)
          sumMs += await jobMs(chat, `!img a fox in the snow --style ${style} --seed ${seed + index}`);
      alone.push(sumMs);
    }
    await chat.close();
    await bot.stop();
    const [batchMs, singleMs] = [quantile(together, 0.5), quantile(alone, 0.5)];
    return {
      rows: [
        {
          name: `one batch of ${PICTURES}, median`,
          value: batchMs / 1000,
          unit: 's',
          target: 29,
          note: `command sent until the timing line is seen; contact sheet included; ${together.length} rounds`,
        },
        { name: 'the same, a picture', value: batchMs / PICTURES, unit: 'ms' },
        { name: `the same ${PICTURES} pictures as single commands, one after another, median`, value: singleMs / 1000, unit: 's' },
        {
          name: 'ratio of the two',
          value: batchMs / singleMs,
          unit: '×',
          target: 1,
          note: 'below 1: encoding and sending overlap with the next picture',
        },
      ],
    };
  },
};
