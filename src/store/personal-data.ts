import {
  type ErasedPost,
  type Erasure,
  type ErasureCounts,
  type ErasureStage,
  type Person,
  type PersonalData,
  type PersonalRecords,
  type RemovalTally,
  type SettledRemoval,
} from '#core/personal-data-port.ts';
import { eventId, imageKey, jobId, roomId, userId, type ImageKey, type JobId, type Language, type PlatformName } from '#core/types.ts';
import type { Database, Row } from '#src/store/database.ts';
import { eraseSlice, forgetUploads } from '#src/store/erasure-slice.ts';
import { personalRecords, storedPeople } from '#src/store/personal-records.ts';
import { referencedFiles } from '#src/store/referenced-files.ts';

const nothing: ErasureCounts = { stopped: 0, jobs: 0, pictures: 0, plans: 0, files: 0, kept: 0, unclean: 0 };

const isPicture = (key: ImageKey): boolean => !/\.(?:zip|json|csv)$/u.test(key);

/** What is stored about people, and how far their being forgotten has come. */
export class PersonalDataTable implements PersonalData {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  jobsOf({ platform, user }: Person): readonly JobId[] {
    return this.#database
      .all('SELECT id FROM jobs WHERE platform = ? AND user_id = ? ORDER BY sequence', platform, user)
      .map((row) => jobId(String(row['id'])));
  }

  recordsOf(person: Person): PersonalRecords {
    return personalRecords(this.#database, person);
  }

  people(): readonly Person[] {
    return storedPeople(this.#database);
  }

  begin(erasure: Parameters<PersonalData['begin']>[0]): number {
    const { platform, user, roomId: room, isDirect, language, nowMs } = erasure;
    const known = this.#database.get('SELECT id FROM erasures WHERE platform = ? AND user_id = ?', platform, user);
    if (known !== undefined) return Number(known['id']);
    return this.#database.run(
      `INSERT INTO erasures (platform, user_id, stage, room_id, language, is_direct, newest_event, begun_at_ms)
       VALUES (?, ?, 'stopping', ?, ?, ?, (SELECT COALESCE(MAX(id), 0) FROM inbox), ?)`,
      platform,
      user,
      room ?? null,
      language,
      isDirect ? 1 : 0,
      nowMs,
    ).id;
  }

  erasures(): readonly Erasure[] {
    return this.#database.all('SELECT * FROM erasures ORDER BY id').map(toErasure);
  }

  isBeingErased({ platform, user }: Person): boolean {
    return this.#database.get('SELECT 1 FROM erasures WHERE platform = ? AND user_id = ?', platform, user) !== undefined;
  }

  proceed(id: number, stage: ErasureStage, counts: Partial<ErasureCounts> = {}): void {
    this.#database.transaction(() => {
      this.#count(id, counts);
      this.#database.run('UPDATE erasures SET stage = ? WHERE id = ?', stage, id);
    });
  }

  #count(id: number, counts: Partial<ErasureCounts>): void {
    const row = this.#database.get('SELECT counts FROM erasures WHERE id = ?', id);
    const before = { ...nothing, ...(JSON.parse(String(row?.['counts'] ?? '{}')) as Partial<ErasureCounts>) };
    const sum = Object.fromEntries(
      Object.entries(before).map(([name, count]) => [name, count + (counts[name as keyof ErasureCounts] ?? 0)]),
    );
    this.#database.run('UPDATE erasures SET counts = ? WHERE id = ?', JSON.stringify(sum), id);
  }

  withhold(id: number): readonly number[] {
    return this.#database.transaction(() => {
      const whose = `FROM outbox, erasures WHERE erasures.id = ?1 AND outbox.platform = erasures.platform AND outbox.state = 'pending'
         AND (outbox.asker = erasures.user_id
              OR outbox.job_id IN (SELECT jobs.id FROM jobs WHERE jobs.platform = erasures.platform AND jobs.user_id = erasures.user_id))`;
      const rows = this.#database.all(`SELECT outbox.id ${whose}`, id).map((row) => Number(row['id']));
      for (const row of rows)
        this.#database.run(`UPDATE outbox SET state = 'dropped', reason = 'erased', delivery = NULL WHERE id = ?`, row);
      return rows;
    });
  }

  eraseSome(id: number): boolean {
    return this.#database.transaction(() => {
      const erasure = this.#database.get('SELECT * FROM erasures WHERE id = ?', id);
      if (typeof erasure?.['user_id'] !== 'string') return false;
      const person = { platform: erasure['platform'] as PlatformName, user: userId(erasure['user_id']) };
      const { posts, files, counts, isLast } = eraseSlice(this.#database, person, Number(erasure['newest_event']));
      for (const post of posts) this.#addPost(id, post);
      for (const key of files)
        this.#database.run('INSERT INTO erasure_files (erasure_id, key) VALUES (?, ?) ON CONFLICT DO NOTHING', id, key);
      this.#count(id, counts);
      if (isLast !== true) return true;
      // A conversation with one person is that person's; a room is everybody's.
      if (erasure['is_direct'] === 1)
        this.#database.run('DELETE FROM rooms WHERE platform = ? AND room_id = ?', person.platform, erasure['room_id'] ?? null);
      this.#database.run('UPDATE erasures SET user_id = NULL WHERE id = ?', id);
      return false;
    });
  }

  #addPost(id: number, { roomId: room, eventId: event, author, file }: ErasedPost): void {
    this.#database.run(
      // What the bot wrote is its own, whoever answered it.
      `INSERT INTO erasure_posts (erasure_id, room_id, event_id, author, file) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (erasure_id, room_id, event_id) DO UPDATE SET author = iif(excluded.author = 'bot', 'bot', author), file = COALESCE(excluded.file, file)`,
      id,
      room,
      event,
      author,
      file ?? null,
    );
  }

  posts(id: number, limit: number): readonly ErasedPost[] {
    return this.#database
      .all('SELECT * FROM erasure_posts WHERE erasure_id = ? AND removal IS NULL ORDER BY author, rowid LIMIT ?', id, limit)
      .map((row) => ({
        roomId: roomId(String(row['room_id'])),
        eventId: eventId(String(row['event_id'])),
        author: row['author'] as ErasedPost['author'],
        ...(typeof row['file'] === 'string' ? { file: imageKey(row['file']) } : {}),
      }));
  }

  removed(id: number, { roomId: room, eventId: event }: ErasedPost, removal: SettledRemoval): void {
    this.#database.run(
      'UPDATE erasure_posts SET removal = ? WHERE erasure_id = ? AND room_id = ? AND event_id = ?',
      JSON.stringify(removal),
      id,
      room,
      event,
    );
  }

  tally(id: number): RemovalTally {
    const of = (author: ErasedPost['author']): RemovalTally['bot'] => {
      const tally = { waiting: 0, gone: 0, hidden: 0, missing: 0, failed: 0, media: { gone: 0, kept: 0, failed: 0 } };
      for (const { removal } of this.#database.all('SELECT removal FROM erasure_posts WHERE erasure_id = ? AND author = ?', id, author)) {
        if (typeof removal !== 'string') {
          tally.waiting += 1;
          continue;
        }
        const { message, media } = JSON.parse(removal) as SettledRemoval;
        tally[message] += 1;
        if (media !== undefined) tally.media[media] += 1;
      }
      return tally;
    };
    return { bot: of('bot'), person: of('person') };
  }

  files(id: number): readonly ImageKey[] {
    return this.#database.all('SELECT key FROM erasure_files WHERE erasure_id = ?', id).map((row) => imageKey(String(row['key'])));
  }

  filesGone(id: number, keys: readonly ImageKey[]): void {
    this.#database.transaction(() => {
      forgetUploads(this.#database, new Set(keys));
      this.#filesDone(id, keys);
    });
  }

  filesKept(id: number, keys: readonly ImageKey[]): void {
    this.#database.transaction(() => {
      this.#count(id, { kept: keys.filter(isPicture).length });
      this.#filesDone(id, keys);
    });
  }

  #filesDone(id: number, keys: readonly ImageKey[]): void {
    this.#database.transaction(() => {
      for (const key of keys) this.#database.run('DELETE FROM erasure_files WHERE erasure_id = ? AND key = ?', id, key);
    });
  }

  async referenced(keys: ReadonlySet<ImageKey>): Promise<ReadonlySet<ImageKey>> {
    return referencedFiles(this.#database, keys);
  }

  async clean(): Promise<void> {
    await this.#database.rewrite();
  }

  answering(id: number, row: number): void {
    this.#database.run('UPDATE erasures SET answer_row = ? WHERE id = ?', row, id);
  }

  finish(id: number): void {
    this.#database.transaction(() => {
      this.#database.run('DELETE FROM outbox WHERE id = (SELECT answer_row FROM erasures WHERE id = ?)', id);
      for (const table of ['erasure_posts', 'erasure_files']) this.#database.run(`DELETE FROM ${table} WHERE erasure_id = ?`, id);
      this.#database.run('DELETE FROM erasures WHERE id = ?', id);
    });
  }
}

const toErasure = (row: Row): Erasure => ({
  id: Number(row['id']),
  platform: row['platform'] as PlatformName,
  ...(typeof row['user_id'] === 'string' ? { user: userId(row['user_id']) } : {}),
  stage: row['stage'] as ErasureStage,
  ...(typeof row['room_id'] === 'string' ? { roomId: roomId(row['room_id']) } : {}),
  language: row['language'] as Language,
  counts: { ...nothing, ...(JSON.parse(String(row['counts'])) as Partial<ErasureCounts>) },
  ...(typeof row['answer_row'] === 'number' ? { answerRow: row['answer_row'] } : {}),
  begunAtMs: Number(row['begun_at_ms']),
});
