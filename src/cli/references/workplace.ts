/** What all commands about the library begin with. */
import { fileURLToPath } from 'node:url';
import type { Io } from '#src/cli/io.ts';
import { readConfig } from '#src/config.ts';
import type { PictureEmbedder } from '#core/similarity-port.ts';
import { createPictureModels } from '#src/picture-models.ts';
import { hashForm } from '#src/similarity/fingerprints.ts';
import { libraryPath } from '#src/similarity-check.ts';
import { ReferenceLibrary } from '#src/store/reference-library.ts';

export type ReferencesPlace = {
  readonly library: ReferenceLibrary;
  readonly embedder: PictureEmbedder | undefined;
};

/** A running bot is not disturbed: the library is a file of its own that several may have open. */
export async function withLibrary<Result>({ root }: Pick<Io, 'root'>, work: (place: ReferencesPlace) => Promise<Result>): Promise<Result> {
  await using parts = new AsyncDisposableStack();
  const { dataFolder, modelFolders, environment } = readConfig(fileURLToPath(root));
  const library = parts.adopt(new ReferenceLibrary(libraryPath(dataFolder)), (opened) => opened.close());
  const { embedder } = parts.adopt(await createPictureModels({ folders: modelFolders, environment }), async (models) => models.close());
  return await work({ library, embedder });
}

/** How many works there are, by what they are compared, and what to do where not all of them can be. */
export const libraryLines = ({ library, embedder }: ReferencesPlace): readonly string[] => {
  const { works, outdated, withVectors } = library.counts(hashForm, embedder?.hash);
  const count = `${works} ${works === 1 ? 'work' : 'works'}`;
  if (works === 0) return ['The library is empty: pictures are not compared with anything.'];
  if (outdated > 0)
    return [`The library has ${count}; ${outdated} of them an older version has read. Read them anew: blitzbild references reindex`];
  if (embedder === undefined)
    return [`The library has ${count}, compared by file and by perceptual hash; no copy-detection model is installed.`];
  if (withVectors < works)
    return [
      `The library has ${count}; ${works - withVectors} of them lack what the model ${embedder.name} compares, so it is not used. Let it look at them: blitzbild references reindex`,
    ];
  return [`The library has ${count}, compared by file, by perceptual hash and by the model ${embedder.name}.`];
};
