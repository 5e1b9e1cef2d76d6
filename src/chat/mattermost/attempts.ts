import type { PlatformMemory } from '#core/ports.ts';

import { isObject, numberAt, textAt } from '../common/raw.ts';

const prefix = 'attempt:';
/** An outbox tries for days; what a restored backup may send again is older still. */
const keptMs = 14 * 24 * 3_600_000;
const forgetEveryMs = 24 * 3_600_000;

/** What is known of a post that was sent, or may have been. */
export type Attempt = {
  /** A post that stood in the channel before the first attempt; `undefined` where none was known. */
  readonly anchor?: string;
  /** Uploaded for it, and in no post yet as far as is known. */
  readonly fileId?: string;
  /** How many posts of it were taken back because their file was missing. */
  readonly mended: number;
  /** The server has refused the request for now: nothing came of it, and nothing has to be looked for. */
  readonly isUnsent?: true;
  /** The post, once the server has named it. */
  readonly postId?: string;
  /** By the bot's own clock: nothing is decided by it but what may be forgotten. */
  readonly atMs: number;
};

/** By the delivery's transaction id. Each is written down before a request that it is about is made. */
export class Attempts {
  readonly #memory: PlatformMemory;
  readonly #now: () => number;
  /** By the machine's own clock. */
  #forgotAtMs = -Infinity;

  /** Forgets now, and once a day, what is older than two weeks. */
  constructor(memory: PlatformMemory, now: () => number) {
    this.#memory = memory;
    this.#now = now;
    this.#forgetOld();
  }

  get(transactionId: string): Attempt | undefined {
    const stored = this.#memory.get(prefix + transactionId);
    return stored === undefined ? undefined : readAttempt(stored);
  }

  /** Returns what is stored from now on. */
  set(transactionId: string, attempt: Omit<Attempt, 'atMs'>): Attempt {
    if (performance.now() - this.#forgotAtMs > forgetEveryMs) this.#forgetOld();
    const stored = { ...attempt, atMs: this.#now() };
    this.#memory.set(prefix + transactionId, JSON.stringify(stored));
    return stored;
  }

  #forgetOld(): void {
    this.#forgotAtMs = performance.now();
    const oldestMs = this.#now() - keptMs;
    const old = this.#memory.entries(prefix).filter(([, value]) => (readAttempt(value)?.atMs ?? 0) < oldestMs);
    if (old.length === 0) return;
    this.#memory.together(() => {
      for (const [key] of old) this.#memory.delete(key);
    });
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
    ...(value['isUnsent'] === true ? { isUnsent: true } : {}),
    mended: numberAt(value, 'mended') ?? 0,
    atMs: numberAt(value, 'atMs') ?? 0,
  };
}
