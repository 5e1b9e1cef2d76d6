import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** One level deeper than models are looked for, so that what is half deleted is no broken model. */
const removingFolder = '.removing';

/** First out of sight in one step, then file by file. Rejects with the system's error where the folder can't be moved. */
export async function removeModel(folder: string): Promise<void> {
  const place = join(dirname(folder), removingFolder);
  await mkdir(place, { recursive: true });
  const out = join(place, `${basename(folder)}-${process.pid}`);
  await rename(folder, out);
  await rm(out, { recursive: true, force: true });
  if ((await readdir(place)).length === 0) await rm(place, { recursive: true, force: true });
}

/** Bytes of all files below a folder. */
export async function folderBytes(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const found = await stat(join(entry.parentPath, entry.name)).catch(() => undefined);
    if (found?.isFile() === true) bytes += found.size;
  }
  return bytes;
}
