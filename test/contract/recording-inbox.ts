import { EventEmitter } from 'node:events';

import type { Inbox } from '#core/ports.ts';
import type { IncomingEvent } from '#core/incoming.ts';

/**
 * An inbox in memory with the semantics of the stored one: events and cursor change together or not at all, and an
 * event whose (platform, eventId) is known is dropped. It outlives `restart()` of a harness as a disk would.
 */
export class RecordingInbox implements Inbox {
  readonly events: IncomingEvent[] = [];
  /** Every call as it came, duplicates included. */
  readonly calls: { readonly events: readonly IncomingEvent[]; readonly cursor: string | undefined }[] = [];
  readonly #known = new Set<string>();
  readonly #changed = new EventEmitter().setMaxListeners(0);
  #cursor: string | undefined;
  #failuresLeft = 0;

  accept(events: readonly IncomingEvent[], cursor?: string, along?: () => void): void {
    if (this.#failuresLeft > 0) {
      this.#failuresLeft -= 1;
      throw new Error('the disk is full (asked for by the test)');
    }
    along?.();
    this.calls.push({ events, cursor });
    for (const event of events) {
      const key = `${event.platform} ${event.eventId}`;
      if (this.#known.has(key)) continue;
      this.#known.add(key);
      this.events.push(event);
    }
    if (cursor !== undefined) this.#cursor = cursor;
    this.#changed.emit('changed');
  }

  cursor(): string | undefined {
    return this.#cursor;
  }

  /** The next `count` calls of `accept` throw and store nothing. */
  failNext(count = 1): void {
    this.#failuresLeft = count;
  }

  /** Resolves with the first event that fits, already here or still to come. */
  async waitFor<Found extends IncomingEvent>(fits: (event: IncomingEvent) => event is Found, timeoutMs?: number): Promise<Found>;
  async waitFor(fits: (event: IncomingEvent) => boolean, timeoutMs?: number): Promise<IncomingEvent>;
  async waitFor(fits: (event: IncomingEvent) => boolean, timeoutMs = 15_000): Promise<IncomingEvent> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = this.events.find(fits);
        if (!found) return;
        done();
        resolve(found);
      };
      const timer = setTimeout(() => {
        done();
        reject(new Error(`no such event within ${timeoutMs} ms; the inbox holds ${JSON.stringify(this.events)}`));
      }, timeoutMs);
      const done = (): void => {
        clearTimeout(timer);
        this.#changed.off('changed', look);
      };
      this.#changed.on('changed', look);
      look();
    });
  }

  /** Resolves with the first message of exactly this text. */
  async waitForText(text: string, timeoutMs?: number): Promise<IncomingEvent & { readonly kind: 'message' }> {
    return this.waitFor(
      (event): event is IncomingEvent & { readonly kind: 'message' } => event.kind === 'message' && event.text === text,
      timeoutMs,
    );
  }
}
