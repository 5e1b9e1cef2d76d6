import type { JobFailure, JobRecord } from '#core/job-store-port.ts';
import {
  eventId,
  jobId,
  roomId,
  userId,
  type ImageRequest,
  type JobState,
  type JobTimings,
  type Language,
  type PlatformName,
  type StageTimings,
  type StoredImage,
  type Task,
} from '#core/types.ts';
import type { Row } from '#src/store/database.ts';

/** @param images the job's finished pictures in the order of their index */
export function toJobRecord(row: Row, images: readonly StoredImage[]): JobRecord {
  return {
    id: jobId(String(row['id'])),
    request: parsed(row['request']) as ImageRequest,
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
    images,
    cancelRequested: row['cancel_requested'] === 1,
    crashes: Number(row['crashes']),
    statusRow: Number(row['status_row']),
    ...(row['task'] === null ? {} : { task: parsed(row['task']) as Task }),
    ...(row['plan_id'] === null ? {} : { plan: { id: Number(row['plan_id']), run: Number(row['plan_run']) } }),
    ...(row['started_at_ms'] === null ? {} : { startedAtMs: Number(row['started_at_ms']) }),
    ...(row['finished_at_ms'] === null ? {} : { finishedAtMs: Number(row['finished_at_ms']) }),
    ...(row['failure'] === null ? {} : { failure: parsed(row['failure']) as JobFailure }),
    ...(row['provider'] === null ? {} : { provider: String(row['provider']) }),
    ...(row['sheet'] === null ? {} : { sheet: parsed(row['sheet']) as StoredImage }),
    ...(row['dropped_prompt'] === null ? {} : { droppedPrompt: String(row['dropped_prompt']) }),
  };
}

/** @param row `queued_at_ms`, `started_at_ms` and `work_ms` of the job */
export function toJobTimings(row: Row | undefined, images: readonly StoredImage[]): JobTimings {
  const of = (stage: keyof StageTimings): number => tenths(images.reduce((sum, { timings }) => sum + (timings[stage] ?? 0), 0));
  const has = (stage: keyof StageTimings): boolean => images.some(({ timings }) => timings[stage] !== undefined);
  const queuedAtMs = Number(row?.['queued_at_ms'] ?? 0);
  return {
    textMs: of('textMs'),
    denoiseMs: of('denoiseMs'),
    decodeMs: of('decodeMs'),
    ...(has('upscaleMs') ? { upscaleMs: of('upscaleMs') } : {}),
    ...(has('enhanceMs') ? { enhanceMs: of('enhanceMs') } : {}),
    ...(has('checkMs') ? { checkMs: of('checkMs') } : {}),
    encodeMs: of('encodeMs'),
    waitedMs: Math.max(0, Number(row?.['started_at_ms'] ?? queuedAtMs) - queuedAtMs),
    workMs: tenths(Number(row?.['work_ms'] ?? 0)),
  };
}

const parsed = (json: Row[string] | undefined): unknown => JSON.parse(String(json));

/** Sums of tenths are no longer exact tenths. */
const tenths = (ms: number): number => Math.round(ms * 10) / 10;
