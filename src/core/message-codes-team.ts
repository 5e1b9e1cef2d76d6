/** What is said about pictures, batches, quotas and rooms beyond drawing: codes and what each needs. */
import type { ErrorCode } from '#core/errors.ts';

type None = Readonly<Record<string, never>>;

export type TeamMessageParams = {
  // ---------------------------------------------------------------- which picture
  readonly factor_unknown: { readonly value: string };
  readonly edit_empty: None;
  readonly which_picture: { readonly job: string; readonly first: string; readonly last: string };
  readonly picture_not_ready: { readonly job: string };
  /** `first`: a picture that it has, such as `A1`. */
  readonly job_cut_short: { readonly job: string; readonly made: number; readonly count: number; readonly first?: string };
  readonly strength_needs_picture: None;
  readonly reply_no_picture: None;
  readonly no_picture: None;
  readonly picture_refused: { readonly error: ErrorCode; readonly params?: Readonly<Record<string, string | number>> };
  readonly upscaler_none: None;
  readonly result_too_large: { readonly size: string; readonly result: string; readonly megapixels: number; readonly instead?: string };
  readonly replay_other: { readonly job: string };
  readonly model_gone: { readonly job: string; readonly model: string };
  // ---------------------------------------------------------------- batches
  readonly batch_too_large: { readonly pictures: number; readonly variants: number; readonly limit: number };
  readonly sheet_nothing: { readonly job: string };
  readonly job_files_gone: { readonly job: string };
  readonly zip_too_large: { readonly job: string; readonly pictures: number; readonly megabytes: number; readonly limit: number };
  /** Acknowledgements of several commands in one, where the server counts messages. `jobs`: the first ones; `more`: how many others. */
  readonly jobs_gathered: { readonly count: number; readonly jobs: string; readonly more: number };
  readonly zip_ready: { readonly job: string; readonly pictures: number };
  // ---------------------------------------------------------------- what is told at the end
  readonly replay_identical: { readonly pictures: number; readonly job: string };
  /** None of the earlier files could be read. */
  readonly replay_not_compared: { readonly job: string };
  /** None has the size of then. */
  readonly replay_other_size: { readonly job: string; readonly before: string; readonly now: string };
  /** Of several pictures, some could not be compared: their files are gone, damaged or of another size. */
  readonly replay_uncompared: { readonly uncompared: number; readonly pictures: number; readonly job: string };
  /** `reasons`: known differences between then and now, as a list. */
  readonly replay_differs: {
    readonly different: number;
    readonly pictures: number;
    readonly job: string;
    readonly model: boolean;
    readonly provider: string;
    readonly most: number;
  };
  readonly enhanced: { readonly contrast: readonly [number, number]; readonly sharpness: readonly [number, number] };
  readonly enhance_unchanged: None;
  readonly style_beyond_model: { readonly styles: string; readonly model: string };
  // ---------------------------------------------------------------- questions
  readonly ask_batch: { readonly pictures: number; readonly eta?: string };
  readonly ask_confirm: None;
  readonly nothing_asked: None;
  readonly ask_not_yours: None;
  readonly ask_dropped: None;
  readonly styles_changed_since: None;
  readonly admins_only: None;
  readonly bot_admins_only: None;
  // ---------------------------------------------------------------- styles
  readonly style_name_missing: { readonly action: string };
  readonly style_format_unknown: { readonly value: string };
  readonly style_rename_form: None;
  readonly style_flag_unused: { readonly flag: string };
  readonly style_file_missing: None;
  readonly style_remove_asked: { readonly name: string };
  readonly style_rename_asked: { readonly from: string; readonly to: string };
  readonly style_saved: { readonly name: string; readonly version: number };
  readonly style_removed: { readonly name: string };
  readonly style_renamed: { readonly from: string; readonly to: string };
  readonly style_default_set: { readonly name: string };
  readonly style_default_off: None;
  readonly styles_imported: { readonly added: number; readonly changed: number };
  // ---------------------------------------------------------------- schedules
  readonly plan_number_missing: { readonly action: string };
  readonly plan_prompt_missing: { readonly schedule: string };
  // ---------------------------------------------------------------- history
  readonly found_none: { readonly words: string };
  readonly since_invalid: { readonly value: string };
  readonly star_added: { readonly picture: string; readonly stars: number };
  readonly star_removed: { readonly picture: string };
  readonly gallery_empty: None;
  // ---------------------------------------------------------------- quotas and the queue
  readonly quota_used_up: {
    readonly whose: 'person' | 'room';
    readonly what: 'pictures' | 'seconds';
    readonly used: number;
    readonly limit: number;
    readonly asked: number;
    /** Time until enough is free again. */
    readonly freeIn?: string;
  };
  readonly queue_paused: None;
  readonly queue_resumed: None;
  readonly queue_is_paused: None;
  readonly limit_value_missing: { readonly name: string };
  readonly limit_unknown: { readonly name: string; readonly names: string; readonly suggestion?: string };
  readonly limit_out_of_range: { readonly name: string; readonly value: number; readonly highest: number };
  readonly limit_changed: { readonly name: string; readonly value: number };
  readonly model_used: { readonly model: string };
  // ---------------------------------------------------------------- the room
  readonly time_zone_is: { readonly zone: string; readonly now: string };
  readonly quiet_is: { readonly hours: string };
  readonly quiet_off: None;
  readonly quiet_invalid: { readonly value: string };
};
