import { glob, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BackupError } from '#src/backup/backup-error.ts';
import { copyDurably, syncFolder } from '#src/backup/durable-files.ts';
import {
  cryptoFile,
  cryptoKeyFile,
  has,
  mainFile,
  manifestFile,
  markKeys,
  pictureForm,
  picturesFolder,
  referencesFile,
} from '#src/backup/layout.ts';
import { hashOfFile, listOf, type Manifest } from '#src/backup/manifest.ts';
import { requestSnapshot } from '#src/backup/snapshot-requests.ts';
import { examineDatabase, withHeldDatabase } from '#src/store/copy-database.ts';
import { copyLibrary } from '#src/store/copy-library.ts';
import { StoreInUseError, troubleOf } from '#src/store/store-error.ts';

export type BackupOptions = {
  readonly dataFolder: string;
  /** Is made; must be empty where it exists. */
  readonly target: string;
  readonly withPictures: boolean;
  readonly nowMs: number;
};

/**
 * Copies what a bot keeps, whether it runs or not: where it runs, it makes the copies of its databases itself. The folder has its name only
 * when all of it is on the disk and was read back.
 * @throws BackupError, StoreError
 */
export async function makeBackup(options: BackupOptions): Promise<Manifest & { readonly wasRunning: boolean }> {
  const { dataFolder, target } = options;
  if (!has(dataFolder, mainFile)) throw new BackupError(`${dataFolder} holds no data of a bot; BLITZBILD_DATA says where it is.`);
  await refuseTaken(target);
  const partial = join(dirname(target), `.${target.split(/[/\\]/).at(-1)}.partial-${process.pid}`);
  try {
    await mkdir(partial, { recursive: true, mode: 0o700 });
    const wasRunning = await takeDatabases(dataFolder, partial);
    if (has(dataFolder, referencesFile)) await copyLibrary(join(dataFolder, referencesFile), join(partial, referencesFile));
    const manifest = await complete(options, partial);
    await rename(partial, target);
    await syncFolder(dirname(target));
    return { ...manifest, wasRunning };
  } catch (error) {
    throw inWords(error, target);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

async function refuseTaken(target: string): Promise<void> {
  const names = await readdir(target).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error.code === 'ENOTDIR' ? new BackupError(`${target} is a file: name a folder that is new or empty.`) : error;
  });
  if (names === undefined) return mkdir(dirname(target), { recursive: true }).then(() => {});
  if (names.length > 0)
    throw new BackupError(
      `${target} is not empty${names.includes(manifestFile) ? ': it holds a backup already' : ''}; name a folder that is new or empty.`,
    );
}

/** @returns whether a bot runs */
async function takeDatabases(dataFolder: string, partial: string): Promise<boolean> {
  try {
    // As long as the main database is held, no bot starts: both are of one moment.
    await withHeldDatabase(join(dataFolder, mainFile), async (copyMain) => {
      await copyMain(join(partial, mainFile));
      if (!has(dataFolder, cryptoFile)) return;
      await mkdir(dirname(join(partial, cryptoFile)), { recursive: true, mode: 0o700 });
      await withHeldDatabase(join(dataFolder, cryptoFile), async (copyKeys) => copyKeys(join(partial, cryptoFile)));
    });
    return false;
  } catch (error) {
    if (!(error instanceof StoreInUseError)) throw error;
  }
  const snapshot = await requestSnapshot(dataFolder);
  try {
    for (const file of [mainFile, cryptoFile])
      if (has(snapshot.folder, file)) await copyDurably(join(snapshot.folder, file), join(partial, file));
  } finally {
    await snapshot.remove();
  }
  return true;
}

async function complete({ dataFolder, withPictures, nowMs }: BackupOptions, partial: string): Promise<Manifest> {
  if (has(partial, cryptoFile) && has(dataFolder, cryptoKeyFile))
    await copyDurably(join(dataFolder, cryptoKeyFile), join(partial, cryptoKeyFile));
  for (const file of markKeys.flat()) if (has(dataFolder, file)) await copyDurably(join(dataFolder, file), join(partial, file));
  const pictures = withPictures ? await copyPictures(join(dataFolder, picturesFolder), join(partial, picturesFolder)) : undefined;
  let schema = 0;
  for (const file of [mainFile, cryptoFile, referencesFile].filter((name) => has(partial, name))) {
    const found = examineDatabase(join(partial, file));
    if ('fault' in found)
      throw new BackupError(
        `${join(dataFolder, file)} is damaged (${found.fault}), so no backup was made: bring an earlier one back with «blitzbild restore FOLDER».`,
      );
    if (file === mainFile) ({ schema } = found);
  }
  const files = await Promise.all(
    [mainFile, cryptoFile, cryptoKeyFile, referencesFile, ...markKeys.flat()]
      .filter((path) => has(partial, path))
      .map(async (path) => ({ path, bytes: (await stat(join(partial, path))).size, sha256: await hashOfFile(join(partial, path)) })),
  );
  const list = listOf({ madeAt: new Date(nowMs).toISOString(), schema, files, ...(pictures === undefined ? {} : { pictures }) });
  await writeFile(join(partial, manifestFile), list.text, { mode: 0o600, flush: true });
  await syncFolder(partial);
  return list.manifest;
}

/** All that the copied database can name are there by now: a picture is on the disk before it is noted. */
async function copyPictures(from: string, to: string): Promise<number> {
  let count = 0;
  for await (const file of glob('*/*/*', { cwd: from })) {
    const path = file.replaceAll('\\', '/');
    if (!pictureForm.test(path)) continue;
    await copyDurably(join(from, path), join(to, path));
    count += 1;
  }
  return count;
}

function inWords(error: unknown, target: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (troubleOf(error) === 'full' || code === 'ENOSPC' || code === 'EDQUOT')
    return new BackupError(`there is no room for the backup at ${target}: make room there, or name another disk.`, { cause: error });
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return new BackupError(
      `this user may not read the data of the bot or not write ${target}: run it as the user who runs the bot, and name a folder that this user can write.`,
      {
        cause: error,
      },
    );
  return error;
}
