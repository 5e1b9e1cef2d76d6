import { statfs } from 'node:fs/promises';
import { formatBytes } from '#src/weights/store/bytes.ts';
import { ModelStoreError } from '#src/weights/store/store-error.ts';

/** Bytes that this user may still write where `folder` is. */
export type FreeSpace = (folder: string) => Promise<number>;

export const freeSpace: FreeSpace = async (folder) => {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
};

/** Left over for everything else on the disk. */
const reserveBytes = 200e6;

/**
 * @param bytes what is still to come
 * @throws ModelStoreError `disk_full` with both sizes
 */
export async function checkSpace(folder: string, bytes: number, free: FreeSpace): Promise<void> {
  if (bytes === 0) return;
  const available = await free(folder);
  if (available >= bytes + reserveBytes) return;
  throw new ModelStoreError(
    'disk_full',
    `There is not enough space in ${folder}: ${formatBytes(bytes)} are still to come and ${formatBytes(reserveBytes)} should stay free, but only ${formatBytes(available)} are. Free some, or name a folder on a larger disk first in modelFolders of config/blitzbild.yaml.`,
  );
}
