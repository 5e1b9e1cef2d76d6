/** A room as one of its members watches it: every event once, as it comes. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Person, RawEvent } from './person.ts';

const waitMs = 5_000;
/** For one answer: shared cores are slow, not wrong. */
const patienceMs = 120_000;

export class WatchedRoom implements AsyncDisposable {
  readonly events: RawEvent[] = [];
  readonly #person: Person;
  readonly #roomId: string;
  #isOpen = true;
  #loop: Promise<void> | undefined;

  constructor(person: Person, roomId: string) {
    this.#person = person;
    this.#roomId = roomId;
    this.#loop = this.#watch();
  }

  /** Asks what is there again and again until the answer is not `undefined`. */
  async until<Answer>(what: string, ask: (events: readonly RawEvent[]) => Answer | undefined): Promise<Answer> {
    const deadline = performance.now() + patienceMs;
    for (;;) {
      const answer = ask(this.events);
      if (answer !== undefined) return answer;
      if (performance.now() > deadline) throw new Error(`It did not happen within ${patienceMs / 1000} s: ${what}`);
      await delay(40);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOpen = false;
    await this.#loop;
  }

  async #watch(): Promise<void> {
    const filter = encodeURIComponent(JSON.stringify({ room: { rooms: [this.#roomId], timeline: { limit: 1000 } } }));
    let since = '';
    while (this.#isOpen) {
      const answer = await this.#person
        .ask('GET', `client/v3/sync?filter=${filter}&timeout=${since === '' ? 0 : waitMs}${since && `&since=${encodeURIComponent(since)}`}`)
        .catch(() => undefined);
      if (answer === undefined) {
        // A server that is away is not asked all the time.
        await delay(100);
        continue;
      }
      since = answer.next_batch;
      this.events.push(...(answer.rooms?.join?.[this.#roomId]?.timeline.events ?? []));
    }
  }
}
