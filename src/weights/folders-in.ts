import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Paths of what lies in `root`, by name; none where it can't be read. What is hidden was put away, or is on its way here. */
export const foldersIn = async (root: string): Promise<readonly string[]> => {
  const names = await readdir(root).catch(() => []);
  return names
    .filter((name) => !name.startsWith('.'))
    .toSorted((a, b) => (a < b ? -1 : 1))
    .map((name) => join(root, name));
};
