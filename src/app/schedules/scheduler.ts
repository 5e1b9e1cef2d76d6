import type { Log } from '#src/app/log-port.ts';
import { nextRunMs, windowEndMs } from '#src/app/schedules/next-runs.ts';
import { decideTurn, quietEndMs } from '#src/app/schedules/plan-turn.ts';
import type { Limits } from '#core/limits.ts';
import type { PlanNotice, PlanRun } from '#core/plan-run.ts';
import { accept, refuse, type Problem, type Result } from '#core/problem.ts';
import type { JobRecord, JobStore } from '#core/job-store-port.ts';
import type { Plan, PlanStore } from '#core/team-store-ports.ts';
import type { RoomSettings, Store } from '#core/store-port.ts';

/** The longest sleep, so that a clock that was set, or a laptop that was opened, is noticed. */
const LONGEST_SLEEP_MS = 60_000;
/** How long a schedule without a further run stays in the list. */
const OVER_KEPT_MS = 7 * 24 * 3600 * 1000;

/** `here`: messages arrive. `left`: the bot is no longer in the room. `unknown`: the platform is not running. */
export type Presence = 'here' | 'left' | 'unknown';

export interface Timers {
  /** @returns what takes it back */
  after(ms: number, work: () => void): () => void;
}

export const systemTimers: Timers = {
  after: (ms, work) => {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  },
};

export type SchedulerOptions = {
  readonly store: Pick<Store, 'transaction'> & {
    readonly plans: PlanStore;
    readonly rooms: Pick<RoomSettings, 'get'>;
    readonly jobs: Pick<JobStore, 'open'>;
  };
  readonly now: () => number;
  readonly timers: Timers;
  readonly limits: () => Pick<Limits, 'maxPlansPerRoom' | 'planCatchUpMinutes'>;
  /** Puts the run into the queue, or tells the room why not. Called inside the transaction that moves the schedule on: synchronous. */
  readonly runPlan: (plan: Plan, run: PlanRun) => void;
  /** Tells the room why nothing is drawn; inside the same transaction. */
  readonly tell: (plan: Plan, notice: PlanNotice) => void;
  /** The time of this run is up: cancels what is left of the job and tells the room. */
  readonly stopRun: (plan: Plan, job: JobRecord) => void;
  readonly presence?: (plan: Plan) => Presence;
  readonly log: Log;
};

/**
 * Starts what the rooms have scheduled. A run is put into the queue in the same transaction that moves its schedule on, so a crash
 * neither loses it nor doubles it. Times are read from the clock at every look, never counted.
 */
export class Scheduler {
  readonly #options: SchedulerOptions;
  #cancelTimer: (() => void) | undefined;
  #isOpen = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  /** Deals with what came while the process was down, then with whatever comes. Before the queue is worked on. */
  start(): void {
    this.#isOpen = true;
    this.#followZoneRules();
    this.#look();
  }

  close(): void {
    this.#isOpen = false;
    this.#cancelTimer?.();
  }

  /** There may be something to do earlier than was thought, such as after a change of the room's quiet hours. */
  wake(): void {
    if (this.#isOpen) this.#look();
  }

  // ---------------------------------------------------------------- changes that people make

  add(plan: Omit<Plan, 'id' | 'runs' | 'state' | 'lastRunMs' | 'nextRunMs' | 'createdAtMs'>): Result<Plan, Problem> {
    const { store, now, limits } = this.#options;
    const createdAtMs = now();
    const next = nextRunMs(plan.schedule, createdAtMs);
    if (next === undefined) return refuse('plan_never', { text: plan.schedule.text });
    const limit = limits().maxPlansPerRoom;
    const open = store.plans.list(plan.platform, plan.roomId).filter((other) => other.nextRunMs !== undefined);
    if (open.length >= limit) return refuse('plans_full', { limit });
    const added = store.plans.add({ ...plan, nextRunMs: next, createdAtMs });
    this.#arm();
    return accept(added);
  }

  pause({ id, state }: Plan): Result<Plan, Problem> {
    if (state === 'paused') return refuse('plan_paused_already', { plan: id });
    return this.#change(id, { state: 'paused' });
  }

  /** Goes on with the next time; what came in between was not missed but paused. */
  resume({ id, state, schedule }: Plan): Result<Plan, Problem> {
    if (state === 'active') return refuse('plan_active_already', { plan: id });
    const next = nextRunMs(schedule, this.#options.now());
    return next === undefined ? refuse('plan_over', { plan: id }) : this.#change(id, { state: 'active', nextRunMs: next });
  }

  /** Somebody asks for a run now, also in quiet hours and of a paused schedule; its times stay as they are. */
  runNow({ id }: Plan): Result<Plan, Problem> {
    const { store, now } = this.#options;
    if (this.#openRuns(id).length > 0) return refuse('plan_running_already', { plan: id });
    store.transaction(() => {
      const plan = store.plans.get(id);
      if (plan !== undefined) this.#run(plan, { reason: 'asked', dueMs: now(), passed: 0 }, {});
    });
    return this.#result(id);
  }

  remove({ id }: Plan): void {
    this.#options.store.plans.remove(id);
    this.#arm();
  }

  #change(id: number, changes: Parameters<PlanStore['update']>[1]): Result<Plan, Problem> {
    this.#options.store.plans.update(id, changes);
    this.#arm();
    return this.#result(id);
  }

  #result(id: number): Result<Plan, Problem> {
    const plan = this.#options.store.plans.get(id);
    return plan === undefined ? refuse('plan_unknown', { plan: id }) : accept(plan);
  }

  // ---------------------------------------------------------------- the clock

  #look(): void {
    const { store, log } = this.#options;
    for (const plan of this.#each(() => store.plans.list())) {
      // One schedule that fails, such as on a full disk, keeps no other from running; it is tried again at the next look.
      try {
        store.transaction(() => this.#consider(plan.id));
      } catch (error) {
        log.error({ err: error, plan: plan.id }, 'A schedule could not be worked on');
      }
    }
    for (const job of this.#each(() => store.jobs.open())) {
      try {
        store.transaction(() => this.#stopWhenOver(job));
      } catch (error) {
        log.error({ err: error, job: job.id }, 'A scheduled run could not be ended');
      }
    }
    this.#arm();
  }

  /** A store that can't be used now is used again at the next look; a zone that this version does not know harms only its schedule. */
  #each<Item>(list: () => readonly Item[]): readonly Item[] {
    try {
      return list();
    } catch (error) {
      this.#options.log.error({ err: error }, 'A schedule could not be read');
      return [];
    }
  }

  #consider(id: number): void {
    const { store, now, limits, presence, tell, log } = this.#options;
    const plan = store.plans.get(id);
    const nowMs = now();
    if (plan === undefined) return;
    if (plan.nextRunMs === undefined) {
      if ((plan.lastRunMs ?? plan.createdAtMs) < nowMs - OVER_KEPT_MS) store.plans.remove(id);
      return;
    }
    if (plan.state === 'paused' || plan.nextRunMs > nowMs) return;
    const where = presence?.(plan) ?? 'here';
    if (where === 'unknown') return;
    if (where === 'left') {
      log.info({ plan: id }, 'A schedule is paused: the bot is no longer in its room');
      store.plans.update(id, { state: 'paused' });
      return;
    }
    const turn = decideTurn(plan.schedule, plan.nextRunMs, {
      ...this.#quietOf(plan),
      nowMs,
      catchUpMs: limits().planCatchUpMinutes * 60_000,
      isBusy: this.#openRuns(id).length > 0,
    });
    if (turn.kind === 'wait') return;
    const moved = { nextRunMs: nextRunMs(plan.schedule, nowMs) };
    if (turn.kind === 'run') {
      this.#run(plan, { reason: turn.reason, dueMs: turn.dueMs, passed: turn.passed }, moved);
      return;
    }
    store.plans.update(id, moved);
    tell(plan, turn.notice);
    log.info({ plan: id, reason: turn.notice.kind, count: turn.notice.count }, 'Scheduled runs were skipped');
  }

  #run(plan: Plan, how: Omit<PlanRun, 'run'>, moved: { readonly nextRunMs?: number | undefined }): void {
    const { store, now, runPlan, log } = this.#options;
    const run = plan.runs + 1;
    store.plans.update(plan.id, { ...moved, lastRunMs: now(), runs: run });
    runPlan(plan, { run, ...how });
    log.info({ plan: plan.id, run, reason: how.reason }, 'A scheduled run begins');
  }

  #quietOf({ platform, roomId, schedule }: Plan): {
    readonly quiet: { readonly fromMinute: number; readonly toMinute: number } | undefined;
    readonly timeZone: string;
  } {
    const { quiet, timeZone = schedule.timeZone } = this.#options.store.rooms.get(platform, roomId);
    return { quiet, timeZone };
  }

  #openRuns(id: number): readonly JobRecord[] {
    return this.#options.store.jobs.open().filter(({ plan }) => plan?.id === id);
  }

  #stopWhenOver(job: JobRecord): void {
    const { store, now, stopRun } = this.#options;
    const plan = job.plan === undefined || job.cancelRequested ? undefined : store.plans.get(job.plan.id);
    const endMs = plan === undefined ? undefined : windowEndMs(plan.schedule, job.queuedAtMs);
    if (plan !== undefined && endMs !== undefined && endMs <= now()) stopRun(plan, job);
  }

  // ---------------------------------------------------------------- the timer

  #arm(): void {
    if (!this.#isOpen) return;
    this.#cancelTimer?.();
    const nowMs = this.#options.now();
    const wakeMs = Math.min(nowMs + LONGEST_SLEEP_MS, ...this.#moments(nowMs).filter((ms) => ms > nowMs));
    this.#cancelTimer = this.#options.timers.after(wakeMs - nowMs, () => this.#look());
  }

  /** Moments at which there will be something to do. */
  #moments(nowMs: number): readonly number[] {
    const { store } = this.#options;
    const plans = this.#each(() => store.plans.list()).filter(({ state }) => state === 'active');
    const begins = plans.flatMap((plan) => {
      if (plan.nextRunMs === undefined || plan.nextRunMs > nowMs) return plan.nextRunMs ?? [];
      return this.#each(() => {
        const { quiet, timeZone } = this.#quietOf(plan);
        const end = quietEndMs(quiet, timeZone, nowMs);
        return end === undefined ? [] : [end];
      });
    });
    const ends = this.#each(() => store.jobs.open()).flatMap(({ plan, queuedAtMs }) =>
      this.#each(() => {
        const schedule = plan === undefined ? undefined : store.plans.get(plan.id)?.schedule;
        const end = schedule === undefined ? undefined : windowEndMs(schedule, queuedAtMs);
        return end === undefined ? [] : [end];
      }),
    );
    return [...begins, ...ends];
  }

  /** A newer version may know other rules of summer time than the one that stored the next run. */
  #followZoneRules(): void {
    const { store, now } = this.#options;
    const nowMs = now();
    for (const { id, schedule, nextRunMs: stored, lastRunMs = 0 } of this.#each(() => store.plans.list())) {
      if (stored === undefined || stored <= nowMs) continue;
      this.#each(() => {
        // Not before the last run, in case the clock was set back.
        const next = nextRunMs(schedule, Math.max(nowMs, lastRunMs));
        if (next !== stored) store.plans.update(id, { nextRunMs: next });
        return [];
      });
    }
  }
}
