/** What is said about the comparison with protected works: codes and what each needs. */

export type SimilarityMessageParams = Readonly<Record<never, never>>;
