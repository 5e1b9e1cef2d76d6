import type { GalleryEntry } from '#src/chat/web/events.ts';
import { localRoomId } from '#src/chat/web/local-room.ts';
import { cellOf, singleRequest } from '#core/batch.ts';
import type { Store } from '#core/store-port.ts';
import type { Language } from '#core/types.ts';

/** More are not looked at on one page. */
const MOST_SHOWN = 500;

/** The pictures that people of the local room have starred, newest first. */
export function localGallery(
  { stars, jobs, styles }: Pick<Store, 'stars' | 'jobs' | 'styles'>,
  language: Language,
): readonly GalleryEntry[] {
  return stars.list('room', localRoomId, MOST_SHOWN).flatMap(({ jobId, index, atMs }): readonly GalleryEntry[] => {
    const job = jobs.get(jobId);
    const image = job?.images.find((candidate) => candidate.index === index);
    if (job === undefined || image === undefined || image.heldBack !== undefined) return [];
    const { prompt, seed, styles: names = [] } = singleRequest(job.request, index);
    const [name] = names;
    return [
      {
        job: jobId,
        cell: cellOf(job.request, index),
        prompt,
        seed,
        ...(name === undefined ? {} : { style: styles.get(name)?.style.title[language] ?? name }),
        atMs,
        image,
      },
    ];
  });
}
