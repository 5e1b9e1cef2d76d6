import { acceptJob } from '#src/app/accept-job.ts';
import { cancelJobs } from '#src/app/cancel-jobs.ts';
import { queuePlaces } from '#src/app/estimate.ts';
import { findJob, pictureReplied } from '#src/app/find-subject.ts';
import type { AfterCommit, Asking, HandlerContext } from '#src/app/handler-context.ts';
import { queueReply } from '#src/app/replies.ts';
import { prefixFor, type Command, type Draw } from '#core/command.ts';
import { cellName } from '#core/job-names.ts';
import type { MessageCode, MessageParams, Voice } from '#core/message-codes.ts';
import { message } from '#core/messages.ts';
import { refuse, type Problem } from '#core/problem.ts';
import { renderHelp } from '#core/render-help.ts';
import { renderInfo, renderModels, renderQueue, type QueueEntry } from '#core/render-lists.ts';
import { renderProblem } from '#core/render.ts';
import { drawAgain, resolveRequest, unknownModel } from '#core/request.ts';
import { paragraph, type RichText } from '#core/rich-text.ts';
import type { JobId, ModelInfo } from '#core/types.ts';

const SEEDS = 2 ** 32;

type Asked = {
  readonly voice: Voice;
  /** Whether the platform says now that the asker administers the room. */
  readonly isAdmin: boolean;
};

/** Carries a command out inside a transaction: every branch queues exactly one answer. */
export function carryOut(context: HandlerContext, event: Asking, command: Command, { voice, isAdmin }: Asked): readonly AfterCommit[] {
  const { store, models, limits } = context;
  switch (command.kind) {
    case 'draw':
      return draw(context, event, command, voice);
    case 'again':
      return again(context, event, command, voice);
    case 'cancel':
      return cancel(context, event, command.target, { voice, isAdmin });
    case 'info':
      return info(context, event, command, voice);
    case 'queue':
      return answer(context, event, renderQueue({ entries: queueEntries(context, event), ...voice }));
    case 'models':
      return answer(
        context,
        event,
        renderModels({
          models: models.list(),
          active: models.active,
          engine: context.engine.status(),
          upscaler: models.upscaler,
          ...voice,
        }),
      );
    case 'help': {
      const model = models.get(models.active);
      if (model === undefined) return refuseInRoom(context, event, refuse('engine_failed', { error: 'model_missing' }).problem, voice);
      return answer(context, event, renderHelp(command.topic, { model, limits, ...voice }));
    }
    case 'lang': {
      store.rooms.setLanguage(event.platform, event.roomId, command.language);
      return tell(
        context,
        event,
        'language_set',
        {},
        { language: command.language, prefix: prefixFor(context.prefixes, command.language) },
      );
    }
    default:
      return command satisfies never;
  }
}

/** The answer to bad input: one sentence and the place it speaks of. */
export function refuseInRoom(context: HandlerContext, event: Asking, problem: Problem, voice: Voice): readonly AfterCommit[] {
  const text = renderProblem({ problem, ...voice, ...(event.kind === 'message' ? { text: event.text } : {}) });
  queueReply(context.store, event, { text, event: { type: 'error', code: problem.code } }, context.now());
  return [];
}

function draw(context: HandlerContext, event: Asking, command: Draw, voice: Voice): readonly AfterCommit[] {
  const { models, limits, random } = context;
  const model = models.get(command.options.model ?? models.active);
  if (model === undefined) return refuseInRoom(context, event, modelProblem(context, command), voice);
  const resolved = resolveRequest(command, { model, seed: Math.floor(random() * SEEDS), limits });
  const problem = resolved.ok ? acceptJob(context, event, resolved.value, voice) : resolved.problem;
  return problem === undefined ? [] : refuseInRoom(context, event, problem, voice);
}

function again(context: HandlerContext, event: Asking, command: Command & { kind: 'again' }, voice: Voice): readonly AfterCommit[] {
  const job = findJob(context, event, command.job);
  if (job === undefined) {
    const { problem } = command.job === undefined ? refuse('nothing_to_repeat', {}) : refuse('unknown_job', { job: command.job });
    return refuseInRoom(context, event, problem, voice);
  }
  const model = context.models.get(command.options.model ?? job.request.model);
  if (model === undefined)
    return refuseInRoom(
      context,
      event,
      modelProblem(context, { ...command, options: { model: job.request.model, ...command.options } }),
      voice,
    );
  return draw(context, event, drawAgain(job.request, command, model), voice);
}

/** No folder of this name, or no working model at all. */
const modelProblem = ({ models }: HandlerContext, command: Pick<Draw, 'options' | 'places'>): Problem =>
  command.options.model === undefined
    ? refuse('engine_failed', { error: 'model_missing' }).problem
    : unknownModel(
        command,
        models.list().map(({ name }: ModelInfo) => name),
      );

function cancel(
  context: HandlerContext,
  event: Asking,
  target: 'mine' | 'subject' | JobId,
  { voice, isAdmin }: Asked,
): readonly AfterCommit[] {
  const outcome = cancelJobs(context, event, target, isAdmin);
  if ('problem' in outcome) return refuseInRoom(context, event, outcome.problem, voice);
  const { jobs, anyRunning, afterCommit } = outcome.cancelled;
  const params = { jobs: jobs.map(({ id }) => id).join(', '), count: jobs.length };
  tell(context, event, anyRunning ? 'cancel_requested' : 'cancel_done', params, voice);
  return afterCommit;
}

function info(context: HandlerContext, event: Asking, command: Command & { kind: 'info' }, voice: Voice): readonly AfterCommit[] {
  const { store, models } = context;
  const job = findJob(context, event, command.job);
  if (job === undefined) {
    const { problem } = command.job === undefined ? refuse('nothing_to_show', {}) : refuse('unknown_job', { job: command.job });
    return refuseInRoom(context, event, problem, voice);
  }
  const cell = command.cell ?? (command.job === undefined ? pictureReplied(context, event) : undefined);
  if (cell !== undefined && cell >= job.request.count) {
    const last = cellName(job.request.count - 1);
    return refuseInRoom(context, event, refuse('unknown_cell', { job: job.id, cell: cellName(cell), last }).problem, voice);
  }
  const text = renderInfo({
    jobId: job.id,
    request: job.request,
    state: job.state,
    images: job.images,
    cell,
    timings: job.images.length === 0 ? undefined : store.jobs.timings(job.id),
    provider: job.provider,
    model: models.get(job.request.model),
    activeModel: models.active,
    modelHash: context.fingerprint(job.request.model),
    ...voice,
  });
  return answer(context, event, text, job.id);
}

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

function tell<Code extends MessageCode>(
  context: HandlerContext,
  event: Asking,
  code: Code,
  params: MessageParams[Code],
  voice: Voice,
): readonly AfterCommit[] {
  return answer(context, event, [paragraph(...message(code, params, voice))]);
}

function answer(context: HandlerContext, event: Asking, text: RichText, jobId?: JobId): readonly AfterCommit[] {
  queueReply(context.store, event, { text, event: { type: 'text', ...(jobId === undefined ? {} : { jobId }) } }, context.now());
  return [];
}
