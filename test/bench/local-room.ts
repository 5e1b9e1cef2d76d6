import { acknowledgements } from './acknowledgement.ts';
import { times, type Bench } from './bench.ts';
import { overheadRows, singlePictures } from './overhead.ts';
import { RoomChat } from './room-chat.ts';
import { RunningBot } from './running-bot.ts';

const PICTURES = 31;
const COMMANDS = 60;

export const localRoom: Bench = {
  name: 'room',
  title: 'The local room, with the embedded model',
  async run(options) {
    await using bot = await RunningBot.start();
    const chat = new RoomChat(bot.url);
    const passed = await singlePictures(chat, times(PICTURES, options));
    const { rows } = await acknowledgements(bot, chat, times(COMMANDS, options));
    await chat.close();
    await bot.stop();
    return { rows: [...rows, ...overheadRows(bot.storePath, chat, passed)] };
  },
};
