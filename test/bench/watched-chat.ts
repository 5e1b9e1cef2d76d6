import type { PlatformName } from '#core/types.ts';

/** When something happened, in milliseconds since 1970: homeserver and bench read the same clock. */
export type Sent = { readonly id: string; readonly atMs: number; readonly arrivedMs: number };

/** A room with the bot in it, seen by somebody who watches when what appears. */
export interface WatchedChat {
  readonly platform: PlatformName;
  /** Says something as one of several people. `atMs`: before it was sent; `arrivedMs`: when the server had it. */
  say(text: string, person: number): Promise<Sent>;
  /** When the answer of this kind to the command became visible to somebody else. Rejects after a minute. */
  seen(kind: Answer, command: string): Promise<number>;
  /** When the server had the picture, where that is earlier than somebody else's seeing it. */
  pictureStampedMs?(command: string): number | undefined;
  close(): Promise<void>;
}

export type Answer = 'ack' | 'picture' | 'end';

const PATIENCE_MS = 60_000;

/** Remembers when answers appeared, and who waits for one. */
export class Sightings {
  readonly #seen = new Map<string, number>();
  readonly #waiting = new Map<string, (atMs: number) => void>();

  record(kind: Answer, command: string): void {
    const key = `${kind} ${command}`;
    if (this.#seen.has(key)) return;
    const atMs = Date.now();
    this.#seen.set(key, atMs);
    this.#waiting.get(key)?.(atMs);
    this.#waiting.delete(key);
  }

  async of(kind: Answer, command: string): Promise<number> {
    const key = `${kind} ${command}`;
    const known = this.#seen.get(key);
    if (known !== undefined) return known;
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const timer = setTimeout(() => reject(new Error(`no ${kind} appeared within ${PATIENCE_MS / 1000} s`)), PATIENCE_MS);
    this.#waiting.set(key, resolve);
    return promise.finally(() => clearTimeout(timer));
  }
}
