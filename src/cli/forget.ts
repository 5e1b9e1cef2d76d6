import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ErasedPeopleFile } from '#src/backup/erased-people.ts';
import { eraseEvent } from '#src/chat/web/erase-event.ts';
import { requestForgetting, type Forgotten } from '#src/backup/forget-requests.ts';
import { mainFile } from '#src/backup/layout.ts';
import { Erasures } from '#src/app/personal-data/erasures.ts';
import { UsageError, type Io } from '#src/cli/io.ts';
import { readOptions } from '#src/cli/options.ts';
import { readConfig, type Config } from '#src/config.ts';
import { createLog } from '#src/log.ts';
import type { Person } from '#core/personal-data-port.ts';
import { renderForgotten } from '#core/render-personal-data.ts';
import { toPlainText } from '#core/rich-text.ts';
import { userId } from '#core/types.ts';
import { FileImageStore } from '#src/store/images-files.ts';
import { SqliteStore } from '#src/store/sqlite.ts';
import { StoreInUseError } from '#src/store/store-error.ts';

/** `blitzbild forget USER_ID`: erases everything about somebody, whether the bot runs or not. */
export async function forget(args: readonly string[], { stdout, root }: Io): Promise<void> {
  const { values, positionals } = readOptions(args, { yes: { type: 'boolean', default: false } });
  const [typed, ...more] = positionals;
  if (typed === undefined || more.length > 0)
    throw new UsageError('Name one person by their id, such as: blitzbild forget @ada:example.org --yes.');
  const person = personOf(typed);
  if (!values.yes)
    throw new UsageError(
      'This erases all jobs, pictures, stars, schedules and messages of this person for good, and takes the bot’s answers out of the rooms as far as their server lets it; add --yes to do it.',
    );
  const config = readConfig(fileURLToPath(root));
  const { done, isRunning } = await forgottenBy(config, person);
  const voice = { language: 'en', prefix: '' } as const;
  stdout.write(`${toPlainText(renderForgotten({ ...done, ...voice }))}\n`);
  if (!isRunning && done.tally.bot.waiting + done.tally.person.waiting > 0)
    stdout.write('The bot does not run: messages in rooms of a server are taken back when it starts.\n');
}

/** The platform is told by the form of the id. */
function personOf(typed: string): Person {
  if (/^@\S+:room$/u.test(typed)) return { platform: 'room', user: userId(typed) };
  if (/^@[^\s:]+:\S+$/u.test(typed)) return { platform: 'matrix', user: userId(typed) };
  if (/^[a-z0-9]{26}$/u.test(typed)) return { platform: 'mattermost', user: userId(typed) };
  throw new UsageError(
    `«${typed}» is no user id: @ada:example.org is one of Matrix, 26 letters and digits are one of Mattermost, @ada:room is one of the local room.`,
  );
}

async function forgottenBy(config: Config, person: Person): Promise<{ readonly done: Forgotten; readonly isRunning: boolean }> {
  try {
    return { done: await withoutBot(config, person), isRunning: false };
  } catch (error) {
    if (!(error instanceof StoreInUseError)) throw error;
    return { done: await requestForgetting(config.dataFolder, person), isRunning: true };
  }
}

/** Nobody works on the data. */
async function withoutBot(config: Config, person: Person): Promise<Forgotten> {
  const store = new SqliteStore(join(config.dataFolder, mainFile));
  try {
    const images = await FileImageStore.open({ folder: join(config.dataFolder, 'images'), maxBytes: config.storage.maxBytes });
    const erasures = new Erasures({
      store,
      images,
      platforms: new Map([
        ['room', { remove: async (_room, event) => eraseEvent(store.history, (work) => store.transaction(work), event) }],
      ]),
      couriers: new Map(),
      // Jobs are ended here: nobody draws.
      runner: { cancel: (id) => store.jobs.end(id, 'cancelled', Date.now()) },
      erasedPeople: new ErasedPeopleFile(config.dataFolder),
      prefixes: config.prefixes,
      log: createLog('warn'),
      now: Date.now,
    });
    const done = await erasures.forget(person);
    await erasures.finished();
    return done;
  } finally {
    store.close();
  }
}
