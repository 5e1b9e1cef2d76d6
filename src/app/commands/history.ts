import type { Asked } from '#src/app/carry-out.ts';
import { findPicture } from '#src/app/find-subject.ts';
import type { AfterCommit, Asking, HandlerContext } from '#src/app/handler-context.ts';
import { answer, refuseInRoom, tell } from '#src/app/replies.ts';
import { roomClock } from '#src/app/room-clock.ts';
import { cellOf } from '#core/batch.ts';
import type { Command } from '#core/command.ts';
import { refuse } from '#core/problem.ts';
import { renderFound, renderGallery } from '#core/render-history.ts';
import { clip } from '#core/prompt-text.ts';
import { readSince } from '#core/since.ts';

const SHOWN = 10;
const SHOWN_STARS = 20;

/** Pictures of this room only: prompts do not leave their room. */
export function find(
  context: HandlerContext,
  event: Asking,
  command: Command & { kind: 'find' },
  { voice }: Asked,
): readonly AfterCommit[] {
  const { platform, roomId, sender } = event;
  const clock = roomClock(context, event);
  const sinceMs = command.since === undefined ? undefined : readSince(command.since, clock);
  if (command.since !== undefined && sinceMs === undefined)
    return refuseInRoom(context, event, refuse('since_invalid', { value: clip(command.since, 40) }).problem, voice);
  const jobs = context.store.jobs.find({
    platform,
    room: roomId,
    words: command.words,
    ...(command.mine ? { by: sender } : {}),
    ...(sinceMs === undefined ? {} : { sinceMs }),
    limit: SHOWN + 1,
  });
  if (jobs.length === 0) return tell(context, event, 'found_none', { words: clip(command.words.join(' '), 40) }, voice);
  return answer(
    context,
    event,
    renderFound({ jobs: jobs.slice(0, SHOWN), hasMore: jobs.length > SHOWN, timeZone: clock.timeZone, ...voice }),
  );
}

export function star(
  context: HandlerContext,
  event: Asking,
  command: Command & { kind: 'star' },
  { voice }: Asked,
): readonly AfterCommit[] {
  const { store, now } = context;
  const { platform, roomId, sender } = event;
  const found = findPicture(context, event, command);
  if (!found.ok) return refuseInRoom(context, event, found.problem, voice);
  const { job, image } = found.value;
  const picture = `${job.id}/${cellOf(job.request, image.index)}`;
  if (!command.on) {
    store.stars.remove(platform, roomId, job.id, image.index, sender);
    return tell(context, event, 'star_removed', { picture }, voice);
  }
  const given = event.kind === 'reaction' ? { reaction: event.eventId } : {};
  store.stars.add(platform, roomId, { jobId: job.id, index: image.index, starredBy: sender, atMs: now(), ...given });
  const stars = store.stars.count(platform, roomId, job.id, image.index);
  // A reaction is seen by everybody as it is; words under it would only be noise.
  return event.kind === 'reaction' ? [] : tell(context, event, 'star_added', { picture, stars }, voice);
}

export function gallery(context: HandlerContext, event: Asking, _command: Command, { voice }: Asked): readonly AfterCommit[] {
  const { store } = context;
  const stars = store.stars.list(event.platform, event.roomId, SHOWN_STARS);
  if (stars.length === 0) return tell(context, event, 'gallery_empty', {}, voice);
  const pictures = stars.flatMap(({ jobId, index, atMs }) => {
    const job = store.jobs.get(jobId);
    return job === undefined ? [] : [{ job, index, atMs }];
  });
  return answer(context, event, renderGallery({ pictures, timeZone: roomClock(context, event).timeZone, ...voice }));
}
