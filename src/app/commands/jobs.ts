import { cancelJobs } from '#src/app/cancel-jobs.ts';
import { activeModel } from '#src/app/active-model.ts';
import type { Asked } from '#src/app/carry-out.ts';
import { queuePlaces } from '#src/app/estimate.ts';
import { findJob, findJobWith, pictureReplied } from '#src/app/find-subject.ts';
import type { AfterCommit, Asking, HandlerContext } from '#src/app/handler-context.ts';
import { ownStyle } from '#src/app/find-style.ts';
import { heldBackIn } from '#src/app/held-back.ts';
import { isPaused } from '#src/app/pause.ts';
import { answer, queueAttachment, refuseInRoom, tell } from '#src/app/replies.ts';
import { cellOf, indexOfCell } from '#core/batch.ts';
import type { Command } from '#core/command.ts';
import { nameOfCell } from '#core/job-names.ts';
import { message } from '#core/messages.ts';
import { refuse, type Problem } from '#core/problem.ts';
import { renderInfo, renderQueue, type QueueEntry } from '#core/render-lists.ts';
import { altText, renderSheetCaption } from '#core/render-caption.ts';
import { paragraph } from '#core/rich-text.ts';
import type { Store } from '#core/store-port.ts';
import type { JobId, Variant } from '#core/types.ts';

export function cancel(
  context: HandlerContext,
  event: Asking,
  { target }: Command & { kind: 'cancel' },
  { voice, isAdmin }: Asked,
): readonly AfterCommit[] {
  const outcome = cancelJobs(context, event, target, isAdmin);
  if ('problem' in outcome) return refuseInRoom(context, event, outcome.problem, voice);
  const { jobs, anyRunning, afterCommit } = outcome.cancelled;
  const params = { jobs: jobs.map(({ id }) => id).join(', '), count: jobs.length };
  tell(context, event, anyRunning ? 'cancel_requested' : 'cancel_done', params, voice);
  return afterCommit;
}

export const queue = (context: HandlerContext, event: Asking, _command: Command, { voice }: Asked): readonly AfterCommit[] =>
  answer(context, event, renderQueue({ entries: queueEntries(context, event), isPaused: isPaused(context.store), ...voice }));

/** Everybody's place in the one queue; the prompts stay in their rooms. */
function queueEntries({ store, runner }: HandlerContext, event: Asking): QueueEntry[] {
  const places = queuePlaces(store, runner.runningMs);
  return store.jobs
    .open()
    .map((job) => ({ job, place: places.get(job.id) }))
    .toSorted((a, b) => (a.place?.picturesAhead ?? 0) - (b.place?.picturesAhead ?? 0))
    .map(({ job, place }) => ({
      jobId: job.id,
      count: job.request.count,
      isMine: job.origin.platform === event.platform && job.requestedBy === event.sender,
      state: job.state === 'running' ? 'running' : 'waiting',
      etaMs: place?.etaMs,
    }));
}

const unknownJob = (named: JobId | undefined): Problem =>
  (named === undefined ? refuse('nothing_to_show', {}) : refuse('unknown_job', { job: named })).problem;

export function info(
  context: HandlerContext,
  event: Asking,
  command: Command & { kind: 'info' },
  { voice }: Asked,
): readonly AfterCommit[] {
  const { store, models } = context;
  const job = findJobWith(context, event, command);
  if (job === undefined) return refuseInRoom(context, event, unknownJob(command.job), voice);
  const named = command.cell === undefined ? undefined : indexOfCell(job.request, command.cell);
  if (command.cell !== undefined && named === undefined) {
    const last = cellOf(job.request, job.request.count - 1);
    return refuseInRoom(context, event, refuse('unknown_cell', { job: job.id, cell: nameOfCell(command.cell), last }).problem, voice);
  }
  const text = renderInfo({
    jobId: job.id,
    request: job.request,
    task: job.task,
    state: job.state,
    images: job.images,
    cell: named ?? (command.job === undefined ? pictureReplied(context, event) : undefined),
    timings: job.images.length === 0 ? undefined : store.jobs.timings(job.id),
    provider: job.provider,
    models: models.list(),
    activeModel: activeModel(context),
    hasDefaultStyle: ownStyle(context, event) !== undefined,
    isStyleChanged: (job.request.variants ?? []).some(({ style }) => style !== undefined && !isNewest(store, style)),
    ...voice,
  });
  return answer(context, event, text, job.id);
}

const isNewest = ({ styles }: Pick<Store, 'styles'>, { name, version }: NonNullable<Variant['style']>): boolean =>
  styles.get(name)?.version === version;

export function sheet(
  context: HandlerContext,
  event: Asking,
  command: Command & { kind: 'sheet' | 'zip' },
  asked: Asked,
): readonly AfterCommit[] {
  const job = findJob(context, event, command.job);
  if (job === undefined) return refuseInRoom(context, event, unknownJob(command.job), asked.voice);
  if (asked.sheet === undefined) return refuseInRoom(context, event, refuse('sheet_nothing', { job: job.id }).problem, asked.voice);
  if (!asked.sheet.ok) return refuseInRoom(context, event, asked.sheet.problem, asked.voice);
  const { language } = asked.voice;
  queueAttachment(context, event, {
    part: 'sheet',
    content: {
      kind: 'image',
      image: asked.sheet.value,
      fileName: `${job.id}-sheet.png`,
      caption: renderSheetCaption({ jobId: job.id, request: job.request, made: job.images.length, language }),
      altText: altText({ request: job.request, language }),
    },
    event: { type: 'sheet', jobId: job.id },
  });
  return [];
}

export function zip(
  context: HandlerContext,
  event: Asking,
  command: Command & { kind: 'sheet' | 'zip' },
  asked: Asked,
): readonly AfterCommit[] {
  const job = findJob(context, event, command.job);
  if (job === undefined) return refuseInRoom(context, event, unknownJob(command.job), asked.voice);
  if (asked.zip === undefined) return refuseInRoom(context, event, refuse('sheet_nothing', { job: job.id }).problem, asked.voice);
  if (!asked.zip.ok) return refuseInRoom(context, event, asked.zip.problem, asked.voice);
  const held = heldBackIn(job);
  const caption = [
    paragraph(...message('zip_ready', { job: job.id, pictures: job.images.length - (held?.held ?? 0) }, asked.voice)),
    ...(held === undefined ? [] : [paragraph(...message('pictures_held_back', held, asked.voice))]),
  ];
  queueAttachment(context, event, {
    part: 'zip',
    content: { kind: 'file', file: asked.zip.value, caption },
    event: { type: 'text', jobId: job.id },
  });
  return [];
}
