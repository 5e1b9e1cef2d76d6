/** Which texts there are and what each needs. A missing translation or parameter is a type error. */
import type { ErrorCode } from '#core/errors.ts';
import type { MarksMessageParams } from '#core/marks-message-codes.ts';
import type { TeamMessageParams } from '#core/message-codes-team.ts';
import type { PersonalDataMessageParams } from '#core/personal-data-message-codes.ts';
import type { PlanMessageParams } from '#core/plan-message-codes.ts';
import type { PrivacyMessageParams } from '#core/privacy-message-codes.ts';
import type { Span } from '#core/rich-text.ts';
import type { SafetyMessageParams } from '#core/safety-message-codes.ts';
import type { SimilarityMessageParams } from '#core/similarity-message-codes.ts';
import type { StyleMessageParams } from '#core/style-message-codes.ts';
import type { Language } from '#core/types.ts';
import type { UnreadableCause } from '#core/incoming.ts';

/** How the bot speaks to somebody: the language, and the prefix that its examples carry, such as `!img`. */
export type Voice = { readonly language: Language; readonly prefix: string };

/** Parameters of an `AppError`; a text uses those it knows. */
export type FailureParams = Readonly<Record<string, string | number>>;
export type Failure = { readonly error: ErrorCode; readonly params?: FailureParams };

type None = Readonly<Record<string, never>>;

export type MessageParams = MarksMessageParams &
  PersonalDataMessageParams &
  PlanMessageParams &
  PrivacyMessageParams &
  SafetyMessageParams &
  SimilarityMessageParams &
  StyleMessageParams &
  TeamMessageParams & {
    // ---------------------------------------------------------------- what was typed
    readonly prompt_empty: { readonly swallowedBy?: string };
    readonly prompt_too_long: { readonly length: number; readonly limit: number };
    readonly negative_too_long: { readonly length: number; readonly limit: number };
    readonly flag_unknown: { readonly flag: string; readonly suggestion?: string };
    readonly clip_skip: { readonly flag: string };
    readonly flag_glued: { readonly word: string; readonly before: string; readonly flag: string };
    readonly flag_twice: { readonly flag: string };
    readonly value_missing: { readonly flag: string; readonly example: string };
    readonly value_unexpected: { readonly flag: string; readonly value: string };
    readonly whole_number_invalid: { readonly flag: string; readonly value: string; readonly example: string };
    readonly decimal_invalid: { readonly flag: string; readonly value: string; readonly example: string };
    readonly size_invalid: { readonly flag: string; readonly value: string };
    readonly ratio_invalid: { readonly flag: string; readonly value: string };
    readonly topic_unknown: { readonly topic: string; readonly suggestion: string };
    readonly language_missing: None;
    readonly language_unknown: { readonly value: string };
    // ---------------------------------------------------------------- what the model or the limits refuse
    readonly number_out_of_range: {
      readonly flag: string;
      readonly value: string;
      readonly min: number;
      readonly max: number;
      /** What to type instead: the nearest allowed value. */
      readonly example: string;
    };
    readonly steps_out_of_range: { readonly value: string; readonly max: number; readonly model: string; readonly nearest: string };
    readonly seed_out_of_range: { readonly value: string; readonly max: string };
    readonly seed_too_high_for_count: { readonly seed: string; readonly count: number; readonly highest: string };
    readonly size_and_ratio: { readonly size: string; readonly ratio: string };
    readonly size_not_made: { readonly size: string; readonly model: string; readonly sizes: string; readonly nearest: string };
    readonly size_out_of_range: {
      readonly size: string;
      readonly model: string;
      readonly min: string;
      readonly max: string;
      readonly multiple: number;
      readonly megapixels: number;
      readonly nearest: string;
      /** Factors by which all that may be enlarged, such as `×2, ×4`. */
      readonly enlarged?: string;
      /** What such a picture may have at most, where the range enlarged would have more. */
      readonly enlargedMegapixels?: number;
    };
    readonly ratio_not_made: { readonly ratio: string; readonly model: string; readonly ratios: string; readonly nearest: string };
    readonly guidance_unsupported: { readonly flag: string; readonly model: string };
    readonly negative_needs_guidance: { readonly guidance: string };
    /** `suggestion`: what to type instead. */
    readonly model_unknown: { readonly name: string; readonly models: string; readonly suggestion?: string };
    // ---------------------------------------------------------------- the queue
    readonly queue_full: { readonly waiting: number; readonly limit: number };
    readonly person_queue_full: { readonly waiting: number; readonly limit: number };
    readonly unknown_job: { readonly job: string };
    readonly unknown_cell: { readonly job: string; readonly cell: string; readonly last: string };
    readonly not_your_job: { readonly job: string };
    readonly nothing_to_cancel: None;
    readonly already_finished: { readonly job: string };
    readonly cancel_done: { readonly jobs: string; readonly count: number };
    readonly cancel_requested: { readonly jobs: string; readonly count: number };
    readonly nothing_to_repeat: None;
    readonly nothing_to_show: None;
    readonly job_failed: Failure & { readonly job: string };
    readonly picture_not_delivered: { readonly job: string };
    /** `limitBytes`: what the server takes at most. */
    readonly picture_over_limit: { readonly job: string; readonly limitBytes: number };
    readonly picture_uncertain: { readonly job: string };
    /** `job`: whose last words it may have been. */
    readonly answer_uncertain: { readonly job?: string };
    readonly file_not_delivered: { readonly name: string };
    readonly restarted: { readonly job: string };
    readonly prompt_truncated: { readonly dropped: string };
    /** `things` are how many the model knows. Lists such as `fox, cat`: what is nearest or, where nothing is, what else could be drawn. */
    readonly subject_unknown: {
      readonly things: number;
      readonly nearest?: string;
      readonly examples?: string;
      /** An installed model without a closed list. */
      readonly larger?: string;
    };
    /** `count` of `images`; `size`: of a picture as it was drawn. */
    readonly not_upscaled: { readonly count: number; readonly images: number; readonly size: string };
    // ---------------------------------------------------------------- the room and the bot
    readonly language_set: None;
    readonly message_unreadable: { readonly cause: UnreadableCause };
    readonly message_unprotected: None;
    readonly engine_failed: Failure;
  };

export type MessageCode = keyof MessageParams;

export type Text = readonly Span[];

export type Catalogue = {
  readonly messages: { readonly [Code in MessageCode]: (params: MessageParams[Code], voice: Voice) => Text };
  /** What happened and what to do, for every breakage. */
  readonly failures: { readonly [Code in ErrorCode]: (params: FailureParams, voice: Voice) => Text };
};
