import type { PlatformMemory } from '#core/ports.ts';

import { reactionId, type Reaction } from './post.ts';

const prefix = 'reaction:';
const mostKept = 5000;
/** So many more before the oldest are dropped. */
const slack = 500;

type Given = Pick<Reaction, 'postId' | 'userId' | 'emojiName'>;

/**
 * Reactions that were stored, so that one which is taken back can be told: the server then names its emoji, not its time, and after an
 * interruption it names none at all.
 */
export class GivenReactions {
  readonly #memory: PlatformMemory;
  #count: number;

  constructor(memory: PlatformMemory) {
    this.#memory = memory;
    this.#count = memory.entries(prefix).length;
  }

  /** To be called in the transaction that stores the reaction. */
  note(reaction: Reaction): void {
    this.#memory.set(keyOf(reaction), String(reaction.givenAtMs));
    this.#count += 1;
    if (this.#count > mostKept + slack) this.#prune();
  }

  /** The id under which it was stored. */
  find(given: Given): string | undefined {
    const givenAt = this.#memory.get(keyOf(given));
    return givenAt === undefined ? undefined : reactionId({ ...given, givenAtMs: Number(givenAt) });
  }

  /** Those that were stored of a post. */
  of(postId: string): readonly Given[] {
    return this.#memory.entries(`${prefix}${postId}:`).flatMap(([key]) => {
      const [, , userId, emojiName] = key.split(':');
      return userId === undefined || emojiName === undefined ? [] : [{ postId, userId, emojiName }];
    });
  }

  /** To be called in the transaction that stores that it was taken back. */
  forget(given: Given): void {
    this.#memory.delete(keyOf(given));
  }

  #prune(): void {
    const byAge = this.#memory.entries(prefix).toSorted(([, one], [, other]) => Number(one) - Number(other));
    for (const [key] of byAge.slice(0, byAge.length - mostKept)) this.#memory.delete(key);
    this.#count = Math.min(byAge.length, mostKept);
  }
}

const keyOf = ({ postId, userId, emojiName }: Given): string => `${prefix}${postId}:${userId}:${emojiName}`;
