import { heldBackIn } from '#src/app/held-back.ts';
import { modelsOf } from '#core/batch.ts';
import type { Voice } from '#core/message-codes.ts';
import { formatSize } from '#core/format.ts';
import { message } from '#core/messages.ts';
import type { ModelCatalogue } from '#core/ports.ts';
import type { Note } from '#core/render-done.ts';
import { providerTitle } from '#core/render-timing.ts';
import type { JobRecord } from '#core/job-store-port.ts';
import type { Store } from '#core/store-port.ts';
import type { ImageRequest, JobId, StoredImage, Task } from '#core/types.ts';

type Replay = Extract<Task, { kind: 'replay' }>;

/** What is worth saying below a finished job's timing line. */
export function endNotes(store: Store, models: ModelCatalogue, job: JobRecord, voice: Voice): readonly Note[] {
  const { request, task, images } = job;
  const held = heldBackIn(job);
  const enhancement = task?.kind === 'enhance' ? images[0]?.enhancement : undefined;
  return [
    ...modelsOf(request).flatMap((model) => beyondNote(request, model, models, voice)),
    ...(held === undefined ? [] : [message('pictures_held_back', held, voice)]),
    ...(enhancement === undefined ? [] : [enhancedNote(enhancement, voice)]),
    ...(task?.kind === 'replay' ? replayNotes(store, task, job, voice) : []),
  ];
}

/** Which styles a model of the job can't really draw. */
function beyondNote({ variants = [] }: ImageRequest, name: string, models: ModelCatalogue, voice: Voice): readonly Note[] {
  const beyond = variants.filter(({ model, needsLargerModel }) => model === name && needsLargerModel);
  const styles = [...new Set(beyond.map(({ style }) => style?.name ?? ''))].join(', ');
  return styles === '' ? [] : [message('style_beyond_model', { styles, model: models.get(name)?.title ?? name }, voice)];
}

function enhancedNote({ before, after, isUnchanged }: NonNullable<JobRecord['images'][number]['enhancement']>, voice: Voice): Note {
  if (isUnchanged) return message('enhance_unchanged', {}, voice);
  return message('enhanced', { contrast: [before.contrast, after.contrast], sharpness: [before.sharpness, after.sharpness] }, voice);
}

/** Pixels are compared, not files; the known reasons are named where they differ, or can't be compared. */
function replayNotes(store: Store, { job: of, first }: Replay, job: JobRecord, voice: Voice): readonly Note[] {
  const earlier = store.jobs.get(of);
  const compared = job.images.flatMap(({ comparison }) => (comparison === undefined ? [] : [comparison]));
  if (compared.length === 0) return [uncomparedNote(earlier, first, job, of, voice)];
  const different = compared.filter(({ differing }) => differing > 0);
  const uncompared = job.images.length - compared.length;
  if (uncompared === 0 && different.length === 0) return [message('replay_identical', { pictures: compared.length, job: of }, voice)];
  const params = {
    different: different.length,
    pictures: compared.length,
    job: of,
    model: job.images.some((now) => isOfOtherFiles(now, pictureBefore(earlier, first, now))),
    provider: earlier?.provider === undefined || earlier.provider === job.provider ? '' : providerTitle(earlier.provider),
    most: Math.max(0, ...different.map(({ most }) => most)),
  };
  return [
    ...(different.length === 0 ? [] : [message('replay_differs', params, voice)]),
    ...(uncompared === 0 ? [] : [message('replay_uncompared', { uncompared, pictures: job.images.length, job: of }, voice)]),
  ];
}

const pictureBefore = (earlier: JobRecord | undefined, first: number, now: StoredImage): StoredImage | undefined =>
  earlier?.images.find(({ index }) => index === first + now.index);

const isOfOtherFiles = (now: StoredImage, then: StoredImage | undefined): boolean =>
  then?.modelHash !== undefined && now.modelHash !== undefined && then.modelHash !== now.modelHash;

/** None could be compared: they had another size then, such as without an upscaler, or are no longer there. */
function uncomparedNote(earlier: JobRecord | undefined, first: number, job: JobRecord, of: JobId, voice: Voice): Note {
  for (const now of job.images) {
    const then = pictureBefore(earlier, first, now);
    if (then !== undefined && (then.widthPx !== now.widthPx || then.heightPx !== now.heightPx))
      return message(
        'replay_other_size',
        { job: of, before: formatSize(then.widthPx, then.heightPx), now: formatSize(now.widthPx, now.heightPx) },
        voice,
      );
  }
  return message('replay_not_compared', { job: of }, voice);
}
