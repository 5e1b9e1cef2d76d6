/** What is kept of a download between two runs. */
import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import type { PlannedFile } from '#src/weights/store/pull-plan.ts';

/** Below the folder of models; the catalogue looks one level deep and never takes what is in here for a model. */
export const pullingFolder = '.pulling';

/** Called as the model will be: a folder that says no name of its own is named, and guessed, by that. */
export const filesIn = (staging: string): string => join(staging, 'files', basename(staging));

const stateSchema = z.object({ repo: z.string(), commit: z.string(), done: z.record(z.string(), z.string()) });

export type PullState = { readonly done: Record<string, string>; finish(path: string, sha256: string): Promise<void> };

type Download = { readonly repo: string; readonly commit: string; readonly files: readonly PlannedFile[] };

/** What an earlier run finished. Of another commit nothing is left. */
export async function openState(staging: string, { repo, commit, files }: Download): Promise<PullState> {
  const path = join(staging, 'state.json');
  const earlier = await readState(path);
  const done: Record<string, string> = {};
  if (earlier !== undefined && earlier.commit === commit && earlier.repo === repo) {
    for (const { to, size } of files) {
      const sha256 = earlier.done[to];
      if (sha256 !== undefined && (await sizeOf(join(filesIn(staging), to))) === size && (await exists(join(filesIn(staging), to))))
        done[to] = sha256;
    }
  }
  let writing = Promise.resolve();
  const save = (): Promise<void> => {
    const text = JSON.stringify({ repo, commit, done });
    writing = writing.then(async () => {
      await writeFile(`${path}.new`, text);
      await rename(`${path}.new`, path);
    });
    return writing;
  };
  await save();
  return {
    done,
    async finish(file, sha256) {
      done[file] = sha256;
      await save();
    },
  };
}

async function readState(path: string): Promise<z.infer<typeof stateSchema> | undefined> {
  try {
    const read = stateSchema.safeParse(JSON.parse(await readFile(path, 'utf8')));
    return read.success ? read.data : undefined;
  } catch {
    return undefined;
  }
}

/** The commit that an interrupted download of this model is of. */
export async function interruptedCommit(modelsFolder: string, name: string, repo: string): Promise<string | undefined> {
  const state = await readState(join(modelsFolder, pullingFolder, name, 'state.json'));
  return state?.repo === repo ? state.commit : undefined;
}

/** Named after the content, so that bytes of another version are never taken for the beginning of this one. */
export const partOf = (folder: string, { to, expected, size }: PlannedFile): string =>
  join(folder, `${to.replaceAll('/', '__')}.${expected?.hex.slice(0, 16) ?? `size-${size}`}.part`);

export const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** 0 where there is no such file. */
export const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );
