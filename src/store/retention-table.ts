import type { ErasedPost } from '#core/personal-data-port.ts';
import type { RetentionStore, RoomPlace } from '#core/retention-port.ts';
import { jobId, roomId, type ImageKey, type PlatformName } from '#core/types.ts';
import type { Database, Row } from '#src/store/database.ts';
import { eraseJobs, keysIn, sentPost } from '#src/store/erase-jobs.ts';

/** Some milliseconds each. */
const JOBS_AT_ONCE = 10;
const ROWS_AT_ONCE = 100;
/** The local room has one name, see `localRoomId`. */
const LOCAL_ROOM = '!local:room';

type Options = Parameters<RetentionStore['eraseSome']>[1];

/** Rows that have outlived their room's limit. */
export class RetentionTable implements RetentionStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  get isOlder(): boolean {
    return this.#setting('retention.older') !== undefined;
  }

  get sweptAtMs(): number | undefined {
    const value = this.#setting('retention.swept');
    return value === undefined ? undefined : Number(value);
  }

  swept(nowMs: number): void {
    this.#database.run(
      `INSERT INTO settings (key, value) VALUES ('retention.swept', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
      String(nowMs),
    );
  }

  #setting(key: string): string | undefined {
    const value = this.#database.get('SELECT value FROM settings WHERE key = ?', key)?.['value'];
    return typeof value === 'string' ? value : undefined;
  }

  rooms(): readonly RoomPlace[] {
    return this.#database
      .all(
        `SELECT platform, room_id FROM jobs UNION SELECT platform, room_id FROM outbox WHERE room_id IS NOT NULL
         UNION SELECT platform, room_id FROM asks UNION SELECT 'room', '${LOCAL_ROOM}' FROM room_events`,
      )
      .map((row) => ({ platform: row['platform'] as PlatformName, roomId: roomId(String(row['room_id'])) }));
  }

  eraseSome(place: RoomPlace, options: Options): ReturnType<RetentionStore['eraseSome']> {
    return this.#database.transaction(() => {
      const jobs = this.#endedJobs(place, options);
      if (jobs.length > 0) {
        const { posts, files } = eraseJobs(this.#database, jobs);
        this.#leave(place, options, posts, files);
        return { jobs: jobs.length, rows: 0, isLast: false };
      }
      const rows = this.#eraseRows(place, options);
      return { jobs: 0, rows, isLast: rows === 0 };
    });
  }

  #endedJobs({ platform, roomId: room }: RoomPlace, { beforeMs, keepStarred }: Options) {
    return this.#database
      .all(
        `SELECT id FROM jobs WHERE platform = ? AND room_id = ? AND finished_at_ms < ?
         ${keepStarred ? 'AND NOT EXISTS (SELECT 1 FROM stars WHERE stars.job_id = jobs.id)' : ''} ORDER BY finished_at_ms LIMIT ${JOBS_AT_ONCE}`,
        platform,
        room,
        beforeMs,
      )
      .map((row) => jobId(String(row['id'])));
  }

  #eraseRows(place: RoomPlace, options: Options): number {
    const { platform, roomId: room } = place;
    const { beforeMs } = options;
    const questions = this.#database.run(
      'DELETE FROM asks WHERE platform = ? AND room_id = ? AND expires_ms < ?',
      platform,
      room,
      beforeMs,
    ).changes;
    const messages = this.#database.all(
      `SELECT * FROM outbox WHERE platform = ? AND room_id = ? AND job_id IS NULL AND state <> 'pending' AND created_at_ms < ?
       AND id NOT IN (SELECT row FROM asks) LIMIT ${ROWS_AT_ONCE}`,
      platform,
      room,
      beforeMs,
    );
    for (const { id } of messages) this.#database.run('DELETE FROM outbox WHERE id = ?', id ?? null);
    const events = platform === 'room' && room === LOCAL_ROOM ? this.#oldEvents(beforeMs) : [];
    for (const { sequence } of events) this.#database.run('DELETE FROM room_events WHERE sequence = ?', sequence ?? null);
    const count = questions + messages.length + events.length;
    if (count > 0) this.#leave(place, options, messages.flatMap(sentPost), new Set([...messages, ...events].flatMap(keysIn)));
    return count;
  }

  /** The newest stays: the next one's number, and so its id, follows from it. */
  #oldEvents(beforeMs: number): readonly Row[] {
    return this.#database.all(
      `SELECT sequence, body FROM room_events WHERE at_ms < ? AND sequence < (SELECT MAX(sequence) FROM room_events)
       ORDER BY sequence LIMIT ${ROWS_AT_ONCE}`,
      beforeMs,
    );
  }

  /** What is still to be done, by the same stages as for a person, though nobody is named and nobody is answered. */
  #leave(
    { platform }: Pick<RoomPlace, 'platform'>,
    { nowMs, removePosts }: Pick<Options, 'nowMs' | 'removePosts'>,
    posts: readonly ErasedPost[],
    files: ReadonlySet<ImageKey>,
  ): void {
    const id = this.#erasure(platform, nowMs);
    for (const key of files)
      this.#database.run('INSERT INTO erasure_files (erasure_id, key) VALUES (?, ?) ON CONFLICT DO NOTHING', id, key);
    // The local room's messages are erased with the rows.
    if (!removePosts || platform === 'room') return;
    for (const { roomId: room, eventId: event, author, file } of posts)
      if (author === 'bot')
        this.#database.run(
          `INSERT INTO erasure_posts (erasure_id, room_id, event_id, author, file) VALUES (?, ?, ?, 'bot', ?) ON CONFLICT DO NOTHING`,
          id,
          room,
          event,
          file ?? null,
        );
  }

  /** Files of messages that are forgotten: those that nothing else names go, too. */
  leaveFiles(platform: PlatformName, files: readonly ImageKey[], nowMs: number): void {
    if (files.length > 0) this.#leave({ platform }, { nowMs, removePosts: false }, [], new Set(files));
  }

  #erasure(platform: PlatformName, nowMs: number): number {
    const known = this.#database.get(
      `SELECT id FROM erasures WHERE platform = ? AND user_id IS NULL AND stage = 'erasing' AND answer_row IS NULL AND room_id IS NULL`,
      platform,
    );
    if (known !== undefined) return Number(known['id']);
    return this.#database.run(
      `INSERT INTO erasures (platform, user_id, stage, room_id, language, is_direct, newest_event, begun_at_ms)
       VALUES (?, NULL, 'erasing', NULL, 'en', 0, 0, ?)`,
      platform,
      nowMs,
    ).id;
  }
}
