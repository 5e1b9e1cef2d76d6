import { setTimeout as delay } from 'node:timers/promises';
import type { ImageStore } from '#core/ports.ts';
import type { Store } from '#core/store-port.ts';
import type { ImageKey } from '#core/types.ts';

const FILES_AT_ONCE = 100;
/** Until a file that was written just now may be looked at again. */
const FRESH_LOOK_MS = 500;

/**
 * Takes away the files that the erased rows named, but those that somebody else's rows name as well.
 * @returns how many went
 */
export async function eraseFiles(
  { store, images }: { readonly store: Store; readonly images: ImageStore },
  erasure: number,
  signal: AbortSignal,
): Promise<number> {
  let count = 0;
  for (;;) {
    const keys = store.personal.files(erasure);
    if (keys.length === 0 || signal.aborted) return count;
    const referenced = await store.personal.referenced(new Set(keys));
    const free = keys.filter((key) => !referenced.has(key));
    store.personal.filesKept(
      erasure,
      keys.filter((key) => referenced.has(key)),
    );
    const gone: ImageKey[] = [];
    for (const key of free) {
      if (signal.aborted) break;
      if ((await images.remove?.(key)) === 'fresh') continue;
      gone.push(key);
      if (gone.length % FILES_AT_ONCE === 0) await delay(0);
    }
    store.personal.filesGone(erasure, gone);
    count += gone.length;
    if (gone.length < free.length) await delay(FRESH_LOOK_MS, undefined, { signal }).catch(() => {});
  }
}
