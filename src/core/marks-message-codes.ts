/** What is said about marks of origin and their verification: codes and what each needs. */

import type { OptionalLayer, Signing } from '#core/marks-port.ts';

type None = Readonly<Record<string, never>>;

export type MarksMessageParams = {
  readonly verify_begun: None;
  readonly verify_not_picture: { readonly kind: 'empty' | 'text' | 'other' };
  readonly verify_busy: { readonly waiting: number };
  readonly verify_too_slow: { readonly seconds: number };
  /** `value`: what was typed instead of a layer. */
  readonly marks_layer_unknown: { readonly value: string };
  readonly marks_value_missing: { readonly layer: OptionalLayer };
  readonly marks_always_on: { readonly layer: 'caption' | 'xmp' };
  /** `trouble`: why pictures get none yet. */
  readonly marks_changed: { readonly layer: OptionalLayer; readonly on: boolean; readonly trouble?: Exclude<Signing, 'ready'> };
  readonly marks_reset: None;
};
