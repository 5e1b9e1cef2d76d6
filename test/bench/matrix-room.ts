import { Person } from '../e2e/synapse/person.ts';
import { startSynapse, synapseSkipReason } from '../e2e/synapse/server.ts';
import { eventId } from '#core/types.ts';
import { SqliteStore } from '#src/store/sqlite.ts';
import { acknowledgements, type Acknowledged } from './acknowledgement.ts';
import { times, type Bench, type BenchOptions } from './bench.ts';
import { MatrixChat } from './matrix-chat.ts';
import { overheadRows, singlePictures } from './overhead.ts';
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
    const { rows, acknowledged } = await acknowledgements(bot, chat, times(COMMANDS, options));
    const echo = await echoRow(chat, options);
    await chat.close();
    await bot.stop();
    return {
      rows: [...rows, ...ackParts(bot.storePath, chat, acknowledged), echo, ...overheadRows(bot.storePath, chat, passed)],
      remark:
        'Synapse runs on the same cores as everything else here, with SQLite as its database; two uploads per picture are part of the overhead.',
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
    name: 'the homeserver alone, p95',
    value: quantile(echoes, 0.95),
    unit: 'ms',
    note: 'a message of one person in another’s /sync, meanwhile',
  };
}
