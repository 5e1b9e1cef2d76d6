/** What is said about the comparison with protected works: codes and what each needs. */

type None = Readonly<Record<string, never>>;

export type SimilarityMessageParams = {
  readonly check_empty: None;
  readonly check_outdated: None;
  readonly check_unavailable: None;
  readonly check_failed: None;
};
