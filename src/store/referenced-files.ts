import { setImmediate } from 'node:timers/promises';
import type { ImageKey } from '#core/types.ts';
import type { Database } from '#src/store/database.ts';
import { keysIn } from '#src/store/erase-jobs.ts';

/** Everywhere that a file may be named. What a platform notes about a file it has uploaded is no reason to keep it. */
const places = {
  jobs: 'request, task, sheet',
  pictures: 'image',
  outbox: 'delivery',
  room_events: 'body',
  styles: 'preview',
  asks: 'event',
} as const;
/** Some milliseconds. */
const ROWS_AT_ONCE = 200;

/** Which of these files any row names. What is added meanwhile is seen; what is changed behind the place that was reached is not. */
export async function referencedFiles(database: Database, keys: ReadonlySet<ImageKey>): Promise<ReadonlySet<ImageKey>> {
  const found = new Set<ImageKey>();
  for (const [table, columns] of Object.entries(places)) {
    for (let last = -1; ;) {
      const rows = database.all(
        `SELECT rowid AS place, ${columns} FROM ${table} WHERE rowid > ? ORDER BY rowid LIMIT ${ROWS_AT_ONCE}`,
        last,
      );
      for (const row of rows) for (const key of keysIn(row)) if (keys.has(key)) found.add(key);
      const end = rows.at(-1);
      if (end === undefined) break;
      last = Number(end['place']);
      await setImmediate();
    }
  }
  return found;
}
