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
