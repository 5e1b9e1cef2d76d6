import type { ErasedPost } from '#core/personal-data-port.ts';
import { eventId, imageKey, roomId, type ImageKey, type JobId } from '#core/types.ts';
import type { Database, Row } from '#src/store/database.ts';

/** What the erased rows named, and is to go as well. */
export type Erased = { readonly posts: readonly ErasedPost[]; readonly files: ReadonlySet<ImageKey>; readonly pictures: number };

/**
 * Erases jobs with everything that belongs to them: pictures, stars of anybody, messages. Files and posts are named, not touched. Call inside
 * a transaction, with few jobs at a time. Jobs that still run must have ended before.
 */
export function eraseJobs(database: Database, ids: readonly JobId[]): Erased {
  const posts: ErasedPost[] = [];
  const files = new Set<ImageKey>();
  let pictures = 0;
  for (const id of ids) {
    const job = database.get('SELECT * FROM jobs WHERE id = ?', id);
    if (job === undefined) continue;
    const rows = database.all('SELECT * FROM outbox WHERE job_id = ?', id);
    const made = database.all('SELECT image FROM pictures WHERE job_id = ? AND image IS NOT NULL', id);
    pictures += made.length;
    for (const row of [job, ...rows, ...made]) for (const key of keysIn(row)) files.add(key);
    posts.push(...rows.flatMap(sentPost));
    // A schedule's run has no command of its own.
    if (job['plan_id'] === null)
      posts.push({ roomId: roomId(String(job['room_id'])), eventId: eventId(String(job['event_id'])), author: 'person' });
    for (const table of ['stars', 'pictures', 'outbox']) database.run(`DELETE FROM ${table} WHERE job_id = ?`, id);
    database.run('DELETE FROM jobs WHERE id = ?', id);
  }
  return { posts, files, pictures };
}

/** The message of an outbox row that was sent; nothing where it is not known in which room it stands. */
export function sentPost(row: Row): readonly ErasedPost[] {
  const { room_id: room, sent_event_id: event, file } = row;
  if (typeof room !== 'string' || typeof event !== 'string') return [];
  const shown = typeof file === 'string' ? { file: imageKey(file) } : {};
  return [{ roomId: roomId(room), eventId: eventId(event), author: 'bot', ...shown }];
}

const keyForm = /(?<![0-9a-f])[0-9a-f]{64}\.[a-z]{2,4}(?![a-z])/gu;

/** The files that any text of a row names. */
export function keysIn(row: Row): readonly ImageKey[] {
  return Object.values(row).flatMap((value) => (typeof value === 'string' ? (value.match(keyForm) ?? []).map(imageKey) : []));
}
