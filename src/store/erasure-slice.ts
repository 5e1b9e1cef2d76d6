import type { ErasedPost, ErasureCounts, Person } from '#core/personal-data-port.ts';
import { eventId, jobId, roomId, type ImageKey } from '#core/types.ts';
import type { Database, Row } from '#src/store/database.ts';
import { eraseJobs, keysIn, sentPost } from '#src/store/erase-jobs.ts';
import { mentions } from '#src/store/mentions.ts';
import { notesWithout } from '#src/store/person-notes.ts';

/** Some milliseconds each. */
const JOBS_AT_ONCE = 20;
const ROWS_AT_ONCE = 200;

export type Slice = {
  readonly posts: readonly ErasedPost[];
  readonly files: ReadonlySet<ImageKey>;
  readonly counts: Partial<ErasureCounts>;
  /** Nothing is left. */
  readonly isLast?: true;
};

/**
 * Erases some of what is stored about a person. Call inside a transaction.
 * @param newestEvent events of the inbox up to this one go as well
 * @returns what the rows named
 */
export function eraseSlice(database: Database, person: Person, newestEvent: number): Slice {
  const { platform, user } = person;
  const jobs = database
    .all('SELECT id FROM jobs WHERE platform = ? AND user_id = ? ORDER BY sequence LIMIT ?', platform, user, JOBS_AT_ONCE)
    .map((row) => jobId(String(row['id'])));
  if (jobs.length > 0) {
    const { posts, files, pictures } = eraseJobs(database, jobs);
    return { posts, files, counts: { jobs: jobs.length, pictures } };
  }
  const messages = database.all('SELECT * FROM outbox WHERE platform = ? AND asker = ? ORDER BY id LIMIT ?', platform, user, ROWS_AT_ONCE);
  if (messages.length > 0) {
    for (const { id } of messages) {
      database.run('DELETE FROM asks WHERE row = ?', id ?? null);
      database.run('DELETE FROM outbox WHERE id = ?', id ?? null);
    }
    return { posts: messages.flatMap((row) => [...sentPost(row), ...answered(row)]), files: new Set(messages.flatMap(keysIn)), counts: {} };
  }
  return eraseRest(database, person, newestEvent);
}

/** Small tables, at once. */
function eraseRest(database: Database, { platform, user }: Person, newestEvent: number): Slice {
  const run = (sql: string, ...values: readonly (string | number)[]): number => database.run(sql, ...values).changes;
  const posts: ErasedPost[] = database
    .all('SELECT room_id, event_id FROM stars WHERE platform = ? AND user_id = ? AND event_id IS NOT NULL', platform, user)
    .map(personPost);
  posts.push(...database.all('SELECT room_id, event_id FROM plans WHERE platform = ? AND created_by = ?', platform, user).map(personPost));
  run('DELETE FROM stars WHERE platform = ? AND user_id = ?', platform, user);
  for (const { id } of database.all('SELECT id FROM plans WHERE platform = ? AND created_by = ?', platform, user))
    database.run('DELETE FROM settings WHERE key = ?', `plan.${id}.left`);
  const plans = run('DELETE FROM plans WHERE platform = ? AND created_by = ?', platform, user);
  for (const { event } of database.all('SELECT event FROM asks WHERE platform = ? AND user_id = ?', platform, user)) {
    const asked = JSON.parse(String(event)) as { readonly roomId: string; readonly eventId: string };
    posts.push({ roomId: roomId(asked.roomId), eventId: eventId(asked.eventId), author: 'person' });
  }
  run('DELETE FROM asks WHERE platform = ? AND user_id = ?', platform, user);
  run('DELETE FROM usage WHERE platform = ? AND user_id = ?', platform, user);
  run('DELETE FROM turns WHERE person IN (?, ?)', `${platform} ${user}`, `${platform} ${user} planned`);
  run('UPDATE styles SET changed_by = NULL WHERE changed_by = ?', user);
  run(
    `UPDATE inbox SET handled = 1, event = NULL WHERE handled = 0 AND id <= ? AND platform = ? AND event ->> '$.sender' = ?`,
    newestEvent,
    platform,
    user,
  );
  eraseNotes(database, platform, user);
  renameEvents(database, platform, user);
  const files = new Set<ImageKey>();
  // Their own messages: what stands there goes with the posts.
  if (platform === 'room')
    for (const row of database.all(`SELECT sequence, body FROM room_events WHERE body ->> '$.sender' = ?`, user)) {
      posts.push({ roomId: roomId('!local:room'), eventId: eventId(`$${row['sequence']}`), author: 'person' });
      for (const key of keysIn(row)) files.add(key);
    }
  return { posts, files, counts: { plans }, isLast: true };
}

/**
 * Where a platform's events have no id of their own, as reactions on Mattermost, the one that was made for them names who acted. Renamed,
 * not deleted: the number of a row whose event is being handled must not become another's.
 */
function renameEvents(database: Database, platform: string, user: string): void {
  const sql = 'SELECT id, event_id FROM inbox WHERE platform = ?1 AND handled = 1 AND instr(event_id, ?2) > 0';
  for (const { id, event_id: event } of database.all(sql, platform, user))
    if (mentions(String(event), user)) database.run(`UPDATE inbox SET event_id = 'erased:' || id WHERE id = ?`, id ?? null);
}

/** A note about this person alone goes; of a list of several, their entry. */
function eraseNotes(database: Database, platform: string, user: string): void {
  const sql = 'SELECT key, value FROM memory WHERE platform = ?1 AND (instr(key, ?2) > 0 OR instr(value, ?2) > 0)';
  for (const { key, value } of database.all(sql, platform, user)) {
    const [name, text] = [String(key), String(value)];
    if (mentions(name, user)) database.run('DELETE FROM memory WHERE platform = ? AND key = ?', platform, name);
    else if (mentions(text, user)) {
      const others = notesWithout(text, user);
      if (others === undefined) database.run('DELETE FROM memory WHERE platform = ? AND key = ?', platform, name);
      else database.run('UPDATE memory SET value = ? WHERE platform = ? AND key = ?', others, platform, name);
    }
  }
}

/** What the person wrote to the bot. */
const answered = ({ room_id: room, answers: event }: Row): readonly ErasedPost[] =>
  typeof room === 'string' && typeof event === 'string' ? [{ roomId: roomId(room), eventId: eventId(event), author: 'person' }] : [];

const personPost = (row: Row): ErasedPost => ({
  roomId: roomId(String(row['room_id'])),
  eventId: eventId(String(row['event_id'])),
  author: 'person',
});

/** What platforms have noted about files, such as the address of an upload, goes with the files. */
export function forgetUploads(database: Database, keys: ReadonlySet<ImageKey>): void {
  for (const row of database.all('SELECT platform, key FROM memory'))
    if (keysIn({ key: row['key'] ?? null }).some((key) => keys.has(key)))
      database.run('DELETE FROM memory WHERE platform = ? AND key = ?', String(row['platform']), String(row['key']));
}
