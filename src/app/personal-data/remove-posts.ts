import { setTimeout as delay } from 'node:timers/promises';
import type { Erasure, SettledRemoval } from '#core/personal-data-port.ts';
import type { ChatPlatform, Removal } from '#core/ports.ts';
import type { Store } from '#core/store-port.ts';
import type { PlatformName } from '#core/types.ts';

const POSTS_AT_ONCE = 50;
const LONGEST_PAUSE_MS = 60_000;
const FIRST_PAUSE_MS = 1000;

type Parts = { readonly store: Store; readonly platforms: ReadonlyMap<PlatformName, Pick<ChatPlatform, 'remove'>> };

/**
 * Takes messages out of their rooms, one at a time and as fast as the server lets it, until none is left or the time is over. Where the
 * platform is not there, as on the command line, they wait.
 */
export async function removePosts(
  { store, platforms }: Parts,
  { id, platform: name }: Erasure,
  { signal, withinMs }: { readonly signal: AbortSignal; readonly withinMs: number },
): Promise<void> {
  const platform = platforms.get(name);
  if (platform === undefined) return;
  const untilMs = performance.now() + withinMs;
  let pauseMs = FIRST_PAUSE_MS;
  // What somebody else's job shows as well stays on the server.
  const shared = await store.personal.referenced(
    new Set(store.personal.posts(id, Number.MAX_SAFE_INTEGER).flatMap(({ file }) => file ?? [])),
  );
  for (;;) {
    const posts = store.personal.posts(id, POSTS_AT_ONCE);
    if (posts.length === 0) return;
    for (const post of posts) {
      if (signal.aborted || performance.now() >= untilMs) return;
      const keepsMedia = post.file !== undefined && shared.has(post.file);
      const removal: Removal = (await platform.remove?.(post.roomId, post.eventId, signal, { keepsMedia })) ?? { message: 'failed' };
      if (isSettled(removal)) {
        store.personal.removed(id, post, removal);
        pauseMs = FIRST_PAUSE_MS;
        continue;
      }
      await delay(Math.min(Math.max(pauseMs, removal.retryAfterMs ?? 0), LONGEST_PAUSE_MS, untilMs - performance.now()), undefined, {
        signal,
      });
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      break;
    }
  }
}

const isSettled = (removal: Removal): removal is SettledRemoval => removal.message !== 'later';
