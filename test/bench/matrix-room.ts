import { Person } from '../e2e/synapse/person.ts';
import { startSynapse, synapseSkipReason } from '../e2e/synapse/server.ts';
import { eventId } from '#core/types.ts';
import { SqliteStore } from '#src/store/sqlite.ts';
import { acknowledgements, type Acknowledged } from './acknowledgement.ts';
import { times, type Bench, type BenchOptions } from './bench.ts';
import { MatrixChat } from './matrix-chat.ts';
import { OVERHEAD_TARGET_MS, overheadRows, singlePictures } from './overhead.ts';
import { plainPictureMs, type PictureFiles } from './plain-picture.ts';
import { quantile, type BenchRow } from './row.ts';
import { RunningBot } from './running-bot.ts';

const PICTURES = 21;
const COMMANDS = 50;
const ECHOES = 20;
const JOINED_WITHIN_MS = 60_000;

export const matrixRoom: Bench = {
  name: 'matrix',
  title: 'A Matrix room, with the embedded model',
  async run(options) {
    const skip = await synapseSkipReason();
    if (skip !== undefined) return { skip };
    await using synapse = await startSynapse();
    const account = await synapse.registerUser('bot');
    await using bot = await RunningBot.start({ MATRIX_HOMESERVER_URL: synapse.url, MATRIX_ACCESS_TOKEN: account.accessToken });
    const names = ['watcher', 'ada', 'ben', 'cleo'];
    const accounts = await Promise.all(names.map((name) => synapse.registerUser(name)));
    const [watcher, ...people] = accounts.map((registered) => new Person(synapse.url, registered));
    const roomId = await watcher!.createRoom({ invite: [account.userId, ...people.map(({ userId }) => userId)] });
    for (const person of people) await person.join(roomId);
    await joined(watcher!, roomId, account.userId);

    const chat = new MatrixChat({ roomId, bot: account.userId, watcher: watcher!, people });
    const passed = await singlePictures(chat, times(PICTURES, options));
    const alone = await homeserverPart(chat, watcher!, times(PICTURES, options), (files) =>
      plainPictureMs(synapse.url, accounts[1]!, roomId, files),
    );
    const { rows, acknowledged } = await acknowledgements(bot, chat, times(COMMANDS, options));
    const echo = await echoRow(chat, options);
    await chat.close();
    await bot.stop();
    const whole = overheadRows(bot.storePath, chat, passed);
    const botAlone: BenchRow = {
      name: 'bot overhead per picture without the homeserver’s part, median',
      value: whole[0]!.value - alone.value,
      unit: 'ms',
      target: OVERHEAD_TARGET_MS,
    };
    return {
      rows: [...rows, ...ackParts(bot.storePath, chat, acknowledged), echo, ...whole, alone, botAlone],
      remark:
        'Synapse runs on the same cores as everything else here, with SQLite as its database. What it takes itself for two uploads and a message is part of the bot’s overhead per picture; the last rows say how much that is.',
    };
  },
};

/** Where the time of an acknowledgement went: the homeserver's way to the bot, the bot, the homeserver's way out. */
function ackParts(storePath: string, chat: MatrixChat, acknowledged: readonly Acknowledged[]): BenchRow[] {
  const store = new SqliteStore(storePath);
  try {
    const parts = acknowledged.map(({ command, arrivedMs, seenMs }) => {
      const queuedMs = store.jobs.ofCommand('matrix', eventId(command))?.queuedAtMs ?? Number.NaN;
      const stampedMs = chat.ackStampedMs(command) ?? Number.NaN;
      return { toBot: queuedMs - arrivedMs, toServer: stampedMs - queuedMs, toPeople: seenMs - stampedMs };
    });
    const row = (name: string, part: (parts: { toBot: number; toServer: number; toPeople: number }) => number): BenchRow => ({
      name: `of which ${name}, median`,
      value: quantile(parts.map(part), 0.5),
      unit: 'ms',
    });
    return [
      row('until the bot has queued the job', ({ toBot }) => toBot),
      row('until the homeserver has the answer', ({ toServer }) => toServer),
      row('until another member sees it', ({ toPeople }) => toPeople),
    ];
  } finally {
    store.close();
  }
}

async function homeserverPart(
  chat: MatrixChat,
  watcher: Person,
  count: number,
  send: (files: readonly PictureFiles[]) => Promise<number>,
): Promise<BenchRow> {
  const content = chat.latestPicture;
  if (content === undefined) throw new Error('no picture has come');
  const files = await Promise.all([content['info'].thumbnail_url, content['url']].map((address: string) => watcher.download(address)));
  const taken: number[] = [];
  for (let index = 0; index < count; index++) taken.push(await send(files));
  return {
    name: 'the homeserver alone, a picture, median',
    value: quantile(taken, 0.5),
    unit: 'ms',
    note: 'the same two files and a message by plain requests, nothing else going on',
  };
}

async function joined(person: Person, roomId: string, userId: string): Promise<void> {
  const deadline = Date.now() + JOINED_WITHIN_MS;
  while (!(await person.members(roomId)).includes(userId)) {
    if (Date.now() > deadline) throw new Error('the bot did not join the room');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** While the engine is still at work on the queue. */
async function echoRow(chat: MatrixChat, options: BenchOptions): Promise<BenchRow> {
  const echoes: number[] = [];
  for (let count = times(ECHOES, options); count > 0; count--) echoes.push(await chat.echoMs());
  return {
    name: 'the homeserver alone, a message, p95',
    value: quantile(echoes, 0.95),
    unit: 'ms',
    note: 'a message of one person in another’s /sync, meanwhile',
  };
}
