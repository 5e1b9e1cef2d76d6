/** Which files of the folders that were named are works. */
import { lstat, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isSidecar } from '#src/cli/references/sidecar.ts';

export type Candidate =
  /** `top`: the folder that was named, or the file's own. */
  | { readonly path: string; readonly top: string }
  | { readonly path: string; readonly skipped: string }
  /** A folder that could not be read, or what was named and is gone. */
  | { readonly path: string; readonly failure: unknown };

/** All files below the named folders, in the order of their names; what is hidden is left out, and links are not followed. */
export async function* candidates(paths: readonly string[]): AsyncGenerator<Candidate> {
  for (const typed of paths) {
    const path = resolve(typed);
    const found = await lstat(path).catch(asError);
    if (found instanceof Error) yield { path, failure: found };
    else if (found.isDirectory()) yield* below(path, path);
    else yield candidate(path, resolve(path, '..'), found);
  }
}

async function* below(folder: string, top: string): AsyncGenerator<Candidate> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(asError);
  if (entries instanceof Error) return void (yield { path: folder, failure: entries });
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* below(path, top);
    else if (!isSidecar(entry.name)) yield candidate(path, top, entry);
  }
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

type Kind = { isSymbolicLink(): boolean; isFile(): boolean };

const candidate = (path: string, top: string, kind: Kind): Candidate => {
  if (kind.isSymbolicLink()) return { path, skipped: 'a link; name the folder that it leads to instead' };
  return kind.isFile() ? { path, top } : { path, skipped: 'no file' };
};
