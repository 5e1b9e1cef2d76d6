/** What is said about how long things are kept: codes and what each needs. */

export type PrivacyMessageParams = {
  /** `days` 0: for ever. */
  readonly retention_is: { readonly days: number; readonly isChosen: boolean };
  readonly retention_set: { readonly days: number; readonly isChosen: boolean };
  readonly retention_invalid: { readonly value: string; readonly mostDays: number };
  /** The operator's own limit for all rooms. */
  readonly retention_too_long: { readonly mostDays: number };
};
