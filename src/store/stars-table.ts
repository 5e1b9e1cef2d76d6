import type { Star, StarStore } from '#core/team-store-ports.ts';
import { jobId, userId, type EventId, type JobId, type PlatformName, type RoomId, type UserId } from '#core/types.ts';
import type { Database } from '#src/store/database.ts';

/** Which pictures a room has collected. */
export class StarsTable implements StarStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  add(platform: PlatformName, room: RoomId, { jobId: job, index, starredBy, atMs, reaction }: Star): void {
    this.#database.run(
      `INSERT INTO stars (platform, room_id, job_id, position, user_id, at_ms, event_id) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (platform, room_id, job_id, position, user_id) DO UPDATE SET event_id = COALESCE(excluded.event_id, event_id)`,
      platform,
      room,
      job,
      index,
      starredBy,
      atMs,
      reaction ?? null,
    );
  }

  remove(platform: PlatformName, room: RoomId, job: JobId, index: number, by: UserId): void {
    this.#database.run(
      'DELETE FROM stars WHERE platform = ? AND room_id = ? AND job_id = ? AND position = ? AND user_id = ?',
      platform,
      room,
      job,
      index,
      by,
    );
  }

  removeGivenBy(platform: PlatformName, room: RoomId, reaction: EventId): boolean {
    const { changes } = this.#database.run(
      'DELETE FROM stars WHERE platform = ? AND room_id = ? AND event_id = ?',
      platform,
      room,
      reaction,
    );
    return changes > 0;
  }

  count(platform: PlatformName, room: RoomId, job: JobId, index: number): number {
    const row = this.#database.get(
      'SELECT COUNT(*) AS stars FROM stars WHERE platform = ? AND room_id = ? AND job_id = ? AND position = ?',
      platform,
      room,
      job,
      index,
    );
    return Number(row?.['stars'] ?? 0);
  }

  /** A picture keeps the place that its first star gave it. */
  list(platform: PlatformName, room: RoomId, limit: number): Star[] {
    return this.#database
      .all(
        // With MIN, SQLite takes the other columns from the row that has it.
        `SELECT job_id, position, user_id, MIN(at_ms) AS at_ms FROM stars WHERE platform = ? AND room_id = ?
         GROUP BY job_id, position ORDER BY MIN(at_ms) DESC, rowid DESC LIMIT ?`,
        platform,
        room,
        limit,
      )
      .map((row) => ({
        jobId: jobId(String(row['job_id'])),
        index: Number(row['position']),
        starredBy: userId(String(row['user_id'])),
        atMs: Number(row['at_ms']),
      }));
  }
}
