import type { AfterCommit, HandlerContext } from '#src/app/handler-context.ts';
import type { IncomingRemoval } from '#core/incoming.ts';

/** The bot is no longer in a room: its jobs there are stopped, for nobody could see what comes of them. */
export function stopJobsOfRoom({ store, runner, log }: HandlerContext, { platform, roomId }: IncomingRemoval): readonly AfterCommit[] {
  const open = store.jobs.open().filter(({ origin }) => origin.platform === platform && origin.roomId === roomId);
  for (const job of open) store.jobs.requestCancel(job.id);
  log.info({ platform, jobs: open.length }, 'Removed from a room: its jobs are stopped');
  return open.map((job) => () => runner.cancel(job.id));
}
