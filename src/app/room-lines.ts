import { setImmediate } from 'node:timers/promises';
import type { InboxRow } from '#core/store-port.ts';

export type RoomLinesOptions = {
  /** As `Store.unhandled`. */
  readonly unhandled: () => readonly InboxRow[];
  /** A rejection leaves the event, and those behind it in its room, in the inbox. */
  readonly handle: (row: InboxRow) => Promise<void>;
  /** A room has nothing more to do: the inbox may hold more than was read at once. */
  readonly onDone: () => void;
  readonly onFailure: (error: unknown) => void;
};

type Line = { readonly rows: InboxRow[]; readonly done: Promise<void> };

/**
 * The events of the inbox, room by room: in one room the next begins when the last one is handled, and no room waits for
 * what another asks of slow servers.
 */
export class RoomLines {
  readonly #options: RoomLinesOptions;
  readonly #lines = new Map<string, Line>();
  /** Inbox rows that stand in a line. */
  readonly #inHand = new Set<number>();
  #pause: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: RoomLinesOptions) {
    this.#options = options;
  }

  /** Puts what is new in the inbox into the lines; throws where it can't be read. */
  take(): void {
    if (this.#stopped) return;
    for (const row of this.#options.unhandled()) {
      if (this.#inHand.has(row.id)) continue;
      this.#inHand.add(row.id);
      const room = `${row.event.platform} ${row.event.roomId}`;
      const line = this.#lines.get(room);
      if (line !== undefined) line.rows.push(row);
      else {
        const rows = [row];
        this.#lines.set(room, { rows, done: this.#work(room, rows) });
      }
    }
  }

  /** Ends between two events of every room. */
  async close(): Promise<void> {
    this.#stopped = true;
    await Promise.all([...this.#lines.values()].map(({ done }) => done));
  }

  async #work(room: string, rows: InboxRow[]): Promise<void> {
    try {
      await this.#handleEach(rows);
      this.#leave(room, rows);
      this.#options.onDone();
    } catch (error) {
      this.#leave(room, rows);
      this.#options.onFailure(error);
    }
  }

  async #handleEach(rows: InboxRow[]): Promise<void> {
    for (let row = rows[0]; row !== undefined; row = rows[0]) {
      await this.#breathe();
      if (this.#stopped) return;
      await this.#options.handle(row);
      rows.shift();
      this.#inHand.delete(row.id);
    }
  }

  #leave(room: string, rows: readonly InboxRow[]): void {
    for (const { id } of rows) this.#inHand.delete(id);
    this.#lines.delete(room);
  }

  /** After a long absence thousands wait: pages are served and answers sent between any two of them, whichever their rooms. */
  async #breathe(): Promise<void> {
    this.#pause = this.#pause.then(async () => setImmediate());
    await this.#pause;
  }
}
