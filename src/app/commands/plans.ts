import { askFirst } from '#src/app/asks.ts';
import type { Asked } from '#src/app/carry-out.ts';
import { promptProblem } from '#src/app/prompt-check.ts';
import { resolveDraw } from '#src/app/resolve-draw.ts';
import { currentLimits } from '#src/app/current-limits.ts';
import type { AfterCommit, Asking, HandlerContext } from '#src/app/handler-context.ts';
import { answer, refuseInRoom, tell } from '#src/app/replies.ts';
import { nextRuns } from '#src/app/schedules/next-runs.ts';
import type { Command, PlanCommand } from '#core/command.ts';
import { describeTime } from '#core/plan-describe.ts';
import { message } from '#core/messages.ts';
import { paragraph } from '#core/rich-text.ts';
import { refuse, type Problem, type Result } from '#core/problem.ts';
import { renderPlan, renderPlanAdded, renderPlans } from '#core/render-plans.ts';
import type { Plan } from '#core/team-store-ports.ts';

const SHOWN_RUNS = 3;

export function plans(context: HandlerContext, event: Asking, _command: Command, { voice }: Asked): readonly AfterCommit[] {
  const list = context.store.plans.list(event.platform, event.roomId);
  return answer(context, event, renderPlans({ plans: list, nowMs: context.now(), ...voice }));
}

export function plan(context: HandlerContext, event: Asking, command: PlanCommand, asked: Asked): readonly AfterCommit[] {
  if (command.action === 'add') return add(context, event, command, asked);
  const { voice, isAdmin } = asked;
  const found = context.store.plans.get(command.id);
  // Those of other rooms do not exist here.
  if (found === undefined || found.platform !== event.platform || found.roomId !== event.roomId)
    return refuseInRoom(context, event, refuse('plan_unknown', { plan: command.id }).problem, voice);
  if (command.action === 'show') return answer(context, event, renderPlan({ ...shown(context, found), ...voice }));
  if (found.createdBy !== event.sender && !isAdmin)
    return refuseInRoom(context, event, refuse('plan_not_yours', { plan: found.id }).problem, voice);
  return change(context, event, command.action, found, asked);
}

const shown = ({ now }: HandlerContext, found: Plan) => ({ plan: found, nowMs: now(), next: nextRuns(found.schedule, now(), SHOWN_RUNS) });

/** The command is tried now, so that a mistake shows before the first run. */
function add(context: HandlerContext, event: Asking, command: PlanCommand & { action: 'add' }, { voice }: Asked): readonly AfterCommit[] {
  const { schedule, draw, text } = command;
  const tried = resolveDraw(context, event, draw);
  if (!tried.ok) return refuseInRoom(context, event, tried.problem, voice);
  if (draw.options.strength !== undefined)
    return refuseInRoom(context, event, refuse('strength_needs_picture', {}, draw.places.strength).problem, voice);
  const refused = promptProblem(context, tried.value);
  if (refused !== undefined) return refuseInRoom(context, event, refused, voice);
  if (tried.value.count > currentLimits(context).askAbove && event.isConfirmed !== true)
    return askFirst(context, event, [paragraph(...message('ask_batch', { pictures: tried.value.count }, voice))], voice);
  const added = context.planner.scheduler.add({
    platform: event.platform,
    roomId: event.roomId,
    eventId: event.eventId,
    createdBy: event.sender,
    language: voice.language,
    schedule,
    text,
  });
  if (!added.ok) return refuseInRoom(context, event, added.problem, voice);
  return answer(context, event, renderPlanAdded({ ...shown(context, added.value), ...voice }));
}

function change(
  context: HandlerContext,
  event: Asking,
  action: 'pause' | 'resume' | 'run' | 'remove',
  found: Plan,
  { voice }: Asked,
): readonly AfterCommit[] {
  const { scheduler } = context.planner;
  const or = (result: Result<Plan, Problem>, done: (plan: Plan) => readonly AfterCommit[]): readonly AfterCommit[] =>
    result.ok ? done(result.value) : refuseInRoom(context, event, result.problem, voice);
  switch (action) {
    case 'pause':
      return or(scheduler.pause(found), () => tell(context, event, 'plan_paused', { plan: found.id }, voice));
    case 'resume':
      return or(scheduler.resume(found), ({ nextRunMs, schedule }) => {
        const next = nextRunMs === undefined ? '–' : describeTime(nextRunMs, schedule.timeZone, voice.language, context.now());
        return tell(context, event, 'plan_resumed', { plan: found.id, next }, voice);
      });
    case 'run':
      // The run's own message is the answer.
      return or(scheduler.runNow(found), () => []);
    case 'remove':
      scheduler.remove(found);
      return tell(context, event, 'plan_removed', { plan: found.id }, voice);
  }
}
