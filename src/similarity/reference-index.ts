/** The library in memory, kept up to date with its file. */
import type { LibraryReader } from '#core/reference-library-port.ts';
import { hashForm } from './fingerprints.ts';
import { HashIndex, type HashHit } from './hash-index.ts';
import type { PerceptualHash } from './perceptual-hash.ts';
import { VectorIndex, type VectorHit } from './vector-index.ts';
import { windows } from './windows.ts';

export type Search = { readonly hashes: readonly PerceptualHash[]; readonly vectors: readonly Float32Array[] };

export type SearchResult = {
  /** How many works the picture was compared with. */
  readonly works: number;
  readonly hash?: HashHit;
  /** Absent where a work has no vectors of the model: then not all could be compared. */
  readonly embedding?: VectorHit;
};

export class ReferenceIndex {
  readonly #library: LibraryReader;
  readonly #model: { readonly hash: string; readonly dimensions: number } | undefined;
  #hashes = new HashIndex(windows.length);
  #vectors: VectorIndex | undefined;
  #rewrites = -1;
  #newestId = 0;
  #newestVectors = 0;
  #works = 0;

  constructor(library: LibraryReader, model?: { readonly hash: string; readonly dimensions: number }) {
    this.#library = library;
    this.#model = model;
  }

  search({ hashes, vectors }: Search): SearchResult {
    this.#library.snapshot(() => this.#refresh());
    const hash = this.#hashes.nearest(hashes);
    const isComplete = this.#vectors !== undefined && this.#vectors.works === this.#works;
    const embedding = isComplete && vectors.length > 0 ? this.#vectors?.nearest(vectors) : undefined;
    return { works: this.#works, ...(hash === undefined ? {} : { hash }), ...(embedding === undefined ? {} : { embedding }) };
  }

  /** Works that were added are read, all of them where one was changed or removed. */
  #refresh(): void {
    const rewrites = this.#library.rewrites();
    if (rewrites !== this.#rewrites) {
      this.#hashes = new HashIndex(windows.length);
      this.#vectors = this.#model === undefined ? undefined : new VectorIndex(this.#model.dimensions);
      this.#rewrites = rewrites;
      this.#newestId = this.#newestVectors = this.#works = 0;
    }
    const rows = [...this.#library.hashesAfter(this.#newestId, hashForm)];
    this.#hashes.add(rows);
    this.#works += rows.length;
    this.#newestId = rows.at(-1)?.id ?? this.#newestId;
    if (this.#model === undefined) return;
    const vectors = [...this.#library.vectorsAfter(this.#newestVectors, this.#model.hash)];
    this.#vectors?.add(vectors);
    this.#newestVectors = vectors.at(-1)?.id ?? this.#newestVectors;
  }
}
