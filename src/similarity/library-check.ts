import type { LibraryReader } from '#core/reference-library-port.ts';
import type { Pixels } from '#core/ports.ts';
import type { NearestWork, PictureEmbedder, SimilarityCheck, SimilarityStage, SimilarityVerdict, Work } from '#core/similarity-port.ts';
import { hashForm, queryHashes, queryVectors, queryViews } from './fingerprints.ts';
import type { Search, SearchResult } from './reference-index.ts';

export type LibraryCheckParts = {
  /** Opened when it is needed: whoever fills it may do so for the first time while this runs. */
  readonly library: () => LibraryReader | undefined;
  readonly search: (search: Search) => Promise<SearchResult>;
  readonly embedder?: PictureEmbedder;
  /** Why a picture could not be compared; one sentence for an operator. */
  readonly onFailure: (error: unknown) => void;
  /** Milliseconds, from any moment on. */
  readonly now: () => number;
};

/** Compares with everything in the library: the same file, then perceptual hashes, then the vectors of a copy-detection model. */
export class LibraryCheck implements SimilarityCheck {
  readonly #parts: LibraryCheckParts;

  constructor(parts: LibraryCheckParts) {
    this.#parts = parts;
  }

  status(): ReturnType<SimilarityCheck['status']> {
    const { library, embedder } = this.#parts;
    try {
      const counts = library()?.counts(hashForm, embedder?.hash) ?? { works: 0, outdated: 0, withVectors: 0 };
      const works = counts.works - counts.outdated;
      const withoutVectors = embedder === undefined ? 0 : counts.works - counts.withVectors;
      const used = works > 0 && withoutVectors === 0 ? embedder : undefined;
      return {
        works,
        ...(counts.outdated === 0 ? {} : { outdated: counts.outdated }),
        ...(withoutVectors === 0 ? {} : { withoutVectors }),
        stages: ['file', 'hash', ...(used === undefined ? [] : (['embedding'] as const))],
        ...(used === undefined ? {} : { model: { name: used.name, hash: used.hash } }),
      };
    } catch (error) {
      this.#parts.onFailure(error);
      return { works: 0, stages: [] };
    }
  }

  async check(picture: Pixels, file?: Uint8Array, signal?: AbortSignal): Promise<SimilarityVerdict> {
    const startedAtMs = this.#parts.now();
    try {
      signal?.throwIfAborted();
      const library = this.#parts.library();
      if (library === undefined || library.counts(hashForm).works === 0) return { state: 'not_checked', reason: 'no_works' };
      const same = file === undefined ? undefined : library.workOfFile(await sha256(file));
      const { works, hash, embedding, failure } = await this.#search(picture, signal);
      // Only works whose hashes an older version has made: they can't be compared, and that must not look like a comparison.
      if (works === 0 && same === undefined) return { state: 'not_checked', reason: 'failed' };
      const found = [
        ...(same === undefined ? [] : [nearest(same, 'file', 1, 1)]),
        ...this.#named(library, 'hash', hash, hash?.threshold),
        ...this.#named(library, 'embedding', embedding, this.#parts.embedder?.threshold),
      ].toSorted((a, b) => closeness(b) - closeness(a))[0];
      // Without the model a match is one all the same; that there is none could not be said.
      if (failure !== undefined && found?.isMatch !== true) throw failure;
      const stages: SimilarityStage[] = [
        ...(file === undefined ? [] : (['file'] as const)),
        'hash',
        ...(embedding === undefined ? [] : (['embedding'] as const)),
      ];
      return {
        state: 'compared',
        works: Math.max(works, 1),
        stages,
        ...(found === undefined ? {} : { nearest: found }),
        isMatch: found?.isMatch === true,
        tookMs: this.#parts.now() - startedAtMs,
      };
    } catch (error) {
      if (signal?.aborted !== true) this.#parts.onFailure(error);
      return { state: 'not_checked', reason: 'failed' };
    }
  }

  /** The hash is made here while the model looks at the picture in a process of its own. `failure`: why the model could not. */
  async #search(picture: Pixels, signal?: AbortSignal): Promise<SearchResult & { readonly failure?: Error }> {
    const { embedder, search } = this.#parts;
    const views = await queryViews(picture);
    const vectors = embedder === undefined ? [] : queryVectors(views, embedder, signal).catch(asError);
    const [hashes, found] = await Promise.all([queryHashes(views), vectors]);
    if (!(found instanceof Error)) return search({ hashes, vectors: found });
    signal?.throwIfAborted();
    return { ...(await search({ hashes, vectors: [] })), failure: found };
  }

  #named(
    library: LibraryReader,
    stage: SimilarityStage,
    hit: { readonly id: number; readonly similarity: number } | undefined,
    threshold: number | undefined,
  ): readonly NearestWork[] {
    const work = hit === undefined ? undefined : library.work(hit.id);
    return hit === undefined || work === undefined || threshold === undefined ? [] : [nearest(work, stage, hit.similarity, threshold)];
  }
}

const nearest = (work: Work, stage: SimilarityStage, similarity: number, threshold: number): NearestWork => ({
  work,
  stage,
  similarity: Math.max(0, Math.min(1, similarity)),
  threshold,
  isMatch: similarity >= threshold,
});

/** How far above its threshold, as a part of what is possible: stages have measures of their own. */
export const closeness = ({ similarity, threshold }: Pick<NearestWork, 'similarity' | 'threshold'>): number =>
  threshold === 1 ? (similarity >= 1 ? 1 : -1) : (similarity - threshold) / (1 - threshold);

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

const sha256 = async (file: Uint8Array): Promise<string> =>
  Buffer.from(await crypto.subtle.digest('SHA-256', new Uint8Array(file))).toString('hex');
