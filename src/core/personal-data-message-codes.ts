/** What is said about a person's own data, copies of it and erasing it: codes and what each needs. */
type None = Readonly<Record<string, never>>;

/** Messages of one author by what became of them. */
type Posts = { readonly gone: number; readonly hidden: number; readonly failed: number; readonly waiting: number };

export type PersonalDataMessageParams = {
  readonly mydata_direct_only: None;
  readonly mydata_too_large: { readonly megabytes: number; readonly limit: number };
  /** `part` and `parts` count from 1; `missing` pictures are no longer stored. */
  readonly mydata_ready: {
    readonly jobs: number;
    readonly pictures: number;
    readonly missing: number;
    readonly part: number;
    readonly parts: number;
  };
  readonly forget_ask: { readonly jobs: number; readonly open: number; readonly plans: number };
  readonly forget_ask_posts: None;
  readonly forget_ask_cannot: None;
  readonly forgot: None;
  readonly forgot_stopped: { readonly jobs: number };
  readonly forgot_rows: { readonly jobs: number; readonly pictures: number; readonly plans: number; readonly files: number };
  readonly forgot_kept: { readonly pictures: number };
  readonly forgot_posts: Posts;
  readonly forgot_commands: Posts;
  readonly forgot_media: { readonly gone: number; readonly left: number };
  readonly forgot_cleaned: { readonly isClean: boolean };
  readonly forgot_stays: None;
};
