import type { HistorySearch, JobFailure, JobRecord, JobStore, Turn, WaitingJob } from '#core/job-store-port.ts';
import {
  jobId,
  type EventId,
  type ImageKey,
  type Job,
  type JobId,
  type JobTimings,
  type PlatformName,
  type RoomId,
  type StoredImage,
  type UserId,
} from '#core/types.ts';
import type { Database, Row } from '#src/store/database.ts';
import { folded } from '#src/store/folded.ts';
import { findPicture } from '#src/store/find-picture.ts';
import { toJobRecord, toJobTimings } from '#src/store/job-rows.ts';
import { searchJobs } from '#src/store/job-search.ts';

/** Jobs, their pictures and whose turn it is. */
export class JobsTable implements JobStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  add(job: Job): void {
    const { platform, roomId: room, eventId: command, threadId } = job.origin;
    this.#database.transaction(() => {
      this.#database.run(
        `INSERT INTO jobs (id, platform, room_id, event_id, thread_id, user_id, person, language, request, queued_at_ms,
                           count, prompt_folded, task, plan_id, plan_run)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        job.id,
        platform,
        room,
        command,
        threadId,
        job.requestedBy,
        personKey(job),
        job.language,
        JSON.stringify(job.request),
        job.queuedAtMs,
        job.request.count,
        folded(job.request.prompt),
        job.task === undefined ? null : JSON.stringify(job.task),
        job.plan?.id ?? null,
        job.plan?.run ?? null,
      );
      for (let position = 0; position < job.request.count; position++) {
        this.#database.run('INSERT INTO pictures (job_id, position) VALUES (?, ?)', job.id, position);
      }
    });
  }

  setStatusRow(id: JobId, row: number): void {
    this.#database.run('UPDATE jobs SET status_row = ? WHERE id = ?', row, id);
  }

  get(id: JobId): JobRecord | undefined {
    return this.#one('SELECT * FROM jobs WHERE id = ?', id);
  }

  ofCommand(platform: PlatformName, command: EventId): JobRecord | undefined {
    return this.#one('SELECT * FROM jobs WHERE platform = ? AND event_id = ? ORDER BY sequence DESC LIMIT 1', platform, command);
  }

  latestInThread(platform: PlatformName, room: RoomId, thread: EventId): JobRecord | undefined {
    return this.#one(
      'SELECT * FROM jobs WHERE platform = ? AND room_id = ? AND thread_id = ? ORDER BY sequence DESC LIMIT 1',
      platform,
      room,
      thread,
    );
  }

  latestOf(platform: PlatformName, room: RoomId, user: UserId): JobRecord | undefined {
    return this.#one(
      'SELECT * FROM jobs WHERE platform = ? AND room_id = ? AND user_id = ? AND plan_id IS NULL ORDER BY sequence DESC LIMIT 1',
      platform,
      room,
      user,
    );
  }

  latestOfPlan(plan: number): JobRecord | undefined {
    return this.#one('SELECT * FROM jobs WHERE plan_id = ? ORDER BY sequence DESC LIMIT 1', plan);
  }

  open(): JobRecord[] {
    return this.#database.all(`SELECT * FROM jobs WHERE state IN ('waiting', 'running') ORDER BY sequence`).map((row) => this.#record(row));
  }

  waitingJobs(): WaitingJob[] {
    return this.#database
      .all(
        `SELECT jobs.id, jobs.person, jobs.count, jobs.plan_id, COALESCE(turns.turn, 0) AS turn,
                (SELECT COUNT(*) FROM pictures WHERE job_id = jobs.id AND state = 'waiting') AS waiting
         FROM jobs LEFT JOIN turns ON turns.person = jobs.person
         WHERE jobs.state IN ('waiting', 'running') AND jobs.cancel_requested = 0 ORDER BY jobs.sequence`,
      )
      .map((row) => ({
        jobId: jobId(String(row['id'])),
        person: String(row['person']),
        waiting: Number(row['waiting']),
        lastTurn: Number(row['turn']),
        count: Number(row['count']),
        isPlanned: row['plan_id'] !== null,
      }));
  }

  claimNext(nowMs: number): Turn | undefined {
    return this.#database.transaction(() => {
      const next = this.#database.get(
        `SELECT jobs.id, jobs.person,
                (SELECT MIN(position) FROM pictures WHERE job_id = jobs.id AND pictures.state = 'waiting') AS next_position
         FROM jobs LEFT JOIN turns ON turns.person = jobs.person
         WHERE jobs.state IN ('waiting', 'running') AND jobs.cancel_requested = 0 AND next_position IS NOT NULL
         ORDER BY jobs.plan_id IS NOT NULL, COALESCE(turns.turn, 0), jobs.count, jobs.sequence LIMIT 1`,
      );
      if (next === undefined) return undefined;
      const id = jobId(String(next['id']));
      const position = Number(next['next_position']);
      this.#database.run(
        `INSERT INTO turns (person, turn) VALUES (?, 1 + (SELECT COALESCE(MAX(turn), 0) FROM turns))
         ON CONFLICT (person) DO UPDATE SET turn = excluded.turn`,
        String(next['person']),
      );
      this.#database.run(`UPDATE pictures SET state = 'running' WHERE job_id = ? AND position = ?`, id, position);
      this.#database.run(`UPDATE jobs SET state = 'running', started_at_ms = COALESCE(started_at_ms, ?) WHERE id = ?`, nowMs, id);
      const job = this.get(id);
      return job === undefined ? undefined : { job, index: position };
    });
  }

  release(id: JobId, index: number, { crashed }: { readonly crashed: boolean }): void {
    this.#database.transaction(() => {
      this.#database.run(`UPDATE pictures SET state = 'waiting' WHERE job_id = ? AND position = ? AND state = 'running'`, id, index);
      if (crashed) this.#database.run('UPDATE jobs SET crashes = crashes + 1 WHERE id = ?', id);
    });
  }

  finishPicture(
    id: JobId,
    image: StoredImage,
    made: {
      readonly provider: string;
      readonly workMs: number;
      readonly startedAtMs: number;
      readonly droppedPrompt?: string;
    },
  ): void {
    this.#database.transaction(() => {
      const isFirst = this.#images(id).length === 0;
      if (isFirst) this.#database.run('UPDATE jobs SET started_at_ms = ? WHERE id = ?', made.startedAtMs, id);
      this.#database.run(
        `UPDATE pictures SET state = 'done', image = ? WHERE job_id = ? AND position = ?`,
        JSON.stringify(image),
        id,
        image.index,
      );
      this.#database.run(
        'UPDATE jobs SET provider = ?, dropped_prompt = COALESCE(dropped_prompt, ?), work_ms = work_ms + ? WHERE id = ?',
        made.provider,
        made.droppedPrompt ?? null,
        made.workMs,
        id,
      );
    });
  }

  end(id: JobId, state: 'done' | 'failed' | 'cancelled', nowMs: number, failure?: JobFailure): void {
    this.#database.run(
      'UPDATE jobs SET state = ?, finished_at_ms = ?, failure = ? WHERE id = ?',
      state,
      nowMs,
      failure === undefined ? null : JSON.stringify(failure),
      id,
    );
  }

  requestCancel(id: JobId): void {
    this.#database.run('UPDATE jobs SET cancel_requested = 1 WHERE id = ?', id);
  }

  timings(id: JobId): JobTimings {
    const row = this.#database.get('SELECT queued_at_ms, started_at_ms, work_ms FROM jobs WHERE id = ?', id);
    return toJobTimings(row, this.#images(id));
  }

  setSheet(id: JobId, sheet: StoredImage | undefined): void {
    this.#database.run('UPDATE jobs SET sheet = ? WHERE id = ?', sheet === undefined ? null : JSON.stringify(sheet), id);
  }

  replacePicture(id: JobId, image: StoredImage): void {
    this.#database.run(
      `UPDATE pictures SET image = ? WHERE job_id = ? AND position = ? AND state = 'done'`,
      JSON.stringify(image),
      id,
      image.index,
    );
  }

  withHeldBack(platform: PlatformName, room: RoomId, limit: number): JobRecord[] {
    return this.#database
      .all(
        `SELECT * FROM jobs WHERE platform = ? AND room_id = ? AND id IN
           (SELECT job_id FROM pictures WHERE json_extract(image, '$.heldBack') IS NOT NULL)
         ORDER BY sequence DESC LIMIT ?`,
        platform,
        room,
        limit,
      )
      .map((row) => this.#record(row));
  }

  countHeldBack(platform: PlatformName, room: RoomId): number {
    return Number(
      this.#database.get(
        `SELECT count(*) AS held FROM pictures JOIN jobs ON jobs.id = pictures.job_id
           WHERE platform = ? AND room_id = ? AND json_extract(image, '$.heldBack') IS NOT NULL`,
        platform,
        room,
      )?.['held'],
    );
  }

  withPicture(
    platform: PlatformName,
    room: RoomId,
    { key, watermark }: { readonly key: ImageKey; readonly watermark?: string },
  ): ReturnType<JobStore['withPicture']> {
    return findPicture(this.#database, { platform, room, key, watermark });
  }

  find(search: HistorySearch): JobRecord[] {
    return searchJobs(this.#database, search).map((row) => this.#record(row));
  }

  resume(): JobRecord[] {
    return this.#database.transaction(() => {
      const interrupted = this.#database
        .all(`SELECT DISTINCT jobs.* FROM jobs JOIN pictures ON pictures.job_id = jobs.id AND pictures.state = 'running'`)
        .map((row) => this.#record(row));
      for (const { id } of interrupted) this.#database.run('UPDATE jobs SET crashes = crashes + 1 WHERE id = ?', id);
      this.#database.run(`UPDATE pictures SET state = 'waiting' WHERE state = 'running'`);
      return interrupted;
    });
  }

  #one(sql: string, ...values: readonly (string | number)[]): JobRecord | undefined {
    const row = this.#database.get(sql, ...values);
    return row && this.#record(row);
  }

  #images(id: JobId): StoredImage[] {
    return this.#database
      .all(`SELECT image FROM pictures WHERE job_id = ? AND state = 'done' ORDER BY position`, id)
      .map((row) => JSON.parse(String(row['image'])) as StoredImage);
  }

  #record(row: Row): JobRecord {
    return toJobRecord(row, this.#images(jobId(String(row['id']))));
  }
}

/** People are told apart by platform and immutable id. What their schedules make costs them no turn of their own. */
const personKey = ({ origin, requestedBy, plan }: Job): string =>
  plan === undefined ? `${origin.platform} ${requestedBy}` : `${origin.platform} ${requestedBy} planned`;
