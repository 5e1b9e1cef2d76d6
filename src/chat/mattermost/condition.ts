import type { Activity, Health } from '../common/health.ts';

/** The worst first. */
const troubles = ['token', 'inbox', 'connection', 'channels'] as const;
export type Trouble = (typeof troubles)[number];

/** What is wrong with the news at the moment, and how they went. */
export class Condition {
  readonly #troubles = new Map<Trouble, string>([['connection', 'not started']]);
  #failures = 0;
  /** By the machine's own clock, which nobody sets back. */
  #steppedAt: number | undefined;

  /** Since the start. */
  get failures(): number {
    return this.#failures;
  }

  has(trouble: Trouble): boolean {
    return this.#troubles.has(trouble);
  }

  /** @param reason in plain words */
  set(trouble: Trouble, reason: string): void {
    this.#troubles.set(trouble, reason);
  }

  over(...troubles: readonly Trouble[]): void {
    for (const trouble of troubles) this.#troubles.delete(trouble);
  }

  failed(): void {
    this.#failures += 1;
  }

  /** It is known that nothing is missed. */
  stepped(): void {
    this.#steppedAt = performance.now();
  }

  health(): Health {
    const words = troubles.map((trouble) => this.#troubles.get(trouble)).find((found) => found !== undefined);
    return words === undefined ? { ok: true } : { ok: false, reason: words };
  }

  activity(): Activity {
    return { failures: this.#failures, sinceStepMs: this.#steppedAt === undefined ? undefined : performance.now() - this.#steppedAt };
  }
}
