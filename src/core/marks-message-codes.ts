/** What is said about marks of origin and their verification: codes and what each needs. */

export type MarksMessageParams = Readonly<Record<never, never>>;
