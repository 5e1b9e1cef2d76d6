import type { Asking, HandlerContext } from '#src/app/handler-context.ts';
import type { JobRecord, Store } from '#core/store-port.ts';
import type { EventId, JobId, PlatformName } from '#core/types.ts';

/** The job that a message belongs to: one of its answers, or the command that asked for it. */
export function jobShown(store: Store, platform: PlatformName, message: EventId): JobRecord | undefined {
  const subject = store.outbox.subjectOf(platform, message);
  return subject === undefined ? store.jobs.ofCommand(platform, message) : store.jobs.get(subject.jobId);
}

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
  return inThisRoom(
    (event.replyTo === undefined ? undefined : jobShown(store, platform, event.replyTo)) ??
      (event.threadId === undefined ? undefined : store.jobs.latestInThread(platform, roomId, event.threadId)) ??
      store.jobs.latestOf(platform, roomId, sender),
  );
}

/** Index of the picture that the command replies to. */
export const pictureReplied = ({ store }: HandlerContext, event: Asking): number | undefined =>
  event.kind === 'message' && event.replyTo !== undefined ? store.outbox.subjectOf(event.platform, event.replyTo)?.pictureIndex : undefined;
