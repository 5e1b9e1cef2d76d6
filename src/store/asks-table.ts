import type { Ask, AskStore } from '#core/team-store-ports.ts';
import type { EventId, PlatformName, RoomId, UserId } from '#core/types.ts';
import type { Database, Row } from '#src/store/database.ts';

/** Questions that wait for somebody's yes. */
export class AsksTable implements AskStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  add({ event, row, expiresMs, stylesRevision }: Omit<Ask, 'id'>): number {
    return this.#database.run(
      'INSERT INTO asks (platform, room_id, user_id, row, event, expires_ms, styles_revision) VALUES (?, ?, ?, ?, ?, ?, ?)',
      event.platform,
      event.roomId,
      event.sender,
      row,
      JSON.stringify(event),
      expiresMs,
      stylesRevision ?? null,
    ).id;
  }

  ofMessage(platform: PlatformName, event: EventId): Ask | undefined {
    return toAsk(
      this.#database.get(
        `SELECT asks.* FROM outbox JOIN asks ON asks.row = outbox.id AND asks.is_open = 1
         WHERE outbox.platform = ? AND outbox.sent_event_id = ? ORDER BY asks.id DESC LIMIT 1`,
        platform,
        event,
      ),
    );
  }

  latestOf(platform: PlatformName, room: RoomId, user: UserId): Ask | undefined {
    return toAsk(
      this.#database.get(
        'SELECT * FROM asks WHERE platform = ? AND room_id = ? AND user_id = ? AND is_open = 1 ORDER BY id DESC LIMIT 1',
        platform,
        room,
        user,
      ),
    );
  }

  close(id: number): void {
    this.#database.run('UPDATE asks SET is_open = 0 WHERE id = ?', id);
  }

  /** Forgets what is answered, and what nobody answered in time. */
  prune(expiredBeforeMs: number): void {
    this.#database.run('DELETE FROM asks WHERE is_open = 0 OR expires_ms < ?', expiredBeforeMs);
  }
}

const toAsk = (row: Row | undefined): Ask | undefined =>
  row && {
    id: Number(row['id']),
    event: JSON.parse(String(row['event'])) as Ask['event'],
    row: Number(row['row']),
    expiresMs: Number(row['expires_ms']),
    ...(typeof row['styles_revision'] === 'number' ? { stylesRevision: row['styles_revision'] } : {}),
  };
