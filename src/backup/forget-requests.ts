import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '#src/app/log-port.ts';
import { BackupError } from '#src/backup/backup-error.ts';
import { writeDurably } from '#src/backup/durable-files.ts';
import type { ErasureCounts, Person, RemovalTally } from '#core/personal-data-port.ts';

/**
 * How `blitzbild forget` asks a bot that runs to forget somebody: by a file in its data folder, as backups are asked for.
 *   ID.request, by the asker → ID.taken → ID.done with what became of it, or ID.failed, by the bot
 */
const folderName = 'forget-requests';
const LOOK_EVERY_MS = 500;
const ANSWER_WITHIN_MS = 30_000;
const DONE_WITHIN_MS = 10 * 60_000;
const requestForm = /^([0-9a-f]{16})\.request$/;

export type Forgotten = { readonly counts: ErasureCounts; readonly tally: RemovalTally };

/** The bot's side: looks for requests and carries them out side by side. */
export class ForgetRequests implements AsyncDisposable {
  readonly #folder: string;
  readonly #forget: (person: Person) => Promise<Forgotten>;
  readonly #log: Log;
  readonly #timer: NodeJS.Timeout;

  private constructor(folder: string, forget: (person: Person) => Promise<Forgotten>, log: Log) {
    this.#folder = folder;
    this.#forget = forget;
    this.#log = log;
    this.#timer = setInterval(() => void this.#look(), LOOK_EVERY_MS);
    this.#timer.unref();
  }

  static async open(dataFolder: string, forget: (person: Person) => Promise<Forgotten>, log: Log): Promise<ForgetRequests> {
    const folder = join(dataFolder, folderName);
    // What an earlier process left: who was to be forgotten is in the store by now, or is asked for again.
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return new ForgetRequests(folder, forget, log);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #look(): Promise<void> {
    const names = await readdir(this.#folder).catch(() => []);
    for (const name of names) {
      const id = requestForm.exec(name)?.[1];
      if (id === undefined) continue;
      this.#answer(id).catch((error: unknown) => this.#log.warn({ err: error }, 'A request to forget somebody could not be answered'));
    }
  }

  async #answer(id: string): Promise<void> {
    const at = (ending: string): string => join(this.#folder, `${id}${ending}`);
    await rename(at('.request'), at('.taken'));
    try {
      const person = JSON.parse(await readFile(at('.taken'), 'utf8')) as Person;
      // Nothing of it may outlive what it asks for.
      await rm(at('.taken'));
      await writeDurably(at('.done'), JSON.stringify(await this.#forget(person)));
    } catch (error) {
      await writeDurably(at('.failed'), error instanceof Error ? error.message : String(error)).catch(() => {});
      throw error;
    }
  }
}

/**
 * The asker's side.
 * @throws BackupError where the bot does not answer, or can't
 */
export async function requestForgetting(
  dataFolder: string,
  person: Person,
  { answerWithinMs = ANSWER_WITHIN_MS }: { readonly answerWithinMs?: number } = {},
): Promise<Forgotten> {
  const folder = join(dataFolder, folderName);
  const id = randomBytes(8).toString('hex');
  const at = (ending: string): string => join(folder, `${id}${ending}`);
  try {
    await writeDurably(at('.request'), JSON.stringify(person)).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      throw new BackupError(
        `${dataFolder} is in use, but not by a bot that can forget somebody while it runs: stop it, and run this once more.`,
        {
          cause: error,
        },
      );
    });
    return await untilDone(folder, id, answerWithinMs);
  } finally {
    for (const ending of ['.request', '.taken', '.done', '.failed']) await rm(at(ending), { force: true });
  }
}

async function untilDone(folder: string, id: string, answerWithinMs: number): Promise<Forgotten> {
  for (let waitedMs = 0; waitedMs < DONE_WITHIN_MS; waitedMs += LOOK_EVERY_MS) {
    const names = await readdir(folder).catch(() => undefined);
    if (names === undefined) throw new BackupError('the bot ended before it was done: run this once more, whether it runs again or not.');
    if (names.includes(`${id}.done`)) return JSON.parse(await readFile(join(folder, `${id}.done`), 'utf8')) as Forgotten;
    if (names.includes(`${id}.failed`))
      throw new BackupError(`the bot could not do it: ${await readFile(join(folder, `${id}.failed`), 'utf8')}`);
    if (waitedMs >= answerWithinMs && names.includes(`${id}.request`))
      throw new BackupError('the bot runs but does not answer: stop it (it may hang), and run this once more.');
    await delay(LOOK_EVERY_MS);
  }
  throw new BackupError(
    'the bot is still at it after ten minutes: it goes on by itself, also after a restart; run this once more to hear of its end.',
  );
}
