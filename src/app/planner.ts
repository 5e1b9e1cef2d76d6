import { randomUUID } from 'node:crypto';
import { fullQueue, newJobId } from '#src/app/accept-job.ts';
import { resolveDraw } from '#src/app/resolve-draw.ts';
import { currentLimits } from '#src/app/current-limits.ts';
import type { HandlerContext } from '#src/app/handler-context.ts';
import { promptProblem } from '#src/app/prompt-check.ts';
import { quotaProblem } from '#src/app/quotas.ts';
import { Scheduler, systemTimers, type Presence, type Timers } from '#src/app/schedules/scheduler.ts';
import { threadOfRow } from '#src/app/thread-of-row.ts';
import { parseMessage, prefixFor } from '#core/command.ts';
import type { Voice } from '#core/message-codes.ts';
import { forbidden } from '#core/errors.ts';
import { message } from '#core/messages.ts';
import type { PlanRun } from '#core/plan-run.ts';
import { clockText } from '#core/plan-schedule.ts';
import { refuse, type Problem, type Result } from '#core/problem.ts';
import { renderPlanNotice, renderRunHead } from '#core/render-plans.ts';
import { renderAccepted, renderProblem } from '#core/render.ts';
import { paragraph, type RichText } from '#core/rich-text.ts';
import type { JobRecord } from '#core/job-store-port.ts';
import type { Plan } from '#core/team-store-ports.ts';
import { eventId, type EventId, type ImageRequest, type Job } from '#core/types.ts';

type Context = Omit<HandlerContext, 'planner' | 'erasures'>;

/** Carries the schedules out: what the scheduler decides becomes jobs and messages of the rooms. */
export class Planner {
  readonly #context: Context;
  readonly scheduler: Scheduler;

  constructor(context: Context, timers: Timers = systemTimers) {
    this.#context = context;
    const { store, now, log } = context;
    this.scheduler = new Scheduler({
      store,
      now,
      timers,
      limits: () => currentLimits(context),
      runPlan: (plan, run) => this.#run(plan, run),
      tell: (plan, notice) => {
        this.#post(plan, renderPlanNotice({ plan, notice, ...this.#voice(plan) }));
      },
      stopRun: (plan, job) => this.#stop(plan, job),
      presence: (plan) => (context.platforms.has(plan.platform) ? this.#presence(plan) : 'unknown'),
      log,
    });
  }

  start(): void {
    this.scheduler.start();
  }

  close(): void {
    this.scheduler.close();
  }

  /** Zone or quiet hours of a room have changed. */
  wake(): void {
    this.scheduler.wake();
  }

  #voice({ language }: Plan): Voice {
    return { language, prefix: prefixFor(this.#context.prefixes, language) };
  }

  /**
   * A room that refuses what tells the progress of a run is one the bot has left. Each such message counts once: whoever resumes the
   * schedule says that it is back.
   */
  #presence({ id, createdAtMs }: Plan): Presence {
    const { store } = this.#context;
    const last = store.jobs.latestOfPlan(id);
    // The number may have belonged to a schedule that is gone.
    if (last === undefined || last.queuedAtMs < createdAtMs) return 'here';
    // Messages are dropped for other reasons as well.
    if (store.outbox.outcome(last.statusRow)?.reason?.startsWith(forbidden) !== true) return 'here';
    const key = `plan.${id}.left`;
    const row = String(last.statusRow);
    if (store.settings.get(key) === row) return 'here';
    store.settings.set(key, row);
    return 'left';
  }

  /** One message in the room, under which everything of the run stands: its head, and at the end the timings. */
  #run(plan: Plan, run: PlanRun): void {
    const { store, random, now, runner } = this.#context;
    // It goes with them, and nothing of it is to be drawn meanwhile.
    if (store.personal.isBeingErased({ platform: plan.platform, user: plan.createdBy })) return;
    const voice = this.#voice(plan);
    const head = renderRunHead({ plan, run, ...voice });
    const resolved = this.#request(plan);
    const refused = (problem: Problem): void => void this.#post(plan, [...head, ...renderProblem({ problem, ...voice })]);
    if (!resolved.ok) return refused(resolved.problem);
    const asker = { platform: plan.platform, roomId: plan.roomId, sender: plan.createdBy };
    const problem =
      promptProblem(this.#context, resolved.value) ??
      fullQueue(this.#context) ??
      quotaProblem(this.#context, asker, resolved.value, undefined, voice.language);
    if (problem !== undefined) return refused(problem);
    const id = newJobId(store, random);
    const request = resolved.value;
    const statusRow = this.#post(plan, [...head, ...renderAccepted({ jobId: id, request, picturesAhead: 0, ...voice })], { jobId: id });
    const job: Job = {
      id,
      request,
      origin: {
        platform: plan.platform,
        roomId: plan.roomId,
        eventId: eventId(`plan-${plan.id}-${run.run}-${plan.createdAtMs}`),
        threadId: threadOfRow(statusRow),
      },
      requestedBy: plan.createdBy,
      language: plan.language,
      queuedAtMs: now(),
      plan: { id: plan.id, run: run.run },
    };
    store.jobs.add(job);
    store.jobs.setStatusRow(id, statusRow);
    // Why it is late stands in the thread: its first message is edited and tells the progress and the end.
    const [, ...reasons] = head;
    if (reasons.length > 0) this.#post(plan, reasons, { threadId: threadOfRow(statusRow) });
    setImmediate(() => runner.wake());
  }

  /** The stored command, read anew: styles and models are those of today. */
  #request(plan: Plan): Result<ImageRequest, Problem> {
    const { prefixes } = this.#context;
    const parsed = parseMessage(`${prefixFor(prefixes, plan.language)} -- ${plan.text}`, {
      prefixes,
      isDirect: false,
      language: plan.language,
    });
    const typed = parseMessage(`${prefixFor(prefixes, plan.language)} ${plan.text}`, {
      prefixes,
      isDirect: false,
      language: plan.language,
      limits: currentLimits(this.#context),
    });
    // Words that look like a command are a prompt here.
    const read = typed?.ok === true && typed.command.kind !== 'draw' ? parsed : typed;
    if (read === undefined) return refuse('prompt_empty', {});
    if (!read.ok) return { ok: false, problem: withoutPlace(read.problem) };
    if (read.command.kind !== 'draw') return refuse('prompt_empty', {});
    const resolved = resolveDraw(this.#context, plan, read.command);
    return resolved.ok ? resolved : { ok: false, problem: withoutPlace(resolved.problem) };
  }

  #stop(plan: Plan, job: JobRecord): void {
    const { store, runner } = this.#context;
    const until = clockText(plan.schedule.untilMinute ?? 0);
    const params = { plan: plan.id, until, finished: job.images.length, count: job.request.count };
    store.jobs.requestCancel(job.id);
    this.#post(plan, [paragraph(...message('plan_stopped', params, this.#voice(plan)))]);
    setImmediate(() => runner.cancel(job.id));
  }

  #post(
    { platform, roomId, createdBy }: Plan,
    text: RichText,
    { jobId, threadId }: { readonly jobId?: Job['id']; readonly threadId?: EventId } = {},
  ): number {
    const { store, now } = this.#context;
    return store.outbox.add(
      {
        transactionId: `plan-${randomUUID()}`,
        platform,
        roomId,
        lane: 'now',
        content: { kind: 'text', text },
        asker: createdBy,
        event: jobId === undefined ? { type: 'text' } : { type: 'ack', jobId, progress: 0 },
        ...(jobId === undefined ? {} : { jobId }),
        ...(threadId === undefined ? {} : { threadId }),
      },
      now(),
    );
  }
}

/** It counts from a message that nobody typed. */
const withoutPlace = ({ place: _place, ...problem }: Problem): Problem => problem;
