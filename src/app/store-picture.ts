import { queuePicture, workload } from '#src/app/job-messages.ts';
import type { GeneratedPicture, ImageStore, PictureFinisher } from '#core/ports.ts';
import { isOpen, type Store, type Turn } from '#core/store-port.ts';
import type { StoredImage } from '#core/types.ts';

type Parts = { readonly finisher: PictureFinisher; readonly images: ImageStore; readonly store: Store; readonly now: () => number };

/** `startedAtMs`: when its work began, after the model was loaded. */
export type StartedPicture = GeneratedPicture & { readonly startedAtMs: number };

/** Pixels → files on disk, the picture's row and its message on the way, the last two in one transaction. */
export async function storePicture(parts: Parts, { job, index }: Turn, picture: StartedPicture): Promise<void> {
  const { finisher, images, store, now } = parts;
  const finished = await finisher.finish(picture);
  // Together: each waits for the disk several times.
  const [key, thumbnailKey] = await Promise.all([images.put(finished.png, 'png'), images.put(finished.thumbnail.jpeg, 'jpg')]);
  const { widthPx, heightPx, seed, timings, provider, droppedPrompt } = picture;
  const image: StoredImage = {
    key,
    index,
    seed,
    widthPx,
    heightPx,
    bytes: finished.png.byteLength,
    mimeType: 'image/png',
    thumbnail: {
      key: thumbnailKey,
      widthPx: finished.thumbnail.widthPx,
      heightPx: finished.thumbnail.heightPx,
      bytes: finished.thumbnail.jpeg.byteLength,
      mimeType: 'image/jpeg',
    },
    blurhash: finished.blurhash,
    timings: {
      textMs: tenths(timings.textMs),
      denoiseMs: tenths(timings.denoiseMs),
      decodeMs: tenths(timings.decodeMs),
      ...(timings.upscaleMs === undefined ? {} : { upscaleMs: tenths(timings.upscaleMs) }),
      encodeMs: tenths(finished.encodeMs),
    },
  };
  const workMs = tenths(timings.totalMs + finished.encodeMs);
  store.transaction(() => {
    // Another picture of the job may have failed meanwhile: nothing comes after an end.
    if (!isOpen(store.jobs.get(job.id))) return;
    store.jobs.finishPicture(job.id, image, {
      provider,
      workMs,
      startedAtMs: picture.startedAtMs,
      ...(droppedPrompt === undefined ? {} : { droppedPrompt }),
    });
    store.durations.record(workload(job.request), workMs);
    queuePicture(store, job, image, now());
  });
}

/** Timers are not exact beyond that, and a long tail of digits reads badly. */
const tenths = (ms: number): number => Math.round(ms * 10) / 10;
