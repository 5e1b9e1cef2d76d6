import type { PlatformMemory } from '#core/ports.ts';

import { isObject, numberAt, textAt } from './raw.ts';

const sessionKey = 'session';

/**
 * Since when the bot sends as this device, in milliseconds of its own clock; 0 where it has never been another one.
 * Remembers the device. Call once, at the start.
 */
export function sessionSinceMs(memory: PlatformMemory, session: string, nowMs: number): number {
  const stored = memory.get(sessionKey);
  const known: unknown = stored === undefined ? undefined : JSON.parse(stored);
  if (isObject(known) && textAt(known, 'id') === session) return numberAt(known, 'sinceMs') ?? 0;
  const sinceMs = known === undefined ? 0 : nowMs;
  memory.set(sessionKey, JSON.stringify({ id: session, sinceMs }));
  return sinceMs;
}

/** From this moment on, what was queued earlier may have been sent by somebody who knew more: the bot as it was after its backup. */
export function rememberRestore(memory: PlatformMemory, nowMs: number): void {
  const stored = memory.get(sessionKey);
  const known: unknown = stored === undefined ? undefined : JSON.parse(stored);
  memory.set(sessionKey, JSON.stringify({ id: isObject(known) ? (textAt(known, 'id') ?? '') : '', sinceMs: nowMs }));
}
