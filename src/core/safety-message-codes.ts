/** What is said about what is not drawn or not shown: codes and what each needs. */

export type SafetyMessageParams = Readonly<Record<never, never>>;
