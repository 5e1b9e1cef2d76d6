/** What is said about how long things are kept: codes and what each needs. */
import type { PostsThen, Retention } from '#core/retention.ts';

export type PrivacyMessageParams = {
  /** `days` 0: for ever. */
  readonly retention_is: Retention & { readonly posts: PostsThen };
  readonly retention_set: Retention;
  readonly retention_invalid: { readonly value: string; readonly mostDays: number };
  /** The operator's own limit for all rooms. */
  readonly retention_too_long: { readonly mostDays: number };
};
