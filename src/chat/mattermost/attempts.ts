import type { PlatformMemory } from '#core/ports.ts';

import { isObject, numberAt, textAt } from '../common/raw.ts';

const prefix = 'attempt:';
/** An outbox tries for days; what a restored backup may send again is older still. */
const keptMs = 14 * 24 * 3_600_000;

/** What is known of a post that was sent, or may have been. */
export type Attempt = {
  /** A post that stood in the channel before the first attempt; `undefined` where none was known. */
  readonly anchor?: string;
  /** Uploaded for it, and in no post yet as far as is known. */
  readonly fileId?: string;
  /** How many posts of it were taken back because their file was missing. */
  readonly mended: number;
  /** The post, once the server has named it. */
  readonly postId?: string;
  /** By the bot's own clock: nothing is decided by it but what may be forgotten. */
  readonly atMs: number;
};

/** By the delivery's transaction id. Each is written down before a request that it is about is made. */
export class Attempts {
  readonly #memory: PlatformMemory;
  readonly #now: () => number;

  /** Forgets what is older than two weeks. */
  constructor(memory: PlatformMemory, now: () => number) {
    this.#memory = memory;
    this.#now = now;
    const oldestMs = now() - keptMs;
    memory.together(() => {
      for (const [key, value] of memory.entries(prefix)) if ((readAttempt(value)?.atMs ?? 0) < oldestMs) memory.delete(key);
    });
  }

  get(transactionId: string): Attempt | undefined {
    const stored = this.#memory.get(prefix + transactionId);
    return stored === undefined ? undefined : readAttempt(stored);
  }

  /** Returns what is stored from now on. */
  set(transactionId: string, attempt: Omit<Attempt, 'atMs'>): Attempt {
    const stored = { ...attempt, atMs: this.#now() };
    this.#memory.set(prefix + transactionId, JSON.stringify(stored));
    return stored;
  }
}

function readAttempt(stored: string): Attempt | undefined {
  const value: unknown = JSON.parse(stored);
  if (!isObject(value)) return undefined;
  const [anchor, fileId, postId] = [textAt(value, 'anchor'), textAt(value, 'fileId'), textAt(value, 'postId')];
  return {
    ...(anchor === undefined ? {} : { anchor }),
    ...(fileId === undefined ? {} : { fileId }),
    ...(postId === undefined ? {} : { postId }),
    mended: numberAt(value, 'mended') ?? 0,
    atMs: numberAt(value, 'atMs') ?? 0,
  };
}
