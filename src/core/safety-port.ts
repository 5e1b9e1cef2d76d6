/** What is looked at before something is drawn or shown. Nothing is ever reported about the person. */
import type { Pixels } from '#core/ports.ts';

/** An image classifier in a model folder; absent where none is installed, and that is said. */
export interface PictureClassifier {
  readonly name: string;
  readonly hash: string;
  /** The label that counts and the probability from which on a picture is held back. */
  readonly label: string;
  readonly threshold: number;
  /** Why the one that is installed can't be used, in one sentence; `classify` then rejects for every picture. Its label and hash are empty. */
  readonly broken?: string;
  /** Probability of the label, 0 … 1. Rejects where the process that computes can't be had. */
  classify(picture: Pixels, signal?: AbortSignal): Promise<number>;
}

/** Which rule refused a prompt: two that always hold, and the list of the configuration. */
export const promptRules = ['minors', 'named-nudity', 'listed'] as const;
export type PromptRule = (typeof promptRules)[number];

/** Why a picture is not shown: a plain reason. */
export type HeldBack =
  | {
      readonly by: 'similarity';
      readonly title: string;
      readonly rightsHolder?: string;
      readonly similarity: number;
      readonly threshold: number;
    }
  | { readonly by: 'classifier'; readonly label: string; readonly probability: number; readonly threshold: number }
  /** A check that has to pass could not be made. */
  | { readonly by: 'unchecked'; readonly check: 'similarity' | 'classifier' };
