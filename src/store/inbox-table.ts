import { reach } from '#core/failpoints.ts';
import type { Inbox } from '#core/ports.ts';
import type { InboxRow } from '#core/store-port.ts';
import type { IncomingEvent } from '#core/incoming.ts';
import type { PlatformName } from '#core/types.ts';
import type { Database } from '#src/store/database.ts';

/** Read at once; the next ones when these are handled. */
const ROWS_OF_A_ROOM = 100;

/** Events as they came, each exactly once, and how far each platform was read. */
export class InboxTable {
  readonly #database: Database;
  readonly #onAccepted: () => void;

  /** @param onAccepted called after new events are on disk */
  constructor(database: Database, onAccepted: () => void) {
    this.#database = database;
    this.#onAccepted = onAccepted;
  }

  of(platform: PlatformName): Inbox {
    return {
      accept: (events, cursor, along) => this.#accept(platform, events, cursor, along),
      cursor: () => this.#database.get('SELECT value FROM cursors WHERE platform = ?', platform)?.['value'] as string | undefined,
    };
  }

  #accept(platform: PlatformName, events: readonly IncomingEvent[], cursor: string | undefined, along: (() => void) | undefined): void {
    this.#database.transaction(() => {
      if (events.length > 0) reach('inbox.before-commit');
      for (const event of events) {
        this.#database.run(
          'INSERT INTO inbox (platform, event_id, event, received_at_ms) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
          platform,
          event.eventId,
          JSON.stringify(event),
          event.receivedAtMs,
        );
      }
      if (cursor !== undefined) {
        this.#database.run(
          'INSERT INTO cursors (platform, value) VALUES (?, ?) ON CONFLICT (platform) DO UPDATE SET value = excluded.value',
          platform,
          cursor,
        );
      }
      along?.();
    });
    if (events.length === 0) return;
    reach('inbox.after-commit');
    this.#onAccepted();
  }

  /** The oldest of every room, so that one with thousands hides no other. */
  unhandled(): InboxRow[] {
    return this.#database
      .all(
        `SELECT id, event, tries FROM (
           SELECT id, event, tries, ROW_NUMBER() OVER (PARTITION BY platform, event ->> '$.roomId' ORDER BY id) AS place FROM inbox WHERE handled = 0
         ) WHERE place <= ? ORDER BY id`,
        ROWS_OF_A_ROOM,
      )
      .map((row) => ({ id: Number(row['id']), event: JSON.parse(String(row['event'])) as IncomingEvent, tries: Number(row['tries']) }));
  }

  /** The id of the newest event, handled or not; 0 where none ever came. */
  newest(): number {
    return Number(this.#database.get('SELECT MAX(id) AS newest FROM inbox')?.['newest'] ?? 0);
  }

  begunAgain(id: number, by: 1 | -1): void {
    this.#database.run('UPDATE inbox SET tries = MAX(0, tries + ?) WHERE id = ?', by, id);
  }

  /** The text is no longer needed: only the id stays, so that the event is known if it comes again. */
  markHandled(id: number): boolean {
    return this.#database.run('UPDATE inbox SET handled = 1, event = NULL WHERE id = ? AND handled = 0', id).changes > 0;
  }
}
