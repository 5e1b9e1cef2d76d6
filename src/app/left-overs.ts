import { oneAtATime, type OneAtATime } from '#src/app/one-at-a-time.ts';
import { AppError } from '#core/errors.ts';
import type { InboxRow, Store } from '#core/store-port.ts';

/** The first of them, when it had just come, is not counted: what is new costs no write. */
const MOST_BEGINNINGS = 3;

export type Handling = { readonly carryOut: () => Promise<void>; readonly giveUp: () => void };

/**
 * Events that an earlier process left in the inbox. One of them may be what ended it, and would end this one, too: each beginning is
 * counted, from the second on they are begun one at a time, so that only one can be suspected, and the third is the last.
 */
export class LeftOvers {
  readonly #store: Store;
  readonly #newest: number;
  readonly #counted = new Set<number>();
  readonly #alone: OneAtATime = oneAtATime();

  constructor(store: Store) {
    this.#store = store;
    this.#newest = store.newestEvent();
  }

  async handle(row: InboxRow, handling: Handling): Promise<void> {
    if (row.id > this.#newest || this.#counted.has(row.id)) return handling.carryOut();
    if (row.tries + 1 >= MOST_BEGINNINGS) return handling.giveUp();
    return row.tries === 0 ? this.#begin(row, handling) : this.#alone(async () => this.#begin(row, handling));
  }

  async #begin({ id }: InboxRow, { carryOut }: Handling): Promise<void> {
    this.#store.begunAgain(id, 1);
    this.#counted.add(id);
    try {
      await carryOut();
    } catch (error) {
      // Whoever closes the program ends it on purpose.
      if (error instanceof AppError && error.code === 'cancelled') this.#store.begunAgain(id, -1);
      throw error;
    }
  }
}
