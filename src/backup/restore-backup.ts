import { chown, glob, mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beginAtThePresent, lookBeforeSending, type AfterRestore } from '#src/backup/after-restore.ts';
import { BackupError } from '#src/backup/backup-error.ts';
import { copyDurably, syncFolder } from '#src/backup/durable-files.ts';
import { ErasedPeopleFile } from '#src/backup/erased-people.ts';
import {
  companions,
  cryptoFile,
  cryptoKeyFile,
  has,
  mainFile,
  markKeys,
  pictureForm,
  picturesFolder,
  referencesFile,
} from '#src/backup/layout.ts';
import { hashOfFile, readManifest, type Manifest } from '#src/backup/manifest.ts';
import { forgetRatchets } from '#src/chat/matrix/crypto/forget-ratchets.ts';
import type { Prefix } from '#core/command.ts';
import type { ModelCatalogue } from '#core/ports.ts';
import { examineDatabase, newestSchema, withHeldDatabase } from '#src/store/copy-database.ts';
import { SqliteStore } from '#src/store/sqlite.ts';
import { StoreError, StoreInUseError } from '#src/store/store-error.ts';

export type RestoreOptions = {
  readonly dataFolder: string;
  /** A folder that `makeBackup` has made. */
  readonly source: string;
  /** The data that is there may be put aside. */
  readonly mayReplace: boolean;
  /** Go on where the backup was made; else begin at the present. */
  readonly resumes: boolean;
  /** Take the backup's keys of encrypted rooms although those that are there are whole, and newer. */
  readonly withOldKeys: boolean;
  readonly nowMs: number;
  readonly prefixes: readonly Prefix[];
  readonly models: ModelCatalogue;
};

export type Restored = {
  readonly manifest: Manifest;
  /** Where the data lies that was there before. */
  readonly aside: string | undefined;
  /** `kept`: those that were there, which are newer. `renewed`: those of the backup, without what may have been used since. */
  readonly keys: 'none' | 'kept' | 'renewed' | 'as they were';
  readonly pictures: number;
  readonly after: AfterRestore | undefined;
  /** People who were erased after the backup was made, and are erased again when the bot starts. */
  readonly forgotten: number;
};

/** There is data already, and nobody has said that it may be put aside. */
export class DataThereError extends BackupError {}

/**
 * Puts a backup in the place of a bot's data. All of it is checked and prepared beside its place; the main database comes last.
 * @throws BackupError, StoreInUseError where a bot runs
 */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const { dataFolder, source } = options;
  const manifest = await readManifest(source);
  examineFiles(source, manifest);
  if (has(dataFolder, mainFile) && !options.mayReplace)
    throw new DataThereError(`${dataFolder} holds the data of a bot already; add --yes to put it aside and the backup in its place.`);
  await mkdir(dataFolder, { recursive: true, mode: 0o700 });
  const prepared = join(dataFolder, `.restore-${process.pid}`);
  try {
    return await whileNobodyRuns(dataFolder, async () => {
      const keys = keysToTake(options);
      const { after, forgotten } = await prepare(options, manifest, prepared, keys);
      const pictures = await putPictures(source, dataFolder);
      const aside = await putInPlace(dataFolder, prepared, options.nowMs);
      return { manifest, aside, keys, pictures, after, forgotten };
    });
  } finally {
    await rm(prepared, { recursive: true, force: true });
  }
}

function examineFiles(source: string, { schema, files }: Manifest): void {
  if (!files.some(({ path }) => path === mainFile)) throw new BackupError(`the backup ${source} lacks ${mainFile}: take another one.`);
  if (schema > newestSchema) throw new BackupError(`the backup ${source} was made by a newer Blitzbild: update this one first.`);
}

/** A damaged database can't be held, and no bot starts on it. */
async function whileNobodyRuns<Result>(dataFolder: string, work: () => Promise<Result>): Promise<Result> {
  if (!has(dataFolder, mainFile)) return work();
  let isHeld = false;
  try {
    return await withHeldDatabase(join(dataFolder, mainFile), async () => {
      isHeld = true;
      return work();
    });
  } catch (error) {
    if (isHeld || error instanceof StoreInUseError || !(error instanceof StoreError)) throw error;
    return work();
  }
}

function keysToTake({ source, dataFolder, withOldKeys, resumes }: RestoreOptions): Restored['keys'] {
  if (!has(source, cryptoFile)) return has(dataFolder, cryptoFile) ? 'kept' : 'none';
  const isWhole = has(dataFolder, cryptoFile) && !('fault' in examineDatabase(join(dataFolder, cryptoFile)));
  if (isWhole && !withOldKeys) return 'kept';
  return resumes ? 'as they were' : 'renewed';
}

async function prepare(
  options: RestoreOptions,
  manifest: Manifest,
  prepared: string,
  keys: Restored['keys'],
): Promise<Pick<Restored, 'after' | 'forgotten'>> {
  const { source, resumes, nowMs } = options;
  if (keys === 'renewed' || keys === 'as they were') {
    for (const file of [cryptoFile, cryptoKeyFile]) if (has(source, file)) await copyDurably(join(source, file), join(prepared, file));
    if (keys === 'renewed') forgetRatchets(join(prepared, cryptoFile));
  }
  if (has(source, referencesFile)) await copyDurably(join(source, referencesFile), join(prepared, referencesFile));
  for (const file of markKeys.flat()) if (has(source, file)) await copyDurably(join(source, file), join(prepared, file));
  await copyDurably(join(source, mainFile), join(prepared, mainFile));
  const store = new SqliteStore(join(prepared, mainFile));
  try {
    const forgotten = await forgetAgain(store, options, manifest);
    if (!resumes) return { after: beginAtThePresent(store, options), forgotten };
    lookBeforeSending(store, nowMs);
    return { after: undefined, forgotten };
  } finally {
    store.close();
  }
}

/** A backup knows people whom the bot has erased since: their erasure is asked for once more, and is the first thing that the bot does. */
async function forgetAgain(store: SqliteStore, { dataFolder, nowMs }: RestoreOptions, { madeAt }: Manifest): Promise<number> {
  const erased = await new ErasedPeopleFile(dataFolder).erasedSince(store.personal.people(), Date.parse(madeAt));
  for (const person of erased) store.personal.begin({ ...person, isDirect: false, language: 'en', nowMs });
  return erased.length;
}

/** Pictures that are there stay: a name is the hash of its content. */
async function putPictures(source: string, dataFolder: string): Promise<number> {
  const from = join(source, picturesFolder);
  let count = 0;
  for await (const file of glob('*/*/*', { cwd: from })) {
    const path = file.replaceAll('\\', '/');
    const hash = pictureForm.exec(path)?.[1];
    const target = join(dataFolder, picturesFolder, path);
    if (hash === undefined || has(dataFolder, join(picturesFolder, path))) continue;
    if ((await hashOfFile(join(from, path))) !== hash)
      throw new BackupError(`the picture ${path} of the backup is damaged: take another backup.`);
    const beside = join(dataFolder, picturesFolder, `.${path.split('/').at(-1)}.0.tmp`);
    await copyDurably(join(from, path), beside);
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    await ownAs(dataFolder, [beside, dirname(dirname(target)), dirname(target)]);
    await rename(beside, target);
    count += 1;
  }
  return count;
}

/** @returns where what was there lies now */
async function putInPlace(dataFolder: string, prepared: string, nowMs: number): Promise<string | undefined> {
  const aside = join(dataFolder, `before-restore-${new Date(nowMs).toISOString().replaceAll(':', '-').slice(0, 19)}`);
  let isUsed = false;
  const putAside = async (files: readonly string[]): Promise<void> => {
    for (const old of files.filter((name) => has(dataFolder, name))) {
      await mkdir(dirname(join(aside, old)), { recursive: true, mode: 0o700 });
      await rename(join(dataFolder, old), join(aside, old));
      isUsed = true;
    }
  };
  const put = async (file: string): Promise<void> => {
    await mkdir(dirname(join(dataFolder, file)), { recursive: true, mode: 0o700 });
    await rename(join(prepared, file), join(dataFolder, file));
    await ownAs(dataFolder, [dirname(join(dataFolder, file)), join(dataFolder, file)]);
    await syncFolder(dirname(join(dataFolder, file)));
  };
  for (const set of markKeys) {
    const files = set.filter((name) => has(prepared, name));
    // A key of today beside a certificate of the backup would be refused.
    if (files.length > 0) await putAside(set);
    for (const file of files) await put(file);
  }
  for (const file of [cryptoKeyFile, cryptoFile, referencesFile, mainFile].filter((name) => has(prepared, name))) {
    // A log beside another database than its own would be read into it.
    await putAside([file, ...companions(file)]);
    await put(file);
  }
  return isUsed ? aside : undefined;
}

/** Whoever is root gives the files to the user who runs the bot. */
async function ownAs(dataFolder: string, paths: readonly string[]): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = await stat(dataFolder);
  for (const path of paths) await chown(path, uid, gid);
}
