/** Works by what somebody typed: a number, a file or a folder. */
import { resolve, sep } from 'node:path';
import type { ListedWork } from '#core/reference-library-port.ts';

export const isIn = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);

export const chosenWorks = (works: readonly ListedWork[], typed: string): readonly ListedWork[] => {
  const id = /^#?(\d+)$/.exec(typed)?.[1];
  return works.filter((work) => (id === undefined ? isIn(work.path, resolve(typed)) : work.id === id));
};
