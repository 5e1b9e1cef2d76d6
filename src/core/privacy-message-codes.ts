/** What is said about personal data: what is kept, copies of it, erasing it: codes and what each needs. */

export type PrivacyMessageParams = Readonly<Record<never, never>>;
