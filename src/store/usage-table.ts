import type { Usage, UsageStore } from '#core/team-store-ports.ts';
import type { PlatformName, RoomId, UserId } from '#core/types.ts';
import type { Database, Row } from '#src/store/database.ts';

type Whose = { readonly platform: PlatformName; readonly user?: UserId; readonly room?: RoomId };

/** Who used how much, and where. */
export class UsageTable implements UsageStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  add(use: { readonly platform: PlatformName; readonly room: RoomId; readonly user: UserId; readonly atMs: number } & Usage): void {
    this.#database.run(
      'INSERT INTO usage (platform, room_id, user_id, at_ms, pictures, work_ms) VALUES (?, ?, ?, ?, ?, ?)',
      use.platform,
      use.room,
      use.user,
      use.atMs,
      use.pictures,
      use.workMs,
    );
  }

  since(whose: Whose, sinceMs: number): Usage {
    const row = this.#one('COALESCE(SUM(pictures), 0) AS pictures, COALESCE(SUM(work_ms), 0) AS work_ms', whose, sinceMs);
    return { pictures: Number(row?.['pictures']), workMs: Number(row?.['work_ms']) };
  }

  oldestSince(whose: Whose, sinceMs: number): number | undefined {
    const oldest = this.#one('MIN(at_ms) AS at_ms', whose, sinceMs)?.['at_ms'];
    return typeof oldest === 'number' ? oldest : undefined;
  }

  reachedAt(whose: Whose, sinceMs: number, { pictures, workMs }: Usage): number | undefined {
    const { sql, values } = ofWhom(whose);
    const row = this.#database.get(
      `SELECT at_ms FROM (
         SELECT at_ms, SUM(pictures) OVER entries AS pictures, SUM(work_ms) OVER entries AS work_ms
         FROM usage WHERE ${sql} AND at_ms >= ? WINDOW entries AS (ORDER BY at_ms, id)
       ) WHERE pictures >= ? AND work_ms >= ? ORDER BY at_ms LIMIT 1`,
      ...values,
      sinceMs,
      pictures,
      // Sums of fractions differ by their order.
      workMs - 0.001,
    );
    return row === undefined ? undefined : Number(row['at_ms']);
  }

  prune(beforeMs: number): void {
    this.#database.run('DELETE FROM usage WHERE at_ms < ?', beforeMs);
  }

  #one(columns: string, whose: Whose, sinceMs: number): Row | undefined {
    const { sql, values } = ofWhom(whose);
    return this.#database.get(`SELECT ${columns} FROM usage WHERE ${sql} AND at_ms >= ?`, ...values, sinceMs);
  }
}

function ofWhom({ platform, user, room }: Whose): { readonly sql: string; readonly values: readonly string[] } {
  const conditions = ['platform = ?', ...(user === undefined ? [] : ['user_id = ?']), ...(room === undefined ? [] : ['room_id = ?'])];
  const values = [platform, ...(user === undefined ? [] : [user]), ...(room === undefined ? [] : [room])];
  return { sql: conditions.join(' AND '), values };
}
