/** What is said about what is not drawn or not shown: codes and what each needs. */
import type { HeldBack } from '#core/safety-port.ts';

type None = Readonly<Record<string, never>>;

export type SafetyMessageParams = {
  // ---------------------------------------------------------------- prompts
  readonly prompt_minors: None;
  readonly prompt_named_nudity: None;
  /** `rule`: the word or pattern of the configuration, never what was typed. */
  readonly prompt_listed: { readonly rule: string };
  readonly prompt_warned: { readonly rules: readonly string[] };
  /** `isNegative`: they were added to what must not be in the picture. */
  readonly prompt_names: { readonly names: readonly string[]; readonly isNegative: boolean };
  // ---------------------------------------------------------------- pictures
  /** `picture`: such as `k7f3/A2`. */
  readonly picture_held_back: { readonly picture: string; readonly job: string; readonly why: HeldBack };
  readonly pictures_held_back: { readonly job: string; readonly held: number; readonly count: number; readonly first: string };
  readonly release_done: { readonly picture: string };
  readonly release_not_held: { readonly picture: string };
  readonly release_which: { readonly job: string; readonly pictures: string };
  readonly held_none: None;
  /** Pictures that the list leaves out. */
  readonly held_more: { readonly more: number };
  /** In a conversation with the bot alone. */
  readonly held_bot_admins_only: None;
};
