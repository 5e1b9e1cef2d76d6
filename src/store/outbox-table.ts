import type { Lane, LaneOrder, Outbox, OutboxRow, QueuedContent, QueuedDelivery } from '#core/outbox-port.ts';
import { eventId, jobId, type EventId, type ImageKey, type JobId, type PlatformName, type RoomId } from '#core/types.ts';
import type { Database, Row } from '#src/store/database.ts';

/** Messages on their way to a platform, in lanes. */
export class OutboxTable implements Outbox {
  readonly #database: Database;
  readonly #onAdded: (platform: PlatformName) => void;

  /** @param onAdded called for every new row, inside its transaction: schedule, don't send */
  constructor(database: Database, onAdded: (platform: PlatformName) => void) {
    this.#database = database;
    this.#onAdded = onAdded;
  }

  add(delivery: QueuedDelivery, nowMs: number): number {
    // Of whoever is being forgotten nothing is said any more.
    const withheld = this.#isWithheld(delivery) ? 'erased' : undefined;
    const { id } = this.#database.run(
      `INSERT INTO outbox (transaction_id, platform, lane, delivery, job_id, picture_index, due_ms, created_at_ms,
                           room_id, asker, answers, file, state, reason)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      delivery.transactionId,
      delivery.platform,
      delivery.lane,
      withheld === undefined ? JSON.stringify(delivery) : null,
      delivery.jobId ?? null,
      delivery.pictureIndex ?? null,
      // Due at once, also when the clock is set back before it was sent.
      0,
      nowMs,
      delivery.roomId,
      delivery.asker ?? null,
      delivery.answers ?? null,
      fileOf(delivery.content) ?? null,
      withheld === undefined ? 'pending' : 'dropped',
      withheld ?? null,
    );
    if (withheld === undefined) this.#onAdded(delivery.platform);
    return id;
  }

  #isWithheld({ platform, asker, jobId: job }: QueuedDelivery): boolean {
    const row = this.#database.get(
      `SELECT 1 FROM erasures WHERE platform = ?1 AND (user_id = ?2 OR user_id = (SELECT user_id FROM jobs WHERE id = ?3))`,
      platform,
      asker ?? null,
      job ?? null,
    );
    return row !== undefined;
  }

  next(platform: PlatformName, groups: LaneOrder, nowMs: number, except: readonly RoomId[] = []): OutboxRow | undefined {
    const elsewhere = except.length === 0 ? '' : `AND json_extract(delivery, '$.roomId') NOT IN (${placeholders(except)})`;
    for (const lanes of groups) {
      const row = this.#database.get(
        `SELECT * FROM outbox WHERE platform = ? AND lane IN (${placeholders(lanes)}) AND state = 'pending' AND due_ms <= ? ${elsewhere}
         ORDER BY id LIMIT 1`,
        platform,
        ...lanes,
        nowMs,
        ...except,
      );
      if (row !== undefined) return toOutboxRow(row);
    }
    return undefined;
  }

  pending(platform: PlatformName, lane: Lane): readonly OutboxRow[] {
    return this.#database
      .all(`SELECT * FROM outbox WHERE platform = ? AND lane = ? AND state = 'pending' ORDER BY id`, platform, lane)
      .map(toOutboxRow);
  }

  nextDueMs(platform: PlatformName, groups: LaneOrder): number | undefined {
    const lanes = groups.flat();
    const row = this.#database.get(
      `SELECT MIN(due_ms) AS due FROM outbox WHERE platform = ? AND lane IN (${placeholders(lanes)}) AND state = 'pending'`,
      platform,
      ...lanes,
    );
    return typeof row?.['due'] === 'number' ? row['due'] : undefined;
  }

  sent(id: number, event: EventId): void {
    // The text has done its work; what stays is which job the message belongs to.
    this.#database.run(`UPDATE outbox SET state = 'sent', sent_event_id = ?, delivery = NULL WHERE id = ?`, event, id);
  }

  retry(id: number, dueMs: number): void {
    // Where the clock was set back, nobody knows any more how old a row is: it stays old, whatever the clock says later.
    this.#database.run(
      'UPDATE outbox SET attempts = attempts + 1, due_ms = ?1, created_at_ms = iif(created_at_ms > ?1, 0, created_at_ms) WHERE id = ?2',
      dueMs,
      id,
    );
  }

  rewrite({ id, attempts: _attempts, createdAtMs: _createdAtMs, ...delivery }: OutboxRow, content: QueuedContent): void {
    this.#database.run(
      'UPDATE outbox SET delivery = ?, file = ?, due_ms = 0 WHERE id = ?',
      JSON.stringify({ ...delivery, content }),
      fileOf(content) ?? null,
      id,
    );
  }

  postpone(id: number, dueMs: number): void {
    this.#database.run('UPDATE outbox SET due_ms = ? WHERE id = ?', dueMs, id);
  }

  allDue(platform: PlatformName): void {
    this.#database.run(`UPDATE outbox SET due_ms = 0 WHERE platform = ? AND state = 'pending' AND due_ms > 0`, platform);
  }

  takeOver(platform: PlatformName): void {
    this.#database.run(
      `UPDATE outbox SET attempts = MAX(attempts, 1), due_ms = 0 WHERE platform = ? AND state = 'pending' AND (attempts = 0 OR due_ms > 0)`,
      platform,
    );
  }

  dropped(id: number, reason: string): void {
    this.#database.run(`UPDATE outbox SET state = 'dropped', reason = ?, delivery = NULL WHERE id = ?`, reason, id);
  }

  outcome(id: number): { state: 'pending' | 'sent' | 'dropped'; eventId?: EventId; reason?: string } | undefined {
    const row = this.#database.get('SELECT state, sent_event_id, reason FROM outbox WHERE id = ?', id);
    if (row === undefined) return undefined;
    const state = row['state'] as 'pending' | 'sent' | 'dropped';
    return {
      state,
      ...(row['sent_event_id'] === null ? {} : { eventId: eventId(String(row['sent_event_id'])) }),
      ...(row['reason'] === null ? {} : { reason: String(row['reason']) }),
    };
  }

  knows(platform: PlatformName, event: EventId): boolean {
    return this.#database.get('SELECT 1 FROM outbox WHERE platform = ? AND sent_event_id = ? LIMIT 1', platform, event) !== undefined;
  }

  subjectOf(platform: PlatformName, event: EventId): { jobId: JobId; pictureIndex?: number } | undefined {
    const row = this.#database.get(
      'SELECT job_id, picture_index FROM outbox WHERE platform = ? AND sent_event_id = ? AND job_id IS NOT NULL LIMIT 1',
      platform,
      event,
    );
    if (row === undefined) return undefined;
    const id = jobId(String(row['job_id']));
    return row['picture_index'] === null ? { jobId: id } : { jobId: id, pictureIndex: Number(row['picture_index']) };
  }

  pendingCount(platform: PlatformName): number {
    return Number(this.#database.get(`SELECT COUNT(*) AS count FROM outbox WHERE platform = ? AND state = 'pending'`, platform)?.['count']);
  }
}

const fileOf = (content: QueuedContent): ImageKey | undefined =>
  content.kind === 'image' ? content.image.key : content.kind === 'file' ? content.file.key : undefined;

const placeholders = (values: readonly unknown[]): string => values.map(() => '?').join(', ');

function toOutboxRow(row: Row): OutboxRow {
  return {
    ...(JSON.parse(String(row['delivery'])) as QueuedDelivery),
    id: Number(row['id']),
    attempts: Number(row['attempts']),
    createdAtMs: Number(row['created_at_ms']),
  };
}
