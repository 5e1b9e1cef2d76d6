import type { RoomEvent, RoomHistory } from '#core/ports.ts';
import { eventId, type EventId } from '#core/types.ts';
import type { Database, Row } from '#src/store/database.ts';

/** Messages of the local room. An event's id is `$` and its sequence number. */
export class RoomHistoryTable implements RoomHistory {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  append(event: { readonly transactionId: string; readonly atMs: number; readonly body: unknown }): RoomEvent {
    return this.#database.transaction(() => {
      this.#database.run(
        'INSERT INTO room_events (transaction_id, at_ms, body) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
        event.transactionId,
        event.atMs,
        JSON.stringify(event.body),
      );
      const row = this.#database.get('SELECT * FROM room_events WHERE transaction_id = ?', event.transactionId);
      if (row === undefined) throw new Error('A room event was not stored');
      return toRoomEvent(row);
    });
  }

  after(sequence: number, limit: number): RoomEvent[] {
    return this.#database.all('SELECT * FROM room_events WHERE sequence > ? ORDER BY sequence LIMIT ?', sequence, limit).map(toRoomEvent);
  }

  latest(limit: number): RoomEvent[] {
    return this.#database.all('SELECT * FROM room_events ORDER BY sequence DESC LIMIT ?', limit).map(toRoomEvent).toReversed();
  }

  rewrite(event: EventId, body: unknown): void {
    this.#database.run('UPDATE room_events SET body = ? WHERE sequence = ?', JSON.stringify(body), Number(event.slice(1)) || 0);
  }

  erase(event: EventId, body: unknown): void {
    this.#database.run(
      `UPDATE room_events SET body = ?, transaction_id = 'erased:' || sequence WHERE sequence = ?`,
      JSON.stringify(body),
      Number(event.slice(1)) || 0,
    );
  }

  get(event: EventId): RoomEvent | undefined {
    const row = this.#database.get('SELECT * FROM room_events WHERE sequence = ?', Number(event.slice(1)) || 0);
    return row && toRoomEvent(row);
  }
}

const toRoomEvent = (row: Row): RoomEvent => ({
  sequence: Number(row['sequence']),
  eventId: eventId(`$${row['sequence']}`),
  transactionId: String(row['transaction_id']),
  atMs: Number(row['at_ms']),
  body: JSON.parse(String(row['body'])) as unknown,
});
