/** Copies a stored picture or file to where the person who typed finds it. */
import { constants } from 'node:fs';
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { join, parse, resolve } from 'node:path';
import type { ImageStore } from '#core/ports.ts';
import type { ImageKey } from '#core/types.ts';

/** Returns the absolute path. A file of the same name is never overwritten, the same bytes never copied twice. */
export async function saveFile(images: ImageStore, key: ImageKey, outDir: string, fileName: string): Promise<string> {
  await mkdir(outDir, { recursive: true });
  const { name, ext } = parse(fileName.replace(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^\.+/u, ''));
  for (let attempt = 1; ; attempt += 1) {
    const path = resolve(join(outDir, `${name}${attempt === 1 ? '' : `-${attempt}`}${ext}`));
    try {
      await copyFile(images.path(key), path, constants.COPYFILE_EXCL);
      return path;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      if ((await readFile(path)).equals(await images.read(key))) return path;
    }
  }
}
