/** Which files of the folders that were named are works. */
import { lstat, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isSidecar } from '#src/cli/references/sidecar.ts';

export type Candidate =
  /** `top`: the folder that was named, or the file's own. */
  { readonly path: string; readonly top: string } | { readonly path: string; readonly skipped: string };

/** All files below the named folders, in the order of their names; what is hidden is left out, and links are not followed. */
export async function* candidates(paths: readonly string[]): AsyncGenerator<Candidate> {
  for (const typed of paths) {
    const path = resolve(typed);
    const found = await lstat(path);
    if (found.isDirectory()) yield* below(path, path);
    else yield candidate(path, resolve(path, '..'), found);
  }
}

async function* below(folder: string, top: string): AsyncGenerator<Candidate> {
  const entries = (await readdir(folder, { withFileTypes: true })).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* below(path, top);
    else if (!isSidecar(entry.name)) yield candidate(path, top, entry);
  }
}

type Kind = { isSymbolicLink(): boolean; isFile(): boolean };

const candidate = (path: string, top: string, kind: Kind): Candidate => {
  if (kind.isSymbolicLink()) return { path, skipped: 'a link; name the folder that it leads to instead' };
  return kind.isFile() ? { path, top } : { path, skipped: 'no file' };
};
