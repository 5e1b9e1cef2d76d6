import { setTimeout as delay } from 'node:timers/promises';
import type { ErasedPost, Erasure, SettledRemoval } from '#core/personal-data-port.ts';
import type { ChatPlatform, Removal } from '#core/ports.ts';
import type { Store } from '#core/store-port.ts';
import type { PlatformName } from '#core/types.ts';

/** So many in a row that a server does not take now, and it is left alone for a while. */
const MOST_IN_ROW = 10;
const LONGEST_PAUSE_MS = 60_000;
const FIRST_PAUSE_MS = 1000;

type Parts = { readonly store: Store; readonly platforms: ReadonlyMap<PlatformName, Pick<ChatPlatform, 'remove'>> };

type Patience = {
  readonly signal: AbortSignal;
  readonly withinMs: number;
  /** Whether to wait where the server asks for it, or takes none of those that are left. */
  readonly pauses: boolean;
};

/**
 * Takes messages out of their rooms, one at a time and as fast as the server lets it, until none is left or the time is over. One that has
 * to wait holds no other up. Where the platform is not there, as on the command line, they wait.
 */
export async function removePosts(
  { store, platforms }: Parts,
  { id, platform: name }: Erasure,
  { signal, withinMs, pauses }: Patience,
): Promise<void> {
  const platform = platforms.get(name);
  if (platform === undefined) return;
  const untilMs = performance.now() + withinMs;
  const all = (): readonly ErasedPost[] => store.personal.posts(id, Number.MAX_SAFE_INTEGER);
  let pauseMs = FIRST_PAUSE_MS;
  const pause = async (askedMs = 0): Promise<void> => {
    await delay(Math.max(0, Math.min(Math.max(pauseMs, askedMs), LONGEST_PAUSE_MS, untilMs - performance.now())), undefined, { signal });
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  };
  // What somebody else's job shows as well stays on the server.
  const shared = await store.personal.referenced(new Set(all().flatMap(({ file }) => file ?? [])));
  for (let posts = all(); posts.length > 0; posts = all()) {
    let [inRow, isMoving, hasPaused] = [0, false, false];
    for (const post of posts) {
      if (signal.aborted || performance.now() >= untilMs) return;
      const keepsMedia = post.file !== undefined && shared.has(post.file);
      const removal: Removal = (await platform.remove?.(post.roomId, post.eventId, signal, { keepsMedia })) ?? { message: 'failed' };
      if (isSettled(removal)) {
        store.personal.removed(id, post, removal);
        [inRow, isMoving, pauseMs] = [0, true, FIRST_PAUSE_MS];
        continue;
      }
      inRow += 1;
      if (removal.retryAfterMs === undefined && inRow < MOST_IN_ROW) continue;
      if (!pauses) return;
      await pause(removal.retryAfterMs);
      [inRow, hasPaused] = [0, true];
    }
    if (isMoving || hasPaused) continue;
    if (!pauses) return;
    await pause();
  }
}

const isSettled = (removal: Removal): removal is SettledRemoval => removal.message !== 'later';
