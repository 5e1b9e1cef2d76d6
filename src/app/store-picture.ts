import { setImmediate } from 'node:timers/promises';
import { checkPicture, type PictureChecks } from '#src/app/check-picture.ts';
import type { Log } from '#src/app/log-port.ts';
import { pictureRequest } from '#core/batch.ts';
import { prefixFor, type Prefix } from '#core/command.ts';
import { reach } from '#core/failpoints.ts';
import { queuePicture, workload } from '#src/app/job-messages.ts';
import { wishesFor, type MarkParts } from '#src/app/mark-wishes.ts';
import type { MadePicture } from '#src/app/make-picture.ts';
import type { FinishedPicture, ImageStore, PictureFinisher, PictureStudio, Pixels } from '#core/ports.ts';
import { isOpen, type Turn } from '#core/job-store-port.ts';
import type { Store } from '#core/store-port.ts';
import type { Meter } from '#core/operations-port.ts';
import type { Enhancement, StoredImage } from '#core/types.ts';

type Parts = MarkParts & {
  readonly finisher: PictureFinisher;
  readonly studio: PictureStudio;
  readonly images: ImageStore;
  readonly store: Store;
  /** Short hash of a model's files. */
  readonly fingerprint: (model: string) => string | undefined;
  readonly now: () => number;
  readonly meter?: Meter | undefined;
  /** The finished pixels, before they are encoded; not of a picture with transparency, which a sheet shows on its own ground. */
  readonly onPixels: (turn: Turn, pixels: Pixels) => void;
  /** Nobody is to see it. */
  readonly onHeldBack: (turn: Turn) => void;
  readonly checks?: PictureChecks | undefined;
  readonly log: Log;
  readonly prefixes: readonly Prefix[];
};

/** `startedAtMs`: when its work began, after the model was loaded. */
export type StartedPicture = MadePicture & { readonly startedAtMs: number };

/**
 * Pixels → files on disk, the picture's row and its message on the way, the last two in one transaction.
 * @param earlier the job's pictures that are still being encoded: they are shown first
 */
export async function storePicture(
  parts: Parts,
  { job, index }: Turn,
  picture: StartedPicture,
  earlier: Promise<unknown> = Promise.resolve(),
): Promise<void> {
  const { images, store, fingerprint, now } = parts;
  // The next picture is asked for first: the engine waits for nobody.
  await setImmediate();
  const { pixels, enhanceMs, enhancement } = await refine(parts, picture);
  const modelHash = fingerprint(pictureRequest(job.request, index).model);
  const [finished, { checkMs, ...verdict }] = await Promise.all([
    parts.finisher.finish(
      { ...pixels, ...(picture.alpha === undefined ? {} : { alpha: picture.alpha }) },
      wishesFor(parts, job, index, modelHash),
    ),
    checkPicture(parts.checks, pixels, parts.log).then((checked) => {
      if (checked.heldBack !== undefined) parts.onHeldBack({ job, index });
      else if (picture.alpha === undefined) parts.onPixels({ job, index }, pixels);
      return checked;
    }),
  ]);
  // Before it is stored: the same bytes would take the place of a file that was changed since.
  const comparison = await comparisonWithEarlier(parts, { job, index }, pixels);
  reach('picture.drawn');
  const { seed, timings, provider, droppedPrompt } = picture;
  const image: StoredImage = {
    ...(await putFinished(images, pixels, finished)),
    index,
    seed,
    timings: {
      textMs: tenths(timings.textMs),
      denoiseMs: tenths(timings.denoiseMs),
      decodeMs: tenths(timings.decodeMs),
      ...(timings.upscaleMs === undefined ? {} : { upscaleMs: tenths(timings.upscaleMs) }),
      ...(enhanceMs === undefined ? {} : { enhanceMs: tenths(enhanceMs) }),
      ...(checkMs === undefined ? {} : { checkMs: tenths(checkMs) }),
      encodeMs: tenths(finished.encodeMs),
    },
    ...(modelHash === undefined ? {} : { modelHash }),
    ...(enhancement === undefined ? {} : { enhancement }),
    ...comparison,
    ...verdict,
  };
  const workMs = tenths(timings.totalMs + (enhanceMs ?? 0) + Math.max(finished.encodeMs, checkMs ?? 0));
  reach('picture.stored');
  await earlier;
  store.transaction(() => {
    // Another picture of the job may have failed meanwhile: nothing comes after an end.
    if (!isOpen(store.jobs.get(job.id))) return;
    store.jobs.finishPicture(job.id, image, {
      provider,
      workMs,
      startedAtMs: picture.startedAtMs,
      ...(droppedPrompt === undefined ? {} : { droppedPrompt }),
    });
    store.durations.record(workload(job, index), workMs);
    const { platform, roomId } = job.origin;
    store.usage.add({ platform, room: roomId, user: job.requestedBy, atMs: now(), pictures: 1, workMs });
    queuePicture(store, job, image, { language: job.language, prefix: prefixFor(parts.prefixes, job.language) }, now());
  });
  parts.meter?.pictureMade(image.timings);
  if (image.heldBack !== undefined) {
    parts.meter?.pictureHeldBack(image.heldBack.by);
    reach('picture.held-back');
  }
  reach('picture.finished');
}

/** Pixels are compared, both with the watermark or both without: files carry further marks, which may have changed since. */
async function comparisonWithEarlier(
  { store, studio, images, finisher }: Parts,
  { job, index }: Turn,
  drawn: Pixels,
): Promise<Pick<StoredImage, 'comparison'>> {
  if (job.task?.kind !== 'replay') return {};
  const { first } = job.task;
  const earlier = store.jobs.get(job.task.job)?.images.find((image) => image.index === first + index);
  if (earlier === undefined) return {};
  // A file that is gone or damaged is no reason to lose the new picture: there is nothing to compare it with.
  const old = await images
    .read(earlier.key)
    .then(async (file) => studio.decode(file, { maxPixels: drawn.widthPx * drawn.heightPx }))
    .catch(() => undefined);
  if (old?.pixels.length !== drawn.pixels.length) return {};
  const made = earlier.watermark === undefined ? drawn : await finisher.watermarked(drawn);
  // Nearly always so, and a large picture must not hold the process up.
  if (Buffer.compare(old.pixels, made.pixels) === 0) return { comparison: { differing: 0, most: 0 } };
  let [differing, most] = [0, 0];
  for (let at = 0; at < made.pixels.length; at++) {
    const apart = Math.abs((old.pixels[at] ?? 0) - (made.pixels[at] ?? 0));
    if (apart > 0) differing += 1;
    if (apart > most) most = apart;
  }
  return { comparison: { differing, most } };
}

type Refined = { readonly pixels: Pixels; readonly enhanceMs?: number; readonly enhancement?: Enhancement };

/** Filter and enhancement; nothing is measured where there is neither. */
export async function refine({ studio }: Pick<Parts, 'studio'>, { afterwork, pixels, widthPx, heightPx }: MadePicture): Promise<Refined> {
  const { filter, enhance } = afterwork;
  const made = { pixels, widthPx, heightPx };
  if (filter === undefined && enhance === undefined) return { pixels: made };
  const startedMs = performance.now();
  const filtered = filter === undefined ? made : await studio.filter(made, filter);
  if (enhance === undefined) return { pixels: filtered, enhanceMs: performance.now() - startedMs };
  const { enhancement, ...enhanced } = await studio.enhance(filtered);
  return { pixels: enhanced, enhancement, enhanceMs: performance.now() - startedMs };
}

/** Both files on disk, together: each waits for the disk several times. */
export async function putFinished(
  images: ImageStore,
  { widthPx, heightPx }: Pick<Pixels, 'widthPx' | 'heightPx'>,
  { png, thumbnail, blurhash, marks, watermark }: FinishedPicture,
): Promise<Omit<StoredImage, 'index' | 'seed' | 'timings'>> {
  const [key, thumbnailKey] = await Promise.all([images.put(png, 'png'), images.put(thumbnail.jpeg, 'jpg')]);
  return {
    key,
    widthPx,
    heightPx,
    bytes: png.byteLength,
    mimeType: 'image/png',
    thumbnail: {
      key: thumbnailKey,
      widthPx: thumbnail.widthPx,
      heightPx: thumbnail.heightPx,
      bytes: thumbnail.jpeg.byteLength,
      mimeType: 'image/jpeg',
    },
    blurhash,
    ...(marks.length === 0 ? {} : { marks }),
    ...(watermark === undefined ? {} : { watermark }),
  };
}

/** Timers are not exact beyond that, and a long tail of digits reads badly. */
const tenths = (ms: number): number => Math.round(ms * 10) / 10;
