import type { Figures } from '#core/operations-port.ts';
import { platformNames } from '#core/types.ts';
import type { Database, Row } from '#src/store/database.ts';

const numberIn = (row: Row | undefined, key: string): number => Number(row?.[key] ?? 0);

/** What waits, counted by the database itself: cheap enough to be asked every few seconds. */
export function figures(database: Database, nowMs: number): Figures {
  const ageOf = (row: Row | undefined): number => (typeof row?.['oldest'] === 'number' ? Math.max(0, nowMs - row['oldest']) : 0);
  const jobs = database.get(
    `SELECT COUNT(*) AS count, COALESCE(SUM(state = 'running'), 0) AS running, MIN(queued_at_ms) AS oldest
     FROM jobs WHERE state IN ('waiting', 'running')`,
  );
  const pictures = database.get(
    `SELECT COUNT(*) AS count FROM pictures JOIN jobs ON jobs.id = pictures.job_id
     WHERE pictures.state = 'waiting' AND jobs.state IN ('waiting', 'running')`,
  );
  const inbox = database.get('SELECT COUNT(*) AS count, MIN(received_at_ms) AS oldest FROM inbox WHERE handled = 0');
  const plans = database.get(`SELECT COUNT(*) AS count FROM plans WHERE state = 'active' AND next_run_ms IS NOT NULL`);
  const running = numberIn(jobs, 'running');
  return {
    jobs: { waiting: numberIn(jobs, 'count') - running, running, oldestAgeMs: ageOf(jobs) },
    picturesWaiting: numberIn(pictures, 'count'),
    inbox: { unhandled: numberIn(inbox, 'count'), oldestAgeMs: ageOf(inbox) },
    // Where the clock was set back, nobody knows the age of a message, see `Outbox.retry`.
    outbox: platformNames.map((platform) => {
      const row = database.get(
        `SELECT COUNT(*) AS count, MIN(NULLIF(created_at_ms, 0)) AS oldest FROM outbox WHERE platform = ? AND state = 'pending'`,
        platform,
      );
      return { platform, pending: numberIn(row, 'count'), oldestAgeMs: ageOf(row) };
    }),
    activePlans: numberIn(plans, 'count'),
  };
}
