import { currentLimits } from '#src/app/current-limits.ts';
import { queuePlaces } from '#src/app/estimate.ts';
import type { Asking, HandlerContext } from '#src/app/handler-context.ts';
import { isPaused } from '#src/app/pause.ts';
import { promptNotes, promptProblem } from '#src/app/prompt-check.ts';
import { quotaProblem, usedUp } from '#src/app/quotas.ts';
import { queueReply, threadOf } from '#src/app/replies.ts';
import type { Voice } from '#core/message-codes.ts';
import { jobIdAlphabet, isJobId, minJobIdLength } from '#core/job-names.ts';
import { refuse, type Problem } from '#core/problem.ts';
import { renderAccepted } from '#core/render.ts';
import { paragraph } from '#core/rich-text.ts';
import type { Store } from '#core/store-port.ts';
import { jobId, type ImageRequest, type Job, type JobId, type Language, type Task } from '#core/types.ts';

const ID_ATTEMPTS_PER_LENGTH = 20;

/**
 * Stores the job and its acknowledgement, or says why there is no room for it. Call inside a transaction.
 * @returns the problem, or `undefined` when the job was accepted
 */
export function acceptJob(context: HandlerContext, event: Asking, request: ImageRequest, voice: Voice, task?: Task): Problem | undefined {
  const { store, runner, now } = context;
  const full = noRoomFor(context, event, request, voice, task);
  if (full !== undefined) return full;

  const job: Job = {
    id: newJobId(store, context.random),
    request,
    origin: { platform: event.platform, roomId: event.roomId, eventId: event.eventId, threadId: threadOf(store, event) },
    requestedBy: event.sender,
    language: voice.language,
    queuedAtMs: now(),
    ...(task === undefined ? {} : { task }),
  };
  store.jobs.add(job);
  const place = queuePlaces(store, runner.runningMs).get(job.id);
  const statusRow = queueReply(
    store,
    event,
    {
      inThread: true,
      text: [
        ...renderAccepted({
          jobId: job.id,
          request,
          task,
          isPaused: isPaused(store),
          picturesAhead: place?.picturesAhead ?? 0,
          etaMs: place?.etaMs,
          ...voice,
        }),
        ...promptNotes(context, request, task, voice).map((note) => paragraph(...note)),
      ],
      event: { type: 'ack', jobId: job.id, progress: 0 },
    },
    now(),
  );
  store.jobs.setStatusRow(job.id, statusRow);
  return undefined;
}

/** Why it can't be taken: its words, the queue, or what may be used in a day. */
export const noRoomFor = (context: HandlerContext, event: Asking, request: ImageRequest, voice: Voice, task?: Task): Problem | undefined =>
  promptProblem(context, request, task) ??
  fullQueue(context) ??
  queueIsFull(context, event) ??
  quotaProblem(context, event, request, task, voice.language);

/** The same of any picture, before it is known what it will be. */
export const noRoomAtAll = (context: HandlerContext, event: Asking, language: Language): Problem | undefined =>
  fullQueue(context) ?? queueIsFull(context, event) ?? usedUp(context, event, language);

function queueIsFull(context: HandlerContext, { sender, platform }: Asking): Problem | undefined {
  const limit = currentLimits(context).maxWaitingJobsPerPerson;
  // What a schedule asked for keeps nobody from drawing.
  const own = context.store.jobs
    .open()
    .filter((job) => job.requestedBy === sender && job.origin.platform === platform && job.plan === undefined);
  if (own.length >= limit) return refuse('person_queue_full', { waiting: own.length, limit }).problem;
  return undefined;
}

/** Of everybody's jobs. */
export function fullQueue(context: Pick<HandlerContext, 'store' | 'limits'>): Problem | undefined {
  const limit = currentLimits(context).maxWaitingJobs;
  const waiting = context.store.jobs.open().length;
  return waiting >= limit ? refuse('queue_full', { waiting, limit }).problem : undefined;
}

/** A short id that no job has; longer once short ones are hard to find. */
export function newJobId(store: Pick<Store, 'jobs'>, random: () => number): JobId {
  for (let length = minJobIdLength; ; length++) {
    for (let attempt = 0; attempt < ID_ATTEMPTS_PER_LENGTH; attempt++) {
      const text = Array.from({ length }, () => jobIdAlphabet[Math.floor(random() * jobIdAlphabet.length)]).join('');
      if (isJobId(text) && store.jobs.get(jobId(text)) === undefined) return jobId(text);
    }
  }
}
