/**
 * The machine-readable copy of what is stored about a person. Its form is docs/mydata.schema.json; a change that breaks readers raises
 * `version`. Times are ISO 8601 in UTC, sizes in pixels and bytes, durations in milliseconds.
 */
import { cellOf } from '#core/batch.ts';
import type { Person, PersonalRecords } from '#core/personal-data-port.ts';
import type { JobRecord } from '#core/job-store-port.ts';
import type { ImageKey } from '#core/types.ts';

export const myDataFormat = 'blitzbild-mydata';
export const myDataVersion = 1;

/** A file of the archive and the stored one that it is made of; nobody gets to see one that is held back. */
export type MyDataFile = { readonly name: string; readonly key: ImageKey; readonly isHeldBack?: boolean };

const iso = (ms: number): string => new Date(ms).toISOString();
const isoOrNone = (ms: number | undefined): string | null => (ms === undefined ? null : iso(ms));

/** The files of a job: its pictures, its contact sheet, and what its asker has uploaded for it. */
export function filesOfJob({ id, request, images, sheet, task }: JobRecord): readonly MyDataFile[] {
  const uploaded = task !== undefined && 'source' in task && task.source.job === undefined ? [task.source.key] : [];
  const init = request.init !== undefined && task === undefined ? [request.init.key] : [];
  return [
    ...images.map(({ index, key, heldBack }) => ({
      name: `${id}-${cellOf(request, index)}${endingOf(key)}`,
      key,
      isHeldBack: heldBack !== undefined,
    })),
    ...(sheet === undefined ? [] : [{ name: `${id}-sheet${endingOf(sheet.key)}`, key: sheet.key }]),
    ...[...uploaded, ...init].map(uploadOf),
  ];
}

/** Files that the person posted in the local room. */
export const filesOfRoomEvents = (events: PersonalRecords['roomEvents']): readonly MyDataFile[] =>
  events.flatMap(({ body }) => {
    const key = (body as { readonly attachment?: { readonly key?: ImageKey } }).attachment?.key;
    return key === undefined ? [] : [uploadOf(key)];
  });

const endingOf = (key: ImageKey): string => key.slice(key.lastIndexOf('.'));
const uploadOf = (key: ImageKey): MyDataFile => ({ name: `upload-${key.slice(0, 12)}${endingOf(key)}`, key });

/** @param missing names of files that are no longer stored */
export function myDataDocument(about: {
  readonly person: Person;
  readonly madeAtMs: number;
  readonly jobs: readonly JobRecord[];
  readonly records: PersonalRecords;
  readonly missing: ReadonlySet<string>;
}): object {
  const { person, madeAtMs, jobs, records, missing } = about;
  return {
    format: myDataFormat,
    version: myDataVersion,
    madeAt: iso(madeAtMs),
    person: { platform: person.platform, id: person.user },
    jobs: jobs.map((job) => jobEntry(job, missing)),
    schedules: records.plans.map(({ roomId, createdBy: _who, createdAtMs, nextRunMs, lastRunMs, eventId, ...plan }) => ({
      ...plan,
      room: roomId,
      command: eventId,
      createdAt: iso(createdAtMs),
      nextRunAt: isoOrNone(nextRunMs),
      lastRunAt: isoOrNone(lastRunMs),
    })),
    stars: records.stars.map(({ roomId, jobId, index, atMs }) => ({ room: roomId, job: jobId, picture: index, at: iso(atMs) })),
    styleChanges: records.styleChanges.map(({ name, version, changedAtMs }) => ({ name, version, at: iso(changedAtMs) })),
    usage: records.usage.map(({ roomId, atMs, pictures, workMs }) => ({ room: roomId, at: iso(atMs), pictures, workMs })),
    questions: records.questions.map(({ roomId, event, expiresMs, isOpen }) => ({
      room: roomId,
      about: event,
      expiresAt: iso(expiresMs),
      isOpen,
    })),
    messages: records.messages.map(({ roomId, eventId, answers, jobId, state, queuedAtMs, delivery }) => ({
      room: roomId ?? null,
      message: eventId ?? null,
      answers: answers ?? null,
      job: jobId ?? null,
      state,
      queuedAt: iso(queuedAtMs),
      ...(delivery === undefined ? {} : { content: delivery }),
    })),
    waitingEvents: records.waitingEvents,
    localRoom: records.roomEvents.map(({ eventId, atMs, body }) => ({ message: eventId, at: iso(atMs), content: body })),
    notes: records.notes,
  };
}

function jobEntry(job: JobRecord, missing: ReadonlySet<string>): object {
  const { id, origin, language, state, request, task, plan, failure, droppedPrompt, provider, images } = job;
  return {
    id,
    room: origin.roomId,
    command: origin.eventId,
    thread: origin.threadId,
    language,
    state,
    askedAt: iso(job.queuedAtMs),
    startedAt: isoOrNone(job.startedAtMs),
    finishedAt: isoOrNone(job.finishedAtMs),
    request,
    task: task ?? null,
    schedule: plan ?? null,
    failure: failure ?? null,
    droppedPrompt: droppedPrompt ?? null,
    provider: provider ?? null,
    pictures: images,
    files: filesOfJob(job).map(({ name, isHeldBack = false }) => {
      const reason = isHeldBack ? 'held_back' : missing.has(name) ? 'gone' : undefined;
      return { name, isIncluded: reason === undefined, ...(reason === undefined ? {} : { reason }) };
    }),
  };
}
