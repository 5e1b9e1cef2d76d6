import { acceptJob } from '#src/app/accept-job.ts';
import { askFirst } from '#src/app/asks.ts';
import type { Asked } from '#src/app/carry-out.ts';
import { currentLimits } from '#src/app/current-limits.ts';
import { findJob, findPicture, pointsAtPicture, sourceOf } from '#src/app/find-subject.ts';
import type { AfterCommit, Asking, HandlerContext } from '#src/app/handler-context.ts';
import { expectedMs } from '#src/app/quotas.ts';
import { refuseInRoom } from '#src/app/replies.ts';
import { activeModel } from '#src/app/active-model.ts';
import { cellOf, indexOfCell, singleRequest } from '#core/batch.ts';
import type { Command, Draw } from '#core/command.ts';
import { formatEta } from '#core/format.ts';
import { nameOfCell } from '#core/job-names.ts';
import type { Voice } from '#core/message-codes.ts';
import { message } from '#core/messages.ts';
import { accept, refuse, type Problem, type Result } from '#core/problem.ts';
import { drawAgain, resolveRequest, unknownModel } from '#core/request.ts';
import { paragraph } from '#core/rich-text.ts';
import type { JobRecord } from '#core/store-port.ts';
import type { ImageRequest, JobId, ModelInfo, PlatformName, RoomId, Source, Task } from '#core/types.ts';

const SEEDS = 2 ** 32;
/** Where `vary` is typed without `--strength`. */
export const DEFAULT_STRENGTH = 0.6;

type Place = { readonly platform: PlatformName; readonly roomId: RoomId };

/** What a command asks for, with the room's style and the bot's model. */
export function resolveDraw(context: Omit<HandlerContext, 'planner'>, place: Place, command: Draw): Result<ImageRequest, Problem> {
  const { models, random, store } = context;
  const model = models.get(command.options.model ?? activeModel(context));
  if (model === undefined) return { ok: false, problem: modelProblem(context, command) };
  return resolveRequest(command, {
    model,
    seed: Math.floor(random() * SEEDS),
    limits: currentLimits(context),
    styles: store.styles.list(),
    defaultStyle: store.rooms.get(place.platform, place.roomId).defaultStyle,
    models: (name) => models.get(name),
  });
}

/** From words alone, or with a picture attached or replied to and `--strength`, from that picture. */
export function draw(context: HandlerContext, event: Asking, command: Draw, { voice, upload }: Asked): readonly AfterCommit[] {
  const { strength = DEFAULT_STRENGTH, ...options } = command.options;
  const wish = { ...command, options };
  if (upload === undefined && command.options.strength === undefined) return accepted(context, event, resolveDraw(context, event, wish), voice);
  const source = upload ?? sourceReplied(context, event, command);
  if (!source.ok) return refuseInRoom(context, event, source.problem, voice);
  return started(context, event, resolveDraw(context, event, wish), { source: source.value, strength }, voice);
}

function sourceReplied(context: HandlerContext, event: Asking, { places }: Draw): Result<Source, Problem> {
  if (!pointsAtPicture(event, {})) return refuse('strength_needs_picture', {}, places.strength);
  const found = findPicture(context, event, {});
  return found.ok ? accept(sourceOf(found.value)) : found;
}

/** Puts it into the queue, asks first where it is much, or says what is wrong. */
function accepted(
  context: HandlerContext,
  event: Asking,
  resolved: Result<ImageRequest, Problem>,
  voice: Voice,
  task?: Task,
): readonly AfterCommit[] {
  if (!resolved.ok) return refuseInRoom(context, event, resolved.problem, voice);
  const request = resolved.value;
  if (request.count > currentLimits(context).askAbove && event.isConfirmed !== true) {
    const ms = expectedMs(context.store, request, task, 0);
    const text = message('ask_batch', { pictures: request.count, ...(ms === 0 ? {} : { eta: formatEta(ms, voice.language) }) }, voice);
    return askFirst(context, event, [paragraph(...text)], voice);
  }
  const problem = acceptJob(context, event, request, voice, task);
  return problem === undefined ? [] : refuseInRoom(context, event, problem, voice);
}

/** No folder of this name, or no working model at all. */
const modelProblem = ({ models }: Pick<HandlerContext, 'models'>, command: Pick<Draw, 'options' | 'places'>): Problem =>
  command.options.model === undefined
    ? refuse('engine_failed', { error: 'model_missing' }).problem
    : unknownModel(
        command,
        models.list().map(({ name }: ModelInfo) => name),
      );

/** The job that is repeated or changed; of a picture that was made from another, the words that drew it. */
function earlierRequest(context: HandlerContext, event: Asking, named: JobId | undefined): Result<JobRecord, Problem> {
  const job = findJob(context, event, named);
  if (job === undefined) return named === undefined ? refuse('nothing_to_repeat', {}) : refuse('unknown_job', { job: named });
  const { task } = job;
  if (task?.kind !== 'upscale' && task?.kind !== 'enhance') return accept(job);
  const { job: from, index = 0 } = task.source;
  const drawn = from === undefined ? undefined : findJob(context, event, from);
  return drawn === undefined ? refuse('replay_other', { job: job.id }) : accept({ ...drawn, request: singleRequest(drawn.request, index) });
}

/** The earlier request as if it had been typed, with what is changed now. */
function repeated(
  context: HandlerContext,
  job: JobRecord,
  changes: Pick<Draw, 'options' | 'places'> & { readonly prompt?: string },
): Result<Draw, Problem> {
  const model = context.models.get(changes.options.model ?? job.request.model);
  if (model === undefined)
    return { ok: false, problem: modelProblem(context, { ...changes, options: { model: job.request.model, ...changes.options } }) };
  const { options, places } = changes;
  const drawn = drawAgain(job.request, { kind: 'again', options, places }, model);
  return accept(changes.prompt === undefined ? drawn : { ...drawn, prompt: changes.prompt });
}

export function again(context: HandlerContext, event: Asking, command: Command & { kind: 'again' }, { voice }: Asked): readonly AfterCommit[] {
  const job = earlierRequest(context, event, command.job);
  if (!job.ok) return refuseInRoom(context, event, job.problem, voice);
  const { task, request } = job.value;
  // What was started from a picture starts from it again, with another seed.
  const wish = repeated(context, job.value, command);
  if (!wish.ok) return refuseInRoom(context, event, wish.problem, voice);
  const resolved = resolveDraw(context, event, { ...wish.value, options: withoutStrength(wish.value.options) });
  if (task?.kind !== 'vary' || request.init === undefined || !resolved.ok) return accepted(context, event, resolved, voice);
  const strength = command.options.strength ?? request.init.strength;
  return accepted(context, event, accept({ ...resolved.value, init: { ...request.init, strength } }), voice, task);
}

/** It belongs to the picture that is started from, not to the request. */
const withoutStrength = ({ strength: _, ...options }: Draw['options']): Draw['options'] => options;

export function edit(context: HandlerContext, event: Asking, command: Command & { kind: 'edit' }, { voice }: Asked): readonly AfterCommit[] {
  const job = earlierRequest(context, event, undefined);
  if (!job.ok) return refuseInRoom(context, event, job.problem, voice);
  const before = job.value.request;
  const prompt = [before.prompt, command.words].filter((part) => part !== '').join(', ');
  const limit = currentLimits(context).maxPromptChars;
  if (Array.from(prompt).length > limit)
    return refuseInRoom(context, event, refuse('prompt_too_long', { length: Array.from(prompt).length, limit }).problem, voice);
  const wish = repeated(context, job.value, { ...command, prompt });
  if (!wish.ok) return refuseInRoom(context, event, wish.problem, voice);
  // With the same seed, what was not edited stays as near as the model can.
  const seed = command.options.seed ?? before.seed;
  const resolved = resolveDraw(context, event, { ...wish.value, options: { ...withoutStrength(wish.value.options), seed } });
  return accepted(context, event, resolved, voice, { kind: 'edit', job: job.value.id });
}

export function vary(context: HandlerContext, event: Asking, command: Command & { kind: 'vary' }, asked: Asked): readonly AfterCommit[] {
  const { voice, upload } = asked;
  const strength = command.options.strength ?? DEFAULT_STRENGTH;
  if (upload !== undefined) {
    if (!upload.ok) return refuseInRoom(context, event, upload.problem, voice);
    const wish: Draw = { kind: 'draw', prompt: '', options: withoutStrength(command.options), places: command.places };
    return started(context, event, resolveDraw(context, event, wish), { source: upload.value, strength }, voice);
  }
  const found = findPicture(context, event, command);
  if (!found.ok) return refuseInRoom(context, event, found.problem, voice);
  const { job, image } = found.value;
  const { count = 1, ...options } = withoutStrength(command.options);
  const single = { ...job, request: singleRequest(job.request, image.index) };
  const wish = repeated(context, single, { options: { ...options, count }, places: command.places });
  if (!wish.ok) return refuseInRoom(context, event, wish.problem, voice);
  return started(context, event, resolveDraw(context, event, wish.value), { source: sourceOf(found.value), strength }, voice);
}

function started(
  context: HandlerContext,
  event: Asking,
  resolved: Result<ImageRequest, Problem>,
  { source, strength }: { readonly source: Source; readonly strength: number },
  voice: Voice,
): readonly AfterCommit[] {
  if (!resolved.ok) return refuseInRoom(context, event, resolved.problem, voice);
  const request = { ...resolved.value, init: { key: source.key, strength } };
  return accepted(context, event, accept(request), voice, { kind: 'vary', source });
}

/** The stored request itself, whatever styles and defaults have become since. */
export function replay(context: HandlerContext, event: Asking, command: Command & { kind: 'replay' }, { voice }: Asked): readonly AfterCommit[] {
  const job = earlierRequest(context, event, command.job);
  if (!job.ok) return refuseInRoom(context, event, job.problem, voice);
  const { id, request, images } = job.value;
  if (context.models.get(request.model) === undefined)
    return refuseInRoom(context, event, refuse('model_gone', { job: id, model: request.model }).problem, voice);
  if (images.length < request.count && command.cell === undefined)
    return refuseInRoom(context, event, refuse('picture_not_ready', { job: id }).problem, voice);
  if (command.cell === undefined) return accepted(context, event, accept(request), voice, { kind: 'replay', job: id, first: 0 });
  const index = indexOfCell(request, command.cell);
  if (index === undefined) {
    const params = { job: id, cell: nameOfCell(command.cell), last: cellOf(request, request.count - 1) };
    return refuseInRoom(context, event, refuse('unknown_cell', params).problem, voice);
  }
  return accepted(context, event, accept(singleRequest(request, index)), voice, { kind: 'replay', job: id, first: index });
}
