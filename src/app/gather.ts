import { noRoomAtAll } from '#src/app/accept-job.ts';
import { findAsk } from '#src/app/asks.ts';
import { checkOnRequest, type CheckOnRequest } from '#src/app/check-on-request.ts';
import { currentLimits } from '#src/app/current-limits.ts';
import { carrierOf, fetchAttachment, pictureRefused } from '#src/app/fetch-attachment.ts';
import { findJob } from '#src/app/find-subject.ts';
import type { Asking, HandlerContext } from '#src/app/handler-context.ts';
import { heldBackIn } from '#src/app/held-back.ts';
import { isPrivate } from '#src/app/personal-data/is-private.ts';
import { makeMyData, type MyData } from '#src/app/personal-data/make-my-data.ts';
import { makeSheet } from '#src/app/make-sheet.ts';
import { makeZip } from '#src/app/make-zip.ts';
import { readRequest } from '#src/app/read-request.ts';
import { isAdminNow, scopeOf } from '#src/app/rights.ts';
import { verifyPicture } from '#src/app/verify-picture.ts';
import type { Command, Target } from '#core/command.ts';
import { AppError } from '#core/errors.ts';
import type { Attachment, StoredFile } from '#core/ports.ts';
import { accept, refuse, type Problem, type Result } from '#core/problem.ts';
import type { Verified } from '#core/render-verify.ts';
import type { Ask } from '#core/team-store-ports.ts';
import type { JobRecord } from '#core/job-store-port.ts';
import { maxStyleFileBytes, type StyleExport, type StyleFormat } from '#core/style-import.ts';
import type { ImageKey, Language, Source, StoredImage } from '#core/types.ts';

/** Everything a command needs that must be asked of others, before its transaction. */
export type Gathered = {
  /** Whether the asker may do it as an admin, by what the platform says now. */
  readonly isAdmin: boolean;
  /** A picture that somebody uploaded, where the command speaks of one. */
  readonly upload?: Result<Source, Problem>;
  /** A file that the command carries or replies to. */
  readonly file?: Result<Attachment, Problem>;
  readonly sheet?: Result<StoredImage, Problem>;
  readonly zip?: Result<StoredFile, Problem>;
  /** What is stored about the asker; absent where others would read it. */
  readonly myData?: Result<MyData, Problem>;
  /** What the marks of a picture say. */
  readonly verified?: Result<Verified, Problem>;
  readonly checked?: Result<CheckOnRequest, Problem>;
  readonly exported?: { readonly file: StoredFile; readonly lost: StyleExport['lost']; readonly count: number };
  /** The question that is answered, and what it was about. */
  readonly asked?: { readonly ask: Ask; readonly event: Asking; readonly command: Command; readonly gathered: Gathered };
};

/** Files that were stored to carry the command out. */
export function filesOf({ upload, sheet, zip, myData, exported, asked }: Gathered): readonly ImageKey[] {
  return [
    ...(upload?.ok === true ? [upload.value.key] : []),
    ...(sheet?.ok === true ? [sheet.value.key] : []),
    ...(zip?.ok === true ? [zip.value.key] : []),
    ...(myData?.ok === true ? myData.value.parts.map(({ key }) => key) : []),
    ...(exported === undefined ? [] : [exported.file.key]),
    ...(asked === undefined ? [] : filesOf(asked.gathered)),
  ];
}

/**
 * @param language of what may have to be refused
 * @param answering whoever answers a question: what was asked is carried out with their rights
 */
export async function gather(
  context: HandlerContext,
  event: Asking,
  command: Command,
  language: Language,
  answering: Asking = event,
): Promise<Gathered> {
  const scope = scopeOf(command, event);
  const rights = { isAdmin: scope !== undefined && (await isAdminNow(context, answering, scope, event)) };
  switch (command.kind) {
    case 'draw': {
      const isCarried = event.kind === 'message' && event.attachment !== undefined;
      const upload = isCarried || command.options.strength !== undefined ? await uploadOf(context, event, {}, language) : undefined;
      return { ...rights, ...(upload === undefined ? {} : { upload }) };
    }
    case 'vary':
    case 'upscale':
    case 'enhance': {
      const upload = await uploadOf(context, event, command, language);
      return { ...rights, ...(upload === undefined ? {} : { upload }) };
    }
    case 'style':
      if (command.action === 'export') return { ...rights, exported: await exportOf(context, command.format) };
      return command.action === 'import' && rights.isAdmin ? { ...rights, file: await fileOf(context, event) } : rights;
    case 'sheet': {
      const job = findJob(context, event, command.job);
      if (job === undefined || job.images.length === 0) return rights;
      return {
        ...rights,
        sheet: await ofFiles(context, job, async () => accept(job.sheet ?? (await makeSheet(context, job)))),
      };
    }
    case 'zip': {
      const job = findJob(context, event, command.job);
      if (job === undefined || job.images.length === 0) return rights;
      const held = heldBackIn(job);
      if (held?.held === job.images.length) return { ...rights, zip: refuse('pictures_held_back', held) };
      return { ...rights, zip: await ofFiles(context, job, async () => makeZip(context, job)) };
    }
    case 'verify':
      return { ...rights, verified: await verifyPicture(context, event, command, language) };
    case 'check':
      return { ...rights, checked: await checkOnRequest(context, event, command) };
    case 'my_data': {
      if (!isPrivate(event)) return rights;
      const person = { platform: event.platform, user: event.sender };
      return { ...rights, myData: await context.oneAtATime(async () => makeMyData(context, person)) };
    }
    case 'answer': {
      const ask = findAsk(context, event);
      if (ask === undefined) return rights;
      const asked = { ...ask.event, isConfirmed: true as const };
      const request = readRequest(context, asked);
      if (request === undefined || 'problem' in request) return rights;
      return {
        ...rights,
        asked: { ask, event: asked, command: request.command, gathered: await gather(context, asked, request.command, language, event) },
      };
    }
    default:
      return rights;
  }
}

/** `undefined` where the command speaks of one of our own pictures, or of none. */
async function uploadOf(
  context: HandlerContext,
  event: Asking,
  target: Target,
  language: Language,
): Promise<Result<Source, Problem> | undefined> {
  const carrier = carrierOf(context, event, target);
  if (carrier === undefined) return undefined;
  // What will be refused is not kept first: anybody could fill the disk with it.
  const full = noRoomAtAll(context, event, language);
  if (full !== undefined) return { ok: false, problem: full };
  const { maxUploadMegabytes, maxUploadMegapixels } = currentLimits(context);
  const file = await fetchAttachment(context, event, carrier, maxUploadMegabytes * 1e6);
  if (!file.ok) return file;
  try {
    const { widthPx, heightPx } = await context.oneAtATime(async () =>
      context.studio.decode(file.value.bytes, { maxPixels: maxUploadMegapixels * 1e6 }),
    );
    return accept({ key: await context.images.put(file.value.bytes, 'bin'), widthPx, heightPx, uploaded: true });
  } catch (error) {
    return pictureRefused(error);
  }
}

async function fileOf(context: HandlerContext, event: Asking): Promise<Result<Attachment, Problem>> {
  const carrier = event.kind === 'reaction' ? undefined : event.attachment === undefined ? event.replyTo : event.eventId;
  if (carrier === undefined) return refuse('style_file_missing', {});
  // More than is allowed, so that the reader can say how large it may be.
  const file = await fetchAttachment(context, event, carrier, 20 * maxStyleFileBytes);
  return file.ok || file.problem.code !== 'reply_no_picture' ? file : refuse('style_file_missing', {});
}

/** What is made of a job's files; those that are gone are told. */
async function ofFiles<Made>(
  { oneAtATime }: HandlerContext,
  { id }: JobRecord,
  make: () => Promise<Result<Made, Problem>>,
): Promise<Result<Made, Problem>> {
  try {
    return await oneAtATime(make);
  } catch (error) {
    if (error instanceof AppError && error.code === 'picture_gone') return refuse('job_files_gone', { job: id });
    throw error;
  }
}

async function exportOf({ store, styleFiles, images }: HandlerContext, format: StyleFormat): Promise<Gathered['exported'] & {}> {
  const styles = store.styles.list();
  const { fileName, mimeType, text, lost } = styleFiles.write(styles, format);
  const bytes = new TextEncoder().encode(text);
  return { file: { key: await images.put(bytes, format), name: fileName, bytes: bytes.byteLength, mimeType }, lost, count: styles.length };
}
