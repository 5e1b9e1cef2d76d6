import type { World } from './world.ts';

/** Source: app/ratelimit.go: `throttled`'s GCRA per token; here as a bucket that refills. */
export class RateLimit {
  readonly #world: World;
  readonly #buckets = new Map<string, { left: number; atMs: number }>();

  constructor(world: World) {
    this.#world = world;
  }

  /** Headers of the answer, and whether it is no; `undefined` while no limit is set. */
  take(key: string): { readonly isLimited: boolean; readonly headers: Readonly<Record<string, string>> } | undefined {
    const limit = this.#world.settings.rateLimit;
    if (limit === undefined) return undefined;
    const now = this.#world.clock.elapsed();
    const size = limit.maxBurst + 1;
    const bucket = this.#buckets.get(key) ?? { left: size, atMs: now };
    bucket.left = Math.min(size, bucket.left + ((now - bucket.atMs) / 1000) * limit.perSecond);
    bucket.atMs = now;
    this.#buckets.set(key, bucket);
    const isLimited = bucket.left < 1;
    if (!isLimited) bucket.left -= 1;
    const headers = {
      'X-RateLimit-Limit': String(size),
      'X-RateLimit-Remaining': String(Math.floor(bucket.left)),
      // Seconds until, no moment.
      'X-RateLimit-Reset': String(Math.ceil((size - bucket.left) / limit.perSecond)),
    };
    if (!isLimited) return { isLimited, headers };
    return { isLimited, headers: { ...headers, 'Retry-After': String(Math.ceil((1 - bucket.left) / limit.perSecond)) } };
  }
}
