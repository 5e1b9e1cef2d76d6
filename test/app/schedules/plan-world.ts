/** A bot's schedules with an invented clock: the real table in a real database, jobs that the test finishes by hand. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nextRuns } from '#src/app/schedules/next-runs.ts';
import { Scheduler, type Presence } from '#src/app/schedules/scheduler.ts';
import { Database } from '#src/store/database.ts';
import { PlansTable } from '#src/store/plans-table.ts';
import type { PlanNotice, PlanRun } from '#core/plan-run.ts';
import { readSchedule } from '#core/plan-words.ts';
import type { JobRecord } from '#core/job-store-port.ts';
import type { Plan } from '#core/team-store-ports.ts';
import type { RoomChoices } from '#core/store-port.ts';
import { eventId, jobId, roomId, userId } from '#core/types.ts';

export const utc = (text: string): number => Date.parse(`${text}Z`);
export const iso = (ms: number): string => new Date(ms).toISOString().slice(0, 16);

type Told = { readonly atMs: number; readonly plan: number } & PlanNotice;
type Ran = { readonly atMs: number; readonly plan: number } & PlanRun;

export class PlanWorld {
  readonly #folder = mkdtempSync(join(tmpdir(), 'blitzbild-plans-'));
  #database: Database;
  #scheduler: Scheduler;
  #timer: { readonly atMs: number; readonly work: () => void } | undefined;
  nowMs: number;
  choices: RoomChoices = {};
  presence: Presence = 'here';
  limits = { maxPlansPerRoom: 10, planCatchUpMinutes: 60 };
  /** Whether a run's job is finished at once. */
  isQuick = true;
  /** Called in the middle of the transaction that begins a run. */
  onRun: (plan: Plan) => void = () => {};
  readonly told: Told[] = [];
  readonly stopped: { readonly atMs: number; readonly job: string }[] = [];
  readonly errors: string[] = [];
  looks = 0;
  longestSleepMs = 0;

  constructor(now: string) {
    this.nowMs = utc(now);
    this.#database = new Database(join(this.#folder, 'store.sqlite'));
    this.#database.run('CREATE TABLE IF NOT EXISTS ran (id INTEGER PRIMARY KEY, at_ms INTEGER, plan INTEGER, run TEXT, is_open INTEGER)');
    this.#scheduler = this.#build();
    this.#scheduler.start();
  }

  get scheduler(): Scheduler {
    return this.#scheduler;
  }

  get plans(): PlansTable {
    return new PlansTable(this.#database);
  }

  /** Runs that were put into the queue and survived. */
  get ran(): readonly Ran[] {
    return this.#database
      .all('SELECT * FROM ran ORDER BY id')
      .map((row) => ({ atMs: Number(row['at_ms']), plan: Number(row['plan']), ...(JSON.parse(String(row['run'])) as PlanRun) }));
  }

  /** `2026-11-23T06:00 due`, … */
  get runs(): readonly string[] {
    return this.ran.map(({ atMs, reason }) => `${iso(atMs)} ${reason}`);
  }

  add(words: string, timeZone = 'Europe/Berlin', room = '!team'): Plan {
    const added = this.tryAdd(words, timeZone, room);
    if (!added.ok) throw new Error(`${words}: ${JSON.stringify(added)}`);
    return added.value;
  }

  tryAdd(words: string, timeZone = 'Europe/Berlin', room = '!team'): ReturnType<Scheduler['add']> {
    const schedule = readSchedule(words, { timeZone, nowMs: this.nowMs, minIntervalMinutes: 1 });
    if (!schedule.ok) throw new Error(`${words}: ${JSON.stringify(schedule)}`);
    return this.scheduler.add({
      platform: 'room',
      roomId: roomId(room),
      eventId: eventId('$1'),
      createdBy: userId('@ada:example.org'),
      language: 'en',
      schedule: schedule.value,
      text: 'a sunrise',
    });
  }

  /** Lets the time pass, firing timers on the way. */
  to(until: string | number): void {
    const untilMs = typeof until === 'number' ? until : utc(until);
    while (this.#timer !== undefined && this.#timer.atMs <= untilMs) {
      const { atMs, work } = this.#timer;
      this.#timer = undefined;
      this.nowMs = Math.max(this.nowMs, atMs);
      this.looks += 1;
      work();
    }
    this.nowMs = Math.max(this.nowMs, untilMs);
  }

  /** The process ends at once, as by a power cut, and begins again at this time. */
  downUntil(time: string | number): void {
    this.#scheduler.close();
    this.#database.close();
    this.#timer = undefined;
    this.nowMs = typeof time === 'number' ? time : utc(time);
    this.#database = new Database(join(this.#folder, 'store.sqlite'));
    this.#scheduler = this.#build();
    this.#scheduler.start();
  }

  finishJobs(): void {
    this.#database.run('UPDATE ran SET is_open = 0');
  }

  /** All times of a schedule after one moment and up to another. */
  timesOf(plan: Plan, fromMs: number, toMs: number): readonly number[] {
    return nextRuns(plan.schedule, fromMs, 5000).filter((ms) => ms <= toMs);
  }

  [Symbol.dispose](): void {
    this.#scheduler.close();
    this.#database.close();
    rmSync(this.#folder, { recursive: true });
  }

  #build(): Scheduler {
    const database = this.#database;
    return new Scheduler({
      store: {
        transaction: (work) => database.transaction(work),
        plans: new PlansTable(database),
        rooms: { get: () => this.choices },
        jobs: { open: () => this.#openJobs() },
      },
      now: () => this.nowMs,
      timers: {
        after: (ms, work) => {
          this.longestSleepMs = Math.max(this.longestSleepMs, ms);
          const timer = { atMs: this.nowMs + ms, work };
          this.#timer = timer;
          return () => {
            if (this.#timer === timer) this.#timer = undefined;
          };
        },
      },
      limits: () => this.limits,
      runPlan: (plan, run) => {
        const values = [this.nowMs, plan.id, JSON.stringify(run), this.isQuick ? 0 : 1];
        database.run('INSERT INTO ran (at_ms, plan, run, is_open) VALUES (?, ?, ?, ?)', ...values);
        this.onRun(plan);
      },
      tell: (plan, notice) => {
        this.told.push({ atMs: this.nowMs, plan: plan.id, ...notice });
      },
      stopRun: (_, job) => {
        this.stopped.push({ atMs: this.nowMs, job: job.id });
        this.finishJobs();
      },
      presence: () => this.presence,
      log: { debug: () => {}, info: () => {}, warn: () => {}, error: (_, text) => this.errors.push(text) },
    });
  }

  /** Only what the scheduler reads of a job. */
  #openJobs(): readonly JobRecord[] {
    return this.#database.all('SELECT * FROM ran WHERE is_open = 1').map((row) => {
      const { run } = JSON.parse(String(row['run'])) as PlanRun;
      const job = {
        id: jobId(`j${row['id']}`),
        queuedAtMs: Number(row['at_ms']),
        cancelRequested: false,
        plan: { id: Number(row['plan']), run },
      };
      return job as unknown as JobRecord;
    });
  }
}
