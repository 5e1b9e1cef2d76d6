import type { JobFailure, JobRecord, JobStore, Turn, WaitingJob } from '#core/store-port.ts';
import {
  eventId,
  jobId,
  roomId,
  userId,
  type EventId,
  type ImageRequest,
  type Job,
  type JobId,
  type JobState,
  type JobTimings,
  type Language,
  type PlatformName,
  type RoomId,
  type StoredImage,
  type UserId,
} from '#core/types.ts';
import type { Database, Row } from '#src/store/database.ts';

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
        `INSERT INTO jobs (id, platform, room_id, event_id, thread_id, user_id, person, language, request, queued_at_ms)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        job.id,
        platform,
        room,
        command,
        threadId,
        job.requestedBy,
        personKey(platform, job.requestedBy),
        job.language,
        JSON.stringify(job.request),
        job.queuedAtMs,
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
    return this.#one('SELECT * FROM jobs WHERE platform = ? AND event_id = ?', platform, command);
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
      'SELECT * FROM jobs WHERE platform = ? AND room_id = ? AND user_id = ? ORDER BY sequence DESC LIMIT 1',
      platform,
      room,
      user,
    );
  }

  open(): JobRecord[] {
    return this.#database.all(`SELECT * FROM jobs WHERE state IN ('waiting', 'running') ORDER BY sequence`).map((row) => this.#record(row));
  }

  waitingJobs(): WaitingJob[] {
    return this.#database
      .all(
        `SELECT jobs.id, jobs.person, COALESCE(turns.turn, 0) AS turn,
                (SELECT COUNT(*) FROM pictures WHERE job_id = jobs.id AND state = 'waiting') AS waiting
         FROM jobs LEFT JOIN turns ON turns.person = jobs.person
         WHERE jobs.state IN ('waiting', 'running') AND jobs.cancel_requested = 0 ORDER BY jobs.sequence`,
      )
      .map((row) => ({
        jobId: jobId(String(row['id'])),
        person: String(row['person']),
        waiting: Number(row['waiting']),
        lastTurn: Number(row['turn']),
      }));
  }

  claimNext(nowMs: number): Turn | undefined {
    return this.#database.transaction(() => {
      const next = this.#database.get(
        `SELECT jobs.id, jobs.person, pictures.position
         FROM jobs JOIN pictures ON pictures.job_id = jobs.id AND pictures.state = 'waiting'
              LEFT JOIN turns ON turns.person = jobs.person
         WHERE jobs.state IN ('waiting', 'running') AND jobs.cancel_requested = 0
         ORDER BY COALESCE(turns.turn, 0), jobs.sequence, pictures.position LIMIT 1`,
      );
      if (next === undefined) return undefined;
      const id = jobId(String(next['id']));
      const position = Number(next['position']);
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
    made: { readonly provider: string; readonly workMs: number; readonly startedAtMs: number; readonly droppedPrompt?: string },
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
        'UPDATE jobs SET provider = ?, dropped_prompt = ?, work_ms = work_ms + ? WHERE id = ?',
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
    const sums = { textMs: 0, denoiseMs: 0, decodeMs: 0, encodeMs: 0 };
    let upscaleMs: number | undefined;
    for (const { timings } of this.#images(id)) {
      sums.textMs += timings.textMs;
      sums.denoiseMs += timings.denoiseMs;
      sums.decodeMs += timings.decodeMs;
      sums.encodeMs += timings.encodeMs;
      if (timings.upscaleMs !== undefined) upscaleMs = (upscaleMs ?? 0) + timings.upscaleMs;
    }
    const queuedAtMs = Number(row?.['queued_at_ms'] ?? 0);
    const rounded = {
      textMs: tenths(sums.textMs),
      denoiseMs: tenths(sums.denoiseMs),
      decodeMs: tenths(sums.decodeMs),
      ...(upscaleMs === undefined ? {} : { upscaleMs: tenths(upscaleMs) }),
      encodeMs: tenths(sums.encodeMs),
    };
    return {
      ...rounded,
      waitedMs: Math.max(0, Number(row?.['started_at_ms'] ?? queuedAtMs) - queuedAtMs),
      workMs: tenths(Number(row?.['work_ms'] ?? 0)),
    };
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

  #one(sql: string, ...values: readonly string[]): JobRecord | undefined {
    const row = this.#database.get(sql, ...values);
    return row && this.#record(row);
  }

  #images(id: JobId): StoredImage[] {
    return this.#database
      .all(`SELECT image FROM pictures WHERE job_id = ? AND state = 'done' ORDER BY position`, id)
      .map((row) => JSON.parse(String(row['image'])) as StoredImage);
  }

  #record(row: Row): JobRecord {
    const id = jobId(String(row['id']));
    return {
      id,
      request: JSON.parse(String(row['request'])) as ImageRequest,
      origin: {
        platform: row['platform'] as PlatformName,
        roomId: roomId(String(row['room_id'])),
        eventId: eventId(String(row['event_id'])),
        threadId: eventId(String(row['thread_id'])),
      },
      requestedBy: userId(String(row['user_id'])),
      language: row['language'] as Language,
      queuedAtMs: Number(row['queued_at_ms']),
      state: row['state'] as JobState,
      images: this.#images(id),
      cancelRequested: row['cancel_requested'] === 1,
      crashes: Number(row['crashes']),
      statusRow: Number(row['status_row']),
      ...(row['started_at_ms'] === null ? {} : { startedAtMs: Number(row['started_at_ms']) }),
      ...(row['finished_at_ms'] === null ? {} : { finishedAtMs: Number(row['finished_at_ms']) }),
      ...(row['failure'] === null ? {} : { failure: JSON.parse(String(row['failure'])) as JobFailure }),
      ...(row['provider'] === null ? {} : { provider: String(row['provider']) }),
      ...(row['dropped_prompt'] === null ? {} : { droppedPrompt: String(row['dropped_prompt']) }),
    };
  }
}

/** People are told apart by platform and immutable id. */
const personKey = (platform: PlatformName, user: UserId): string => `${platform} ${user}`;

/** Sums of tenths are no longer exact tenths. */
const tenths = (ms: number): number => Math.round(ms * 10) / 10;
