import type { PlanSchedule } from '#core/plan-schedule.ts';
import type { Plan, PlanStore } from '#core/team-store-ports.ts';
import { eventId, roomId, userId, type Language, type PlatformName, type RoomId } from '#core/types.ts';
import type { Database, Row } from '#src/store/database.ts';

/** Schedules of all rooms; an id is never given twice. */
export class PlansTable implements PlanStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  add(plan: Parameters<PlanStore['add']>[0]): Plan {
    const { id } = this.#database.run(
      `INSERT INTO plans (platform, room_id, event_id, created_by, language, schedule, text, next_run_ms, created_at_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      plan.platform,
      plan.roomId,
      plan.eventId,
      plan.createdBy,
      plan.language,
      JSON.stringify(plan.schedule),
      plan.text,
      plan.nextRunMs ?? null,
      plan.createdAtMs,
    );
    return { ...plan, id, state: 'active', runs: 0 };
  }

  list(platform?: PlatformName, room?: RoomId): readonly Plan[] {
    return this.#database
      .all(
        'SELECT * FROM plans WHERE (?1 IS NULL OR platform = ?1) AND (?2 IS NULL OR room_id = ?2) ORDER BY id',
        platform ?? null,
        room ?? null,
      )
      .map(toPlan);
  }

  get(id: number): Plan | undefined {
    const row = this.#database.get('SELECT * FROM plans WHERE id = ?', id);
    return row && toPlan(row);
  }

  update(id: number, changes: Parameters<PlanStore['update']>[1]): void {
    this.#database.transaction(() => {
      const plan = this.get(id);
      if (plan === undefined) return;
      const { state, nextRunMs, lastRunMs, runs } = { ...plan, ...changes };
      this.#database.run(
        'UPDATE plans SET state = ?, next_run_ms = ?, last_run_ms = ?, runs = ? WHERE id = ?',
        state,
        nextRunMs ?? null,
        lastRunMs ?? null,
        runs,
        id,
      );
    });
  }

  remove(id: number): void {
    this.#database.run('DELETE FROM plans WHERE id = ?', id);
  }
}

export function toPlan(row: Row): Plan {
  const { next_run_ms: next, last_run_ms: last } = row;
  return {
    id: Number(row['id']),
    platform: row['platform'] as PlatformName,
    roomId: roomId(String(row['room_id'])),
    eventId: eventId(String(row['event_id'])),
    createdBy: userId(String(row['created_by'])),
    language: row['language'] as Language,
    schedule: JSON.parse(String(row['schedule'])) as PlanSchedule,
    text: String(row['text']),
    state: row['state'] as Plan['state'],
    ...(typeof next === 'number' ? { nextRunMs: next } : {}),
    ...(typeof last === 'number' ? { lastRunMs: last } : {}),
    runs: Number(row['runs']),
    createdAtMs: Number(row['created_at_ms']),
  };
}
