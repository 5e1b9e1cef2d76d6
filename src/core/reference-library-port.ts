/** The library of protected works as it is kept: never the works themselves, only what they are compared by. */
import type { Work } from '#core/similarity-port.ts';

/** What is kept of one work. */
export type ReferenceRecord = Omit<Work, 'id'> & {
  /** Absolute; where the file was when it was read. */
  readonly path: string;
  readonly bytes: number;
  readonly modifiedMs: number;
  /** Of the file, as hex. */
  readonly sha256: string;
  /** Of the size and the decoded pixels, as hex: the same for a picture that was stored in another format without loss. */
  readonly pixelsSha256: string;
  readonly widthPx: number;
  readonly heightPx: number;
  /** Perceptual hashes of the whole and of its windows; their form is that of `hashForm`. */
  readonly hashes: Uint8Array;
  readonly hashForm: number;
  /** [parts, dimensions] of the model with this hash. */
  readonly vectors?: { readonly model: string; readonly values: Float32Array };
};

/** As it is listed. */
export type ListedWork = Work & Pick<ReferenceRecord, 'path' | 'bytes' | 'modifiedMs' | 'sha256' | 'widthPx' | 'heightPx' | 'hashForm'>;

export type LibraryCounts = {
  readonly works: number;
  /** Works whose hashes have another form than this version compares. */
  readonly outdated: number;
  /** Works with vectors of the model that was asked for. */
  readonly withVectors: number;
};

/** What the comparison reads. Safe beside another process that fills the library. */
export interface LibraryReader {
  /** All that `read` asks for is of one moment, whatever another process writes meanwhile. */
  snapshot<Result>(read: () => Result): Result;
  counts(hashForm: number, model?: string): LibraryCounts;
  work(id: number): Work | undefined;
  /** The work with this very file. */
  workOfFile(sha256: string): Work | undefined;
  works(): readonly Work[];
  /** Changes whenever something that was there before was removed or rewritten. */
  rewrites(): number;
  hashesAfter(id: number, hashForm: number): Iterable<{ readonly id: number; readonly hashes: Uint8Array }>;
  vectorsAfter(id: number, model: string): Iterable<{ readonly id: number; readonly values: Float32Array }>;
}
