import { nextRunMs } from '#src/app/schedules/next-runs.ts';
import { endJob } from '#src/app/job-messages.ts';
import { rememberRestore } from '#src/chat/common/session.ts';
import { beginAnew } from '#src/chat/mattermost/positions.ts';
import { prefixFor, type Prefix } from '#core/command.ts';
import type { ModelCatalogue } from '#core/ports.ts';
import type { PlatformName } from '#core/types.ts';
import type { SqliteStore } from '#src/store/sqlite.ts';

/** Platforms on servers, which remember what the bot did after its backup. */
const onServers: readonly PlatformName[] = ['matrix', 'mattermost'];

export type AfterRestore = {
  /** Jobs that were open when the backup was made, and are told to have failed unless the room has their end. */
  readonly endedJobs: number;
  /** Commands that were not yet answered when the backup was made. */
  readonly forgottenCommands: number;
};

/**
 * A backup knows nothing of what its bot did afterwards, and rooms on a server remember it. So a restored bot begins there at the present:
 * commands from before are not read again, runs of schedules that came due meanwhile are not made up, and jobs that were open are ended.
 * Nothing is said twice by that: whatever was written before this moment is looked for in its room before it is sent. The local room
 * was restored together with its history, and goes on where that ends.
 */
export function beginAtThePresent(
  store: SqliteStore,
  { nowMs, prefixes, models }: { readonly nowMs: number; readonly prefixes: readonly Prefix[]; readonly models: ModelCatalogue },
): AfterRestore {
  return store.transaction(() => {
    // How far each channel was read is kept there; elsewhere it is one position of all rooms.
    beginAnew(store.memory('mattermost'));
    const forgottenCommands = onServers.map((platform) => store.forgetPosition(platform)).reduce((sum, count) => sum + count);
    const open = store.jobs.open().filter(({ origin }) => onServers.includes(origin.platform));
    for (const job of open) {
      const failure = { code: 'restored', params: {} };
      // As if it was said just before: only what is older than the restoring is looked for.
      endJob({ store, models, job, prefix: prefixFor(prefixes, job.language), state: 'failed', failure, nowMs: nowMs - 1 });
    }
    for (const { id, platform, schedule, nextRunMs: due } of store.plans.list())
      if (onServers.includes(platform) && due !== undefined && due <= nowMs)
        store.plans.update(id, { nextRunMs: nextRunMs(schedule, nowMs) });
    lookBeforeSending(store, nowMs);
    return { endedJobs: open.length, forgottenCommands };
  });
}

/** What was queued before this moment may have been sent by the bot after its backup: each is looked for in its room first. */
export function lookBeforeSending(store: SqliteStore, nowMs: number): void {
  for (const platform of onServers) rememberRestore(store.memory(platform), nowMs);
}
