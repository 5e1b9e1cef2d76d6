import type { Asked } from '#src/app/carry-out.ts';
import { findAnyPicture, findJob, pictureName } from '#src/app/find-subject.ts';
import type { AfterCommit, Asking, HandlerContext } from '#src/app/handler-context.ts';
import { queuePicture } from '#src/app/job-messages.ts';
import { answer, refuseInRoom, tell } from '#src/app/replies.ts';
import { notAllowed } from '#src/app/rights.ts';
import { cellOf } from '#core/batch.ts';
import { prefixFor, type Command } from '#core/command.ts';
import { pickFor } from '#core/format.ts';
import { message } from '#core/messages.ts';
import { accept, refuse, type Problem, type Result } from '#core/problem.ts';
import { renderSimilarityReport } from '#core/render-similarity.ts';
import { code, paragraph, type RichText } from '#core/rich-text.ts';
import type { JobRecord } from '#core/job-store-port.ts';
import type { StoredImage } from '#core/types.ts';

const MOST_JOBS = 50;

/** What the comparison with the library says of one picture. */
export function check(context: HandlerContext, event: Asking, _command: Command, { voice, checked }: Asked): readonly AfterCommit[] {
  if (checked === undefined) return refuseInRoom(context, event, refuse('check_unavailable', {}).problem, voice);
  if (!checked.ok) return refuseInRoom(context, event, checked.problem, voice);
  return answer(context, event, renderSimilarityReport({ ...checked.value, language: voice.language }));
}

/** Posts a picture that was held back; its sheet is made anew when somebody wants it. */
export function release(
  context: HandlerContext,
  event: Asking,
  command: Command & { kind: 'release' },
  { voice, isAdmin }: Asked,
): readonly AfterCommit[] {
  if (!isAdmin) return refuseInRoom(context, event, notAllowed(context, event, command), voice);
  const found = heldPicture(context, event, command);
  if (!found.ok) return refuseInRoom(context, event, found.problem, voice);
  const { job, image } = found.value;
  const picture = pictureName(job, image.index);
  const { heldBack, ...released } = image;
  if (heldBack === undefined) return refuseInRoom(context, event, refuse('release_not_held', { picture }).problem, voice);
  const { store, prefixes, now } = context;
  store.jobs.replacePicture(job.id, released);
  store.jobs.setSheet(job.id, undefined);
  queuePicture(store, job, released, { language: job.language, prefix: prefixFor(prefixes, job.language) }, now(), true);
  return tell(context, event, 'release_done', { picture }, voice);
}

type Found = Result<{ readonly job: JobRecord; readonly image: StoredImage }, Problem>;

/** Where no picture is named and a job has only one that is held back, that one is meant. */
function heldPicture(context: HandlerContext, event: Asking, command: Command & { kind: 'release' }): Found {
  const found = findAnyPicture(context, event, command);
  if (found.ok || found.problem.code !== 'which_picture') return found;
  const job = findJob(context, event, command.job);
  const [image, ...more] = job === undefined ? [] : heldIn(job);
  if (job === undefined || image === undefined) return found;
  if (more.length === 0) return accept({ job, image });
  const pictures = heldIn(job).map(({ index }) => cellOf(job.request, index));
  return refuse('release_which', { job: job.id, pictures: pictures.join(', ') });
}

const heldIn = ({ images }: JobRecord): readonly StoredImage[] => images.filter(({ heldBack }) => heldBack !== undefined);

/** The pictures of this room that are held back, each with why. */
export function held(
  context: HandlerContext,
  event: Asking,
  command: Command & { kind: 'held' },
  { voice, isAdmin }: Asked,
): readonly AfterCommit[] {
  if (!isAdmin) return refuseInRoom(context, event, notAllowed(context, event, command), voice);
  const jobs = context.store.jobs.withHeldBack(event.platform, event.roomId, MOST_JOBS);
  if (jobs.length === 0) return tell(context, event, 'held_none', {}, voice);
  const items = jobs.flatMap((job) =>
    job.images.flatMap(({ index, key, heldBack: why }) => {
      if (why === undefined) return [];
      // Whoever runs the bot can look at it before it is released.
      const file = pickFor(voice.language)(' Its file in the data folder: ', ' Seine Datei im Datenordner: ');
      return [[...message('picture_held_back', { picture: pictureName(job, index), job: job.id, why }, voice), { text: file }, code(key)]];
    }),
  );
  const more = context.store.jobs.countHeldBack(event.platform, event.roomId) - items.length;
  const text: RichText = [{ kind: 'list', items }, ...(more > 0 ? [paragraph(...message('held_more', { more }, voice))] : [])];
  return answer(context, event, text);
}
