import type { Usage, UsageStore } from '#core/store-port.ts';
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

  prune(beforeMs: number): void {
    this.#database.run('DELETE FROM usage WHERE at_ms < ?', beforeMs);
  }

  #one(columns: string, { platform, user, room }: Whose, sinceMs: number): Row | undefined {
    const conditions = ['platform = ?', ...(user === undefined ? [] : ['user_id = ?']), ...(room === undefined ? [] : ['room_id = ?'])];
    const values = [platform, ...(user === undefined ? [] : [user]), ...(room === undefined ? [] : [room])];
    return this.#database.get(`SELECT ${columns} FROM usage WHERE ${conditions.join(' AND ')} AND at_ms >= ?`, ...values, sinceMs);
  }
}
