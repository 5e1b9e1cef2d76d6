import { setTimeout as delay } from 'node:timers/promises';

import { numberAt } from './raw.ts';

const longestMs = 60_000;
/** A token that is not valid rarely becomes valid again; still look now and then. */
export const unauthorisedPauseMs = 60_000;

/**
 * Milliseconds before attempt `failures` + 1: doubling from one second to a minute, the upper half at random
 * (`random` in 0 … 1) so that many bots don't return at once, never sooner than the server asked for by the
 * `retryAfterMs` of its error (which the transport has brought within reason).
 */
export function backoffMs(failures: number, error: unknown, random: () => number): number {
  const full = Math.min(longestMs, 1000 * 2 ** Math.min(10, Math.max(0, failures - 1)));
  const asked = numberAt(error, 'retryAfterMs') ?? 0;
  return Math.round(Math.max(asked, full * (0.5 + random() / 2)));
}

/** Resolves after `ms`, or at once when `signal` ends. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => {});
}
