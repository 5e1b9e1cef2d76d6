/** The comparison of pictures with a library of protected works. The implementation is in src/similarity/. */
import type { Pixels } from '#core/ports.ts';

/** A work that pictures are compared with; whoever fills the library says what it is. */
export type Work = {
  readonly id: string;
  readonly title: string;
  readonly rightsHolder?: string;
  readonly licence?: string;
};

export const similarityStages = ['file', 'hash', 'embedding'] as const;
/** `file`: the very same file. `hash`: a perceptual hash of the whole, a mirrored, turned or cut picture. `embedding`: a copy-detection model. */
export type SimilarityStage = (typeof similarityStages)[number];

export type NearestWork = {
  readonly work: Work;
  readonly stage: SimilarityStage;
  /** 0 … 1, as people read it; comparable only within one stage. */
  readonly similarity: number;
  /** From which on it counts as a match. */
  readonly threshold: number;
  readonly isMatch: boolean;
};

/** What is kept with a picture. It never says that a picture is free of rights. */
export type SimilarityVerdict =
  | { readonly state: 'not_checked'; readonly reason: 'off' | 'no_works' | 'failed' }
  | {
      readonly state: 'compared';
      readonly works: number;
      readonly stages: readonly SimilarityStage[];
      /** The nearest of all stages; absent where nothing was near enough to be named. */
      readonly nearest?: NearestWork;
      readonly isMatch: boolean;
      readonly tookMs: number;
    };

export interface SimilarityCheck {
  status(): {
    /** Those that pictures can be compared with. */
    readonly works: number;
    /** Works that an older version has read, which can't be compared before they are read anew; absent where there are none. */
    readonly outdated?: number;
    /** Works that the installed model has not looked at, so that it is not used; absent where there are none or no model is installed. */
    readonly withoutVectors?: number;
    /** None: the library can't be read. */
    readonly stages: readonly SimilarityStage[];
    /** Only where it is used. */
    readonly model?: { readonly name: string; readonly hash: string };
  };
  /** @param file as it was uploaded, for the comparison of files; of a picture of ours there is none. Never rejects: what fails is `not_checked`. */
  check(picture: Pixels, file?: Uint8Array, signal?: AbortSignal): Promise<SimilarityVerdict>;
}

/** What a model makes of a picture for comparing: a unit vector. */
export interface PictureEmbedder {
  readonly name: string;
  /** Short hash of the model's files: vectors of different models are not compared. */
  readonly hash: string;
  readonly dimensions: number;
  /** Cosine from which on two pictures count as copies. */
  readonly threshold: number;
  /** [dimensions], L2 norm 1. Rejects where the process that computes can't be had. */
  embed(picture: Pixels, signal?: AbortSignal): Promise<Float32Array>;
}
