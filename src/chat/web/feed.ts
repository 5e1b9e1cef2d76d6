/**
 * Tells every open page that there is something new. Stored events are read from the history by each page's own
 * cursor, so nothing is lost or doubled; progress texts and the status only ever exist in their newest form.
 */
import type { EventId } from '#core/types.ts';
import type { LiveEdit } from './events.ts';

const rememberedEnds = 1000;

export class RoomFeed {
  readonly #subscriptions = new Set<FeedSubscription>();
  readonly #live = new Map<EventId, LiveEdit>();
  /** Messages that have their last text; a progress that was on its way must not cover it. */
  readonly #ended = new Set<EventId>();
  #closed = false;

  get closed(): boolean {
    return this.#closed;
  }

  get subscribers(): number {
    return this.#subscriptions.size;
  }

  /** A stored event was appended. */
  announce(): void {
    for (const subscription of this.#subscriptions) subscription.wake();
  }

  showLive(edit: LiveEdit): void {
    if (this.#ended.has(edit.target)) return;
    this.#live.set(edit.target, edit);
    for (const subscription of this.#subscriptions) subscription.push(edit);
  }

  /** The message has a stored text; a page that opens now must not see an older progress on top of it. */
  endLive(target: EventId, options: { readonly forGood: boolean }): void {
    this.#live.delete(target);
    if (options.forGood) this.#ended.add(target);
    const [oldest] = this.#ended;
    if (this.#ended.size > rememberedEnds && oldest !== undefined) this.#ended.delete(oldest);
    for (const subscription of this.#subscriptions) subscription.drop(target);
  }

  subscribe(): FeedSubscription {
    const subscription: FeedSubscription = new FeedSubscription(this.#live, () => this.#subscriptions.delete(subscription));
    this.#subscriptions.add(subscription);
    return subscription;
  }

  close(): void {
    this.#closed = true;
    this.announce();
  }
}

export class FeedSubscription implements Disposable {
  readonly #pending: Map<EventId, LiveEdit>;
  readonly #leave: () => void;
  #awake = false;
  #resume: (() => void) | undefined;

  constructor(live: ReadonlyMap<EventId, LiveEdit>, leave: () => void) {
    this.#pending = new Map(live);
    this.#leave = leave;
  }

  push(edit: LiveEdit): void {
    this.#pending.set(edit.target, edit);
    this.wake();
  }

  drop(target: EventId): void {
    this.#pending.delete(target);
  }

  wake(): void {
    this.#awake = true;
    this.#resume?.();
  }

  /** The newest progress of each message since the last call. */
  takeLive(): readonly LiveEdit[] {
    const edits = [...this.#pending.values()];
    this.#pending.clear();
    return edits;
  }

  /** Resolves at the next news, or after `timeoutMs`. */
  async woken(timeoutMs: number): Promise<void> {
    if (!this.#awake) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#resume = resolve;
      const timer = setTimeout(resolve, timeoutMs);
      await promise;
      clearTimeout(timer);
    }
    this.#resume = undefined;
    this.#awake = false;
  }

  [Symbol.dispose](): void {
    this.#leave();
  }
}
