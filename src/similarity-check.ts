/** The comparison with the library of protected works, put together. */
import { join } from 'node:path';
import type { Log } from '#src/app/log-port.ts';
import { referencesFile } from '#src/backup/layout.ts';
import type { PictureEmbedder, SimilarityCheck, Work } from '#core/similarity-port.ts';
import { IndexThread } from '#src/similarity/index-thread.ts';
import { LibraryCheck } from '#src/similarity/library-check.ts';
import { ReferenceLibrary } from '#src/store/reference-library.ts';

export type SimilarityCheckOptions = {
  readonly dataFolder: string;
  /** Without one, files and hashes alone are compared. */
  readonly embedder?: PictureEmbedder;
  readonly log: Log;
};

export type OpenSimilarityCheck = SimilarityCheck & {
  /** All works of the library, for whoever warns of their names. */
  works(): readonly Work[];
  close(): Promise<void>;
};

export const libraryPath = (dataFolder: string): string => join(dataFolder, referencesFile);

/** Costs nothing before the library is filled; works that are added while it runs count from the next check on. */
export const createSimilarityCheck = ({ dataFolder, embedder, log }: SimilarityCheckOptions): OpenSimilarityCheck => {
  const path = libraryPath(dataFolder);
  let opened: ReferenceLibrary | undefined;
  const library = (): ReferenceLibrary | undefined => (opened ??= ReferenceLibrary.openExisting(path));
  const model = embedder === undefined ? {} : { model: { hash: embedder.hash, dimensions: embedder.dimensions } };
  const thread = new IndexThread(new URL('./similarity-worker.ts', import.meta.url), { path, ...model });
  const check = new LibraryCheck({
    library,
    search: async (search) => thread.search(search),
    ...(embedder === undefined ? {} : { embedder }),
    onFailure: (error) => log.error({ err: error }, 'A picture could not be compared with the library of protected works'),
    now: () => performance.now(),
  });
  return {
    status: () => check.status(),
    check: async (picture, file, signal) => check.check(picture, file, signal),
    works: () => library()?.works() ?? [],
    close: async () => {
      await thread.close();
      opened?.close();
      opened = undefined;
    },
  };
};
