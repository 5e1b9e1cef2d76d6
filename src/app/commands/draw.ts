import { acceptJob, noRoomFor } from '#src/app/accept-job.ts';
import { askFirst } from '#src/app/asks.ts';
import type { Asked } from '#src/app/carry-out.ts';
import { currentLimits } from '#src/app/current-limits.ts';
import { drawnBy, earlierRequest, startOf } from '#src/app/earlier-request.ts';
import { findJobWith, findPicture, heldBackProblem, notMade, pointsAtPicture, sourceOf } from '#src/app/find-subject.ts';
import type { AfterCommit, Asking, HandlerContext } from '#src/app/handler-context.ts';
import { expectedMs } from '#src/app/quotas.ts';
import { refuseInRoom } from '#src/app/replies.ts';
import { modelProblem, resolveDraw, resolveLike } from '#src/app/resolve-draw.ts';
import { cellOf, indexOfCell, singleRequest } from '#core/batch.ts';
import type { Command, Draw } from '#core/command.ts';
import { formatEta } from '#core/format.ts';
import { nameOfCell } from '#core/job-names.ts';
import type { Voice } from '#core/message-codes.ts';
import { message } from '#core/messages.ts';
import { accept, refuse, type Problem, type Result } from '#core/problem.ts';
import { countCharacters } from '#core/prompt-text.ts';
import { drawAgain } from '#core/request.ts';
import { paragraph } from '#core/rich-text.ts';
import type { ImageRequest, Source, Task } from '#core/types.ts';

/** Where `vary` is typed without `--strength`. */
export const DEFAULT_STRENGTH = 0.75;

/** From words alone, or with a picture attached or replied to and `--strength`, from that picture. */
export function draw(context: HandlerContext, event: Asking, command: Draw, { voice, upload }: Asked): readonly AfterCommit[] {
  const { strength } = command.options;
  if (upload === undefined && strength === undefined) return accepted(context, event, resolveDraw(context, event, command), voice);
  const source = upload ?? sourceReplied(context, event, command);
  if (!source.ok) return refuseInRoom(context, event, source.problem, voice);
  return started(context, event, command, { source: source.value, strength }, voice);
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
    // Nobody is asked about what would then be refused.
    const full = noRoomFor(context, event, request, voice, task);
    if (full !== undefined) return refuseInRoom(context, event, full, voice);
    const ms = expectedMs(context.store, request, task, 0);
    const text = message('ask_batch', { pictures: request.count, ...(ms === 0 ? {} : { eta: formatEta(ms, voice.language) }) }, voice);
    return askFirst(context, event, [paragraph(...text)], voice);
  }
  const problem = acceptJob(context, event, request, voice, task);
  return problem === undefined ? [] : refuseInRoom(context, event, problem, voice);
}

/** The earlier request as if it had been typed, with what is changed now. */
function repeated(
  context: HandlerContext,
  request: ImageRequest,
  changes: Pick<Draw, 'options' | 'places'> & { readonly prompt?: string },
): Result<Draw, Problem> {
  const { options, places } = changes;
  const model = context.models.get(options.model ?? request.model);
  if (model === undefined) return { ok: false, problem: modelProblem(context, { options: { model: request.model, ...options }, places }) };
  const drawn = drawAgain(request, { kind: 'again', options, places }, model);
  return accept(changes.prompt === undefined ? drawn : { ...drawn, prompt: changes.prompt });
}

/** What was started from a picture starts from it again. */
function fromSamePicture(
  { init: before }: ImageRequest,
  resolved: Result<ImageRequest, Problem>,
  { options: { strength }, places }: Pick<Draw, 'options' | 'places'>,
): Result<ImageRequest, Problem> {
  if (!resolved.ok) return resolved;
  if (before === undefined) return strength === undefined ? resolved : refuse('strength_needs_picture', {}, places.strength);
  return accept({ ...resolved.value, init: { key: before.key, strength: strength ?? before.strength } });
}

export function again(
  context: HandlerContext,
  event: Asking,
  command: Command & { kind: 'again' },
  { voice }: Asked,
): readonly AfterCommit[] {
  const earlier = earlierRequest(context, event, command.job);
  if (!earlier.ok) return refuseInRoom(context, event, earlier.problem, voice);
  const { job, request } = earlier.value;
  const wish = repeated(context, request, command);
  if (!wish.ok) return refuseInRoom(context, event, wish.problem, voice);
  const resolved = fromSamePicture(request, resolveDraw(context, event, wish.value), command);
  return accepted(context, event, resolved, voice, startOf(context.store, job));
}

export function edit(
  context: HandlerContext,
  event: Asking,
  command: Command & { kind: 'edit' },
  { voice }: Asked,
): readonly AfterCommit[] {
  const earlier = earlierRequest(context, event, undefined);
  if (!earlier.ok) return refuseInRoom(context, event, earlier.problem, voice);
  const { job, request: before } = earlier.value;
  const prompt = [before.prompt, command.words].filter((part) => part !== '').join(', ');
  const limit = currentLimits(context).maxPromptChars;
  const length = countCharacters(prompt);
  if (length > limit) return refuseInRoom(context, event, refuse('prompt_too_long', { length, limit }).problem, voice);
  // With the same seed, what was not edited stays as near as the model can.
  const options = { seed: before.seed, ...command.options };
  const wish = repeated(context, before, { options, places: command.places, prompt });
  if (!wish.ok) return refuseInRoom(context, event, wish.problem, voice);
  const resolved = fromSamePicture(before, resolveDraw(context, event, wish.value), command);
  return accepted(context, event, resolved, voice, { kind: 'edit', job: job.id });
}

export function vary(context: HandlerContext, event: Asking, command: Command & { kind: 'vary' }, asked: Asked): readonly AfterCommit[] {
  const { voice, upload } = asked;
  const picked = upload === undefined ? findPicture(context, event, command) : undefined;
  const source = upload ?? (picked?.ok === true ? accept(sourceOf(picked.value)) : picked);
  if (source?.ok !== true) return source === undefined ? [] : refuseInRoom(context, event, source.problem, voice);
  const { options, places } = command;
  const drawn = picked?.ok === true ? drawnBy(context.store, picked.value.job, picked.value.image.index) : undefined;
  const wish: Result<Draw, Problem> =
    drawn === undefined
      ? accept({ kind: 'draw', prompt: '', options, places })
      : repeated(context, drawn.request, { options: { ...options, count: options.count ?? 1 }, places });
  if (!wish.ok) return refuseInRoom(context, event, wish.problem, voice);
  return started(context, event, wish.value, { source: source.value, strength: options.strength }, voice);
}

function started(
  context: HandlerContext,
  event: Asking,
  wish: Draw,
  { source, strength = DEFAULT_STRENGTH }: { readonly source: Source; readonly strength: number | undefined },
  voice: Voice,
): readonly AfterCommit[] {
  const resolved = resolveLike(context, event, wish, source);
  if (!resolved.ok) return refuseInRoom(context, event, resolved.problem, voice);
  const request = { ...resolved.value, init: { key: source.key, strength } };
  return accepted(context, event, accept(request), voice, { kind: 'vary', source });
}

/** The stored request itself, whatever styles and defaults have become since. */
export function replay(
  context: HandlerContext,
  event: Asking,
  command: Command & { kind: 'replay' },
  { voice }: Asked,
): readonly AfterCommit[] {
  const named = command.job ?? (command.cell === undefined ? undefined : findJobWith(context, event, command)?.id);
  const earlier = earlierRequest(context, event, named);
  if (!earlier.ok) return refuseInRoom(context, event, earlier.problem, voice);
  const { job, request, first } = earlier.value;
  const refused = (problem: Problem): readonly AfterCommit[] => refuseInRoom(context, event, problem, voice);
  const gone = modelsOf(request).find((name) => context.models.get(name) === undefined);
  if (gone !== undefined) return refused(refuse('model_gone', { job: job.id, model: gone }).problem);
  const index = command.cell === undefined ? undefined : indexOfCell(request, command.cell);
  if (command.cell !== undefined && index === undefined) {
    const params = { job: job.id, cell: nameOfCell(command.cell), last: cellOf(request, request.count - 1) };
    return refused(refuse('unknown_cell', params).problem);
  }
  const wanted = index === undefined ? { request, first } : { request: singleRequest(request, index), first: first + index };
  const isMade = (at: number): boolean => job.images.some((image) => image.index === at);
  if (!Array.from({ length: wanted.request.count }, (_, at) => wanted.first + at).every(isMade)) return refused(notMade(job));
  // Of several, each is checked anew; the one that is meant would only be held back again.
  const only = wanted.request.count === 1 ? job.images.find((image) => image.index === wanted.first) : undefined;
  const held = only === undefined ? undefined : heldBackProblem({ job, image: only });
  if (held !== undefined) return refused(held);
  return accepted(context, event, accept(wanted.request), voice, { kind: 'replay', job: job.id, first: wanted.first });
}

const modelsOf = ({ model, variants = [] }: ImageRequest): readonly string[] => [model, ...variants.map((variant) => variant.model)];
