/** One file → one work of the library, unless it is there already. */
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { decodeWork, NoWorkError, pixelsSha256, readFileOf } from '#src/cli/references/read-work.ts';
import type { About } from '#src/cli/references/sidecar.ts';
import type { ListedWork } from '#core/reference-library-port.ts';
import type { PictureEmbedder } from '#core/similarity-port.ts';
import { hashForm, referenceHashes, referenceVectors } from '#src/similarity/fingerprints.ts';
import type { ReferenceLibrary } from '#src/store/reference-library.ts';

export type Outcome =
  | { readonly kind: 'added' | 'renewed' | 'described' | 'moved' | 'unchanged'; readonly id: string }
  | { readonly kind: 'duplicate'; readonly of: ListedWork; readonly isSameFile: boolean };

export type Taking = {
  readonly library: ReferenceLibrary;
  readonly embedder: PictureEmbedder | undefined;
  /** Reads what seems unchanged as well. */
  readonly isForced: boolean;
};

/** @throws NoWorkError */
export const takeIn = async (path: string, about: About, { library, embedder, isForced }: Taking): Promise<Outcome> => {
  const { size: bytes, mtimeMs: modifiedMs } = await stat(path);
  const told = { title: basename(path, extname(path)), ...about, path, bytes, modifiedMs };
  const known = library.workAt(path);
  const isCurrent = (work: ListedWork): boolean =>
    !isForced && work.hashForm === hashForm && (embedder === undefined || library.hasVectors(work.id, embedder.hash));
  if (known !== undefined && known.bytes === bytes && known.modifiedMs === modifiedMs && isCurrent(known))
    return describe(library, known, told);
  const { file, sha256 } = await readFileOf(path);
  const same = library.workWithFile(sha256);
  if (same !== undefined && same.path !== path) {
    if (existsSync(same.path) || known !== undefined) return { kind: 'duplicate', of: same, isSameFile: true };
    library.describe(same.id, told);
    return { kind: 'moved', id: same.id };
  }
  if (same !== undefined && isCurrent(same)) return describe(library, same, told);
  const picture = await decodeWork(file);
  const pixels = pixelsSha256(picture);
  const twin = library.workOfPixels(pixels);
  if (twin !== undefined && twin.path !== path) return { kind: 'duplicate', of: twin, isSameFile: false };
  const vectors = embedder === undefined ? {} : { vectors: { model: embedder.hash, values: await embedded(embedder, picture) } };
  const { widthPx, heightPx } = picture;
  const hashes = await referenceHashes(picture);
  const id = library.put({ ...told, sha256, pixelsSha256: pixels, widthPx, heightPx, hashes, hashForm, ...vectors });
  return { kind: known === undefined ? 'added' : 'renewed', id };
};

const embedded = async (embedder: PictureEmbedder, picture: Parameters<typeof referenceVectors>[0]): Promise<Float32Array> => {
  try {
    return await referenceVectors(picture, embedder);
  } catch (cause) {
    throw new NoWorkError(`the model ${embedder.name} could not look at it: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
};

type Told = Parameters<ReferenceLibrary['describe']>[1];

const describe = (library: ReferenceLibrary, known: ListedWork, told: Told): Outcome => {
  const isTold = known.title === told.title && known.rightsHolder === told.rightsHolder && known.licence === told.licence;
  if (!isTold || known.modifiedMs !== told.modifiedMs) library.describe(known.id, told);
  return { kind: isTold ? 'unchanged' : 'described', id: known.id };
};
