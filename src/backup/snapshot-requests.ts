import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '#src/app/log-port.ts';
import { BackupError } from '#src/backup/backup-error.ts';

/**
 * How `blitzbild backup` asks a bot that runs, whose databases nobody else can read, for copies of them: by a file in its data folder, so
 * that whoever may write there may ask, and no port and no password are needed.
 *   ID.request, by the asker → ID.taken → the folder ID with the copies, then ID.ready or ID.failed, by the bot
 */
const folderName = 'backup-requests';
const LOOK_EVERY_MS = 500;
const ANSWER_WITHIN_MS = 30_000;
const COPY_WITHIN_MS = 30 * 60_000;
const requestForm = /^([0-9a-f]{16})\.request$/;

/** One database of a bot that runs. */
export type SnapshotSource = {
  /** In the copy, such as `blitzbild.sqlite`. */
  readonly file: string;
  readonly snapshot: (path: string) => Promise<void>;
};

/** The bot's side: looks for requests and answers them, one after the other. */
export class SnapshotRequests implements AsyncDisposable {
  readonly #folder: string;
  readonly #sources: () => readonly SnapshotSource[];
  readonly #log: Log;
  readonly #timer: NodeJS.Timeout;
  #working: Promise<void> | undefined;

  private constructor(folder: string, sources: () => readonly SnapshotSource[], log: Log) {
    this.#folder = folder;
    this.#sources = sources;
    this.#log = log;
    this.#timer = setInterval(() => {
      this.#working ??= this.#look().finally(() => {
        this.#working = undefined;
      });
    }, LOOK_EVERY_MS);
    this.#timer.unref();
  }

  /** @param sources copied in this order: what a later one holds is never older than what an earlier one knows of */
  static async open(dataFolder: string, sources: () => readonly SnapshotSource[], log: Log): Promise<SnapshotRequests> {
    const folder = join(dataFolder, folderName);
    // What an earlier process left.
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return new SnapshotRequests(folder, sources, log);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#working;
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #look(): Promise<void> {
    const names = await readdir(this.#folder).catch(() => []);
    for (const name of names) {
      const id = requestForm.exec(name)?.[1];
      if (id !== undefined)
        await this.#answer(id).catch((error: unknown) => this.#log.warn({ err: error }, 'A request for a backup could not be answered'));
    }
  }

  async #answer(id: string): Promise<void> {
    const at = (ending: string): string => join(this.#folder, `${id}${ending}`);
    await rename(at('.request'), at('.taken'));
    const startedAtMs = performance.now();
    try {
      for (const { file, snapshot } of this.#sources()) {
        await mkdir(join(at(''), file, '..'), { recursive: true, mode: 0o700 });
        await snapshot(join(at(''), file));
      }
      await writeFile(at('.ready'), '');
      this.#log.info({ ms: Math.round(performance.now() - startedAtMs) }, 'Copies of the databases were made for a backup');
    } catch (error) {
      await rm(at(''), { recursive: true, force: true });
      await writeFile(at('.failed'), error instanceof Error ? error.message : String(error));
      this.#log.warn({ err: error }, 'Copies of the databases for a backup could not be made');
    }
  }
}

/**
 * The asker's side.
 * @returns the folder with the copies, and what removes it
 * @throws BackupError where the bot does not answer, or can't
 */
export async function requestSnapshot(
  dataFolder: string,
  { answerWithinMs = ANSWER_WITHIN_MS }: { readonly answerWithinMs?: number } = {},
): Promise<{ readonly folder: string; readonly remove: () => Promise<void> }> {
  const folder = join(dataFolder, folderName);
  const id = randomBytes(8).toString('hex');
  const endings = ['', '.request', '.taken', '.ready', '.failed'];
  const remove = async (): Promise<void> => {
    for (const ending of endings) await rm(join(folder, id + ending), { recursive: true, force: true });
  };
  try {
    await writeFile(join(folder, `${id}.request`), '');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') throw error;
    throw new BackupError(
      `${dataFolder} is in use, but not by a bot that can make a backup while it runs: stop the program that has it, and run this once more.`,
      { cause: error },
    );
  }
  try {
    await untilReady(folder, id, answerWithinMs);
    return { folder: join(folder, id), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function untilReady(folder: string, id: string, answerWithinMs: number): Promise<void> {
  for (let waitedMs = 0; waitedMs < COPY_WITHIN_MS; waitedMs += LOOK_EVERY_MS) {
    const names = await readdir(folder).catch(() => undefined);
    if (names === undefined) throw new BackupError('the bot ended before it had made the copies: run this once more.');
    if (names.includes(`${id}.ready`)) return;
    if (names.includes(`${id}.failed`)) {
      const reason = await readFile(join(folder, `${id}.failed`), 'utf8');
      throw new BackupError(`the bot could not make the copies: ${reason.replace(/\.$/, '')}.`);
    }
    if (waitedMs >= answerWithinMs && names.includes(`${id}.request`))
      throw new BackupError('the bot runs but does not answer: stop it (it may hang), and run this once more.');
    await delay(LOOK_EVERY_MS);
  }
  throw new BackupError('the bot has not made the copies within half an hour: look into its log.');
}
