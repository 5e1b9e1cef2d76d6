/** A refusal is a value: what is wrong with something a person typed, and where. */
import type { MessageCode, MessageParams } from '#core/message-codes.ts';

/** A part of the message as typed, in UTF-16 units; `end` is exclusive. */
export type Place = { readonly start: number; readonly end: number };

/** The sentence is `message(code, params, …)`; see messages.ts. */
export type Problem = {
  readonly [Code in MessageCode]: { readonly code: Code; readonly params: MessageParams[Code]; readonly place?: Place };
}[MessageCode];

export type Result<Value, Failure> = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly problem: Failure };

export const accept = <Value>(value: Value): { readonly ok: true; readonly value: Value } => ({ ok: true, value });

export function refuse<Code extends MessageCode>(
  code: Code,
  params: MessageParams[Code],
  place?: Place,
): { readonly ok: false; readonly problem: Problem } {
  // A place may come as a whole token; only where it stands is kept.
  const at = place === undefined ? {} : { place: { start: place.start, end: place.end } };
  return { ok: false, problem: { code, params, ...at } as Problem };
}
