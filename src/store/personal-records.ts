import type { Person, PersonalRecords } from '#core/personal-data-port.ts';
import { eventId, jobId, roomId, userId, type PlatformName } from '#core/types.ts';
import type { Database, Row } from '#src/store/database.ts';
import { mentions } from '#src/store/mentions.ts';
import { notesOf } from '#src/store/person-notes.ts';
import { toPlan } from '#src/store/plans-table.ts';

/** All that is stored about a person beside their jobs. */
export function personalRecords(database: Database, { platform, user }: Person): PersonalRecords {
  const of = (sql: string): Row[] => database.all(sql, platform, user);
  return {
    plans: of('SELECT * FROM plans WHERE platform = ? AND created_by = ? ORDER BY id').map(toPlan),
    stars: of('SELECT * FROM stars WHERE platform = ? AND user_id = ? ORDER BY at_ms').map((row) => ({
      roomId: roomId(String(row['room_id'])),
      jobId: jobId(String(row['job_id'])),
      index: Number(row['position']),
      atMs: Number(row['at_ms']),
    })),
    styleChanges: database
      .all('SELECT name, version, changed_at_ms FROM styles WHERE changed_by = ? ORDER BY sequence', user)
      .map((row) => ({ name: String(row['name']), version: Number(row['version']), changedAtMs: Number(row['changed_at_ms']) })),
    usage: of('SELECT * FROM usage WHERE platform = ? AND user_id = ? ORDER BY at_ms').map((row) => ({
      roomId: roomId(String(row['room_id'])),
      atMs: Number(row['at_ms']),
      pictures: Number(row['pictures']),
      workMs: Number(row['work_ms']),
    })),
    questions: of('SELECT * FROM asks WHERE platform = ? AND user_id = ? ORDER BY id').map((row) => ({
      roomId: roomId(String(row['room_id'])),
      event: parsed(row['event']),
      expiresMs: Number(row['expires_ms']),
      isOpen: row['is_open'] === 1,
    })),
    messages: of(
      `SELECT * FROM outbox WHERE platform = ?1 AND (asker = ?2 OR job_id IN (SELECT id FROM jobs WHERE platform = ?1 AND user_id = ?2)) ORDER BY id`,
    ).map((row) => ({
      ...(typeof row['room_id'] === 'string' ? { roomId: roomId(row['room_id']) } : {}),
      ...(typeof row['sent_event_id'] === 'string' ? { eventId: eventId(row['sent_event_id']) } : {}),
      ...(typeof row['answers'] === 'string' ? { answers: eventId(row['answers']) } : {}),
      ...(typeof row['job_id'] === 'string' ? { jobId: jobId(row['job_id']) } : {}),
      state: String(row['state']),
      queuedAtMs: Number(row['created_at_ms']),
      ...(typeof row['delivery'] === 'string' ? { delivery: parsed(row['delivery']) } : {}),
    })),
    waitingEvents: of(`SELECT event FROM inbox WHERE handled = 0 AND platform = ? AND event ->> '$.sender' = ? ORDER BY id`).map((row) =>
      parsed(row['event']),
    ),
    roomEvents: platform === 'room' ? roomEventsOf(database, user) : [],
    notes: of('SELECT key, value FROM memory WHERE platform = ?1 AND (instr(key, ?2) > 0 OR instr(value, ?2) > 0) ORDER BY key')
      .map((row) => ({ key: String(row['key']), value: String(row['value']) }))
      .filter(({ key, value }) => mentions(key, user) || mentions(value, user))
      .map(({ key, value }) => ({ key, value: notesOf(value, user) })),
  };
}

const roomEventsOf = (database: Database, user: Person['user']): PersonalRecords['roomEvents'] =>
  database.all(`SELECT sequence, at_ms, body FROM room_events WHERE body ->> '$.sender' = ? ORDER BY sequence`, user).map((row) => ({
    eventId: eventId(`$${row['sequence']}`),
    atMs: Number(row['at_ms']),
    body: parsed(row['body']),
  }));

/** Everybody of whom something is stored. */
export function storedPeople(database: Database): readonly Person[] {
  return database
    .all(
      `SELECT platform, user_id AS person FROM jobs UNION SELECT platform, user_id FROM stars UNION SELECT platform, user_id FROM usage
       UNION SELECT platform, user_id FROM asks UNION SELECT platform, created_by FROM plans
       UNION SELECT platform, asker FROM outbox WHERE asker IS NOT NULL
       UNION SELECT platform, event ->> '$.sender' FROM inbox WHERE handled = 0
       UNION SELECT 'room', body ->> '$.sender' FROM room_events WHERE body ->> '$.sender' <> ''`,
    )
    .map((row) => ({ platform: row['platform'] as PlatformName, user: userId(String(row['person'])) }));
}

const parsed = (json: Row[string] | undefined): unknown => JSON.parse(String(json));
