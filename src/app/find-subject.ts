import type { Asking, HandlerContext } from '#src/app/handler-context.ts';
import { cellOf, indexOfCell } from '#core/batch.ts';
import type { Target } from '#core/command.ts';
import { nameOfCell } from '#core/job-names.ts';
import { accept, refuse, type Problem, type Result } from '#core/problem.ts';
import { isOpen, type JobRecord } from '#core/job-store-port.ts';
import type { Store } from '#core/store-port.ts';
import type { EventId, JobId, PlatformName, Source, StoredImage } from '#core/types.ts';

/** The job that a message belongs to: one of its answers, or the command that asked for it. */
export function jobShown(store: Store, platform: PlatformName, message: EventId): JobRecord | undefined {
  const subject = store.outbox.subjectOf(platform, message);
  return subject === undefined ? store.jobs.ofCommand(platform, message) : store.jobs.get(subject.jobId);
}

/**
 * The job that a command speaks of: the one it names, else the one it replies to, else the newest of its thread, else
 * the asker's newest in this room. Jobs of other rooms are not found, so that no prompt leaves its room.
 */
export function findJob({ store }: HandlerContext, event: Asking, named: JobId | undefined): JobRecord | undefined {
  const { platform, roomId, sender } = event;
  const inThisRoom = (job: JobRecord | undefined): JobRecord | undefined =>
    job?.origin.platform === platform && job.origin.roomId === roomId ? job : undefined;
  if (named !== undefined) return inThisRoom(store.jobs.get(named));
  if (event.kind === 'reaction') return undefined;
  return inThisRoom(
    (event.replyTo === undefined ? undefined : jobShown(store, platform, event.replyTo)) ??
      (event.threadId === undefined ? undefined : jobOfThread(store, platform, event)) ??
      store.jobs.latestOf(platform, roomId, sender),
  );
}

/** How far back a cell is looked for. */
const RECENT_JOBS = 50;

/** The same for a picture: where that job has no such cell, the asker's newest in this room that has it. */
export function findJobWith(context: HandlerContext, event: Asking, { job: named, cell }: Target): JobRecord | undefined {
  const job = findJob(context, event, named);
  if (named !== undefined || cell === undefined || (job !== undefined && indexOfCell(job.request, cell) !== undefined)) return job;
  const { platform, roomId: room, sender: by } = event;
  const recent = context.store.jobs.find({ platform, room, by, words: [], limit: RECENT_JOBS });
  const hasCell = ({ request, images, plan }: JobRecord): boolean =>
    plan === undefined && images.some(({ index }) => index === indexOfCell(request, cell));
  return recent.find(hasCell) ?? job;
}

/** The newest job that was asked for in the thread, else the one whose message began it, as a schedule's does. */
const jobOfThread = (store: Store, platform: PlatformName, { roomId, threadId }: Asking & { kind: 'message' }): JobRecord | undefined =>
  threadId === undefined ? undefined : (store.jobs.latestInThread(platform, roomId, threadId) ?? jobShown(store, platform, threadId));

/** Index of the picture that the command replies to. */
export const pictureReplied = ({ store }: HandlerContext, event: Asking): number | undefined =>
  event.kind === 'message' && event.replyTo !== undefined ? store.outbox.subjectOf(event.platform, event.replyTo)?.pictureIndex : undefined;

/** Whether the command itself says of which picture it speaks: by name, by reply or by what it carries. */
export const pointsAtPicture = (event: Asking, { job, cell }: Target): boolean =>
  job !== undefined || cell !== undefined || (event.kind === 'message' && (event.replyTo !== undefined || event.attachment !== undefined));

export type PictureOfJob = { readonly job: JobRecord; readonly image: StoredImage };

/** One finished picture of a job that may be seen: the one named, the one replied to, or the only one there is. */
export function findPicture(context: HandlerContext, event: Asking, target: Target): Result<PictureOfJob, Problem> {
  const found = findAnyPicture(context, event, target);
  const refused = found.ok ? heldBackProblem(found.value) : undefined;
  return refused === undefined ? found : { ok: false, problem: refused };
}

/** Why nothing is done with this picture; `undefined` where it may be seen. */
export function heldBackProblem({ job, image: { index, heldBack } }: PictureOfJob): Problem | undefined {
  if (heldBack === undefined) return undefined;
  return refuse('picture_held_back', { picture: pictureName(job, index), job: job.id, why: heldBack }).problem;
}

/** `k7f3/A2`. */
export const pictureName = ({ id, request }: JobRecord, index: number): string => `${id}/${cellOf(request, index)}`;

/** The same where it need not be seen, such as for comparing it. */
export function findAnyPicture(context: HandlerContext, event: Asking, target: Target): Result<PictureOfJob, Problem> {
  const job = findJobWith(context, event, target);
  if (job === undefined) return target.job === undefined ? refuse('no_picture', {}) : refuse('unknown_job', { job: target.job });
  const index = indexIn(context, event, job, target);
  if (!index.ok) return index;
  const image = job.images.find((candidate) => candidate.index === index.value);
  return image === undefined ? { ok: false, problem: notMade(job) } : accept({ job, image });
}

/** A picture that is not there: not yet, or never. */
export function notMade(job: JobRecord): Problem {
  if (isOpen(job)) return refuse('picture_not_ready', { job: job.id }).problem;
  const [first] = job.images;
  const params = { job: job.id, made: job.images.length, count: job.request.count };
  return refuse('job_cut_short', { ...params, ...(first === undefined ? {} : { first: cellOf(job.request, first.index) }) }).problem;
}

/** Which picture of the job a command means. */
function indexIn(context: HandlerContext, event: Asking, { id, request }: JobRecord, { job, cell }: Target): Result<number, Problem> {
  const last = cellOf(request, request.count - 1);
  if (cell !== undefined) {
    const index = indexOfCell(request, cell);
    return index === undefined ? refuse('unknown_cell', { job: id, cell: nameOfCell(cell), last }) : accept(index);
  }
  const replied = job === undefined ? pictureReplied(context, event) : undefined;
  if (replied !== undefined) return accept(replied);
  return request.count === 1 ? accept(0) : refuse('which_picture', { job: id, first: cellOf(request, 0), last });
}

export const sourceOf = ({ job, image }: PictureOfJob): Source => ({
  key: image.key,
  widthPx: image.widthPx,
  heightPx: image.heightPx,
  job: job.id,
  index: image.index,
  cell: cellOf(job.request, image.index),
  ...(isUploaded(job) ? { uploaded: true } : {}),
});

const isUploaded = ({ task }: JobRecord): boolean =>
  (task?.kind === 'upscale' || task?.kind === 'enhance') && (task.source.uploaded === true || task.source.job === undefined);
