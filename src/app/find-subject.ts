import type { Asking, HandlerContext } from '#src/app/handler-context.ts';
import type { JobRecord } from '#core/store-port.ts';
import type { JobId } from '#core/types.ts';

/**
 * The job that a command speaks of: the one it names, else the one it replies to, else the newest of its thread, else
 * the asker's newest in this room. Jobs of other rooms are not found, so that no prompt leaves its room.
 */
export function findJob({ store }: HandlerContext, event: Asking, named: JobId | undefined): JobRecord | undefined {
  const { platform, roomId, sender } = event;
  const inThisRoom = (job: JobRecord | undefined): JobRecord | undefined =>
    job?.origin.platform === platform && job.origin.roomId === roomId ? job : undefined;
  if (named !== undefined) return inThisRoom(store.jobs.get(named));
  if (event.kind === 'reaction') return undefined;
  const replied = event.replyTo === undefined ? undefined : store.outbox.subjectOf(platform, event.replyTo)?.jobId;
  return inThisRoom(
    (replied === undefined ? undefined : store.jobs.get(replied)) ??
      (event.replyTo === undefined ? undefined : store.jobs.ofCommand(platform, event.replyTo)) ??
      (event.threadId === undefined ? undefined : store.jobs.latestInThread(platform, roomId, event.threadId)) ??
      store.jobs.latestOf(platform, roomId, sender),
  );
}

/** Index of the picture that the command replies to. */
export const pictureReplied = ({ store }: HandlerContext, event: Asking): number | undefined =>
  event.kind === 'message' && event.replyTo !== undefined ? store.outbox.subjectOf(event.platform, event.replyTo)?.pictureIndex : undefined;
