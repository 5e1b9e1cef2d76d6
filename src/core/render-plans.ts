/** Schedules as the room reads them: the list, one of them, the head of a run, and why there was none. */
import { formatNumber, pickFor } from '#core/format.ts';
import type { Voice } from '#core/message-codes.ts';
import { message } from '#core/messages.ts';
import { describeSchedule, describeTime } from '#core/plan-describe.ts';
import type { PlanNotice, PlanRun } from '#core/plan-run.ts';
import { clip } from '#core/prompt-text.ts';
import { bold, code, muted, paragraph, type Block, type RichText } from '#core/rich-text.ts';
import type { Plan } from '#core/team-store-ports.ts';
import type { Language } from '#core/types.ts';

const shownText = 60;

export type Plans = Voice & {
  /** Of one room, in the order of their numbers. */
  readonly plans: readonly Plan[];
  readonly nowMs: number;
};

export function renderPlans({ plans, nowMs, ...voice }: Plans): RichText {
  const { language } = voice;
  const pick = pickFor(language);
  if (plans.length === 0) return [paragraph(...message('plans_none', {}, voice))];
  const zones = new Set(plans.map(({ schedule }) => schedule.timeZone));
  const rows = plans.map((plan) => [
    String(plan.id),
    describeSchedule(plan.schedule, language) + (zones.size > 1 ? ` (${plan.schedule.timeZone})` : ''),
    clip(plan.text, shownText),
    nextText(plan, nowMs, language),
    formatNumber(plan.runs, language),
  ]);
  const [zone = 'UTC'] = zones;
  const times = zones.size > 1 ? [] : [paragraph(muted(pick(`Times in ${zone}.`, `Zeiten in ${zone}.`)))];
  const head = pick(['Plan', 'When', 'What', 'Next', 'Runs'], ['Plan', 'Wann', 'Was', 'Nächster Lauf', 'Läufe']);
  return [{ kind: 'table', head, rows }, ...times];
}

function nextText({ state, nextRunMs, schedule }: Plan, nowMs: number, language: Language): string {
  const pick = pickFor(language);
  if (state === 'paused') return pick('paused', 'pausiert');
  if (nextRunMs === undefined) return pick('over', 'abgelaufen');
  // Its time has come, and the quiet hours hold it.
  if (nextRunMs <= nowMs) return pick('after the quiet hours', 'nach der Ruhezeit');
  return describeTime(nextRunMs, schedule.timeZone, language, nowMs);
}

export type ShownPlan = Voice & {
  readonly plan: Plan;
  readonly nowMs: number;
  /** The next runs, in order. */
  readonly next: readonly number[];
};

/** The answer to `plan …`: what was understood, so that a misunderstanding shows before the first run. */
export function renderPlanAdded({ plan, nowMs, next, language, prefix }: ShownPlan): RichText {
  const pick = pickFor(language);
  return [
    ...planFacts(plan, language),
    ...nextLine(plan, next, nowMs, language),
    paragraph(
      muted(pick('Hold it with ', 'Anhalten mit ')),
      code(`${prefix} plan pause ${plan.id}`),
      muted(pick(', try it now with ', ', sofort ausprobieren mit ')),
      code(`${prefix} plan ${pick('run', 'starten')} ${plan.id}`),
      muted(pick(', take it back with ', ', zurücknehmen mit ')),
      code(`${prefix} plan ${pick('remove', 'entfernen')} ${plan.id}`),
      muted('.'),
    ),
  ];
}

/** The answer to `plan show 3`. */
export function renderPlan({ plan, nowMs, next, language, ...voice }: ShownPlan): RichText {
  const pick = pickFor(language);
  const { id, state, runs, lastRunMs, schedule } = plan;
  const last = lastRunMs === undefined ? undefined : describeTime(lastRunMs, schedule.timeZone, language, nowMs);
  const done = pick(
    `${runs === 1 ? '1 run' : `${formatNumber(runs, 'en')} runs`} so far`,
    `bisher ${runs === 1 ? '1 Lauf' : `${formatNumber(runs, 'de')} Läufe`}`,
  );
  const ran =
    last === undefined ? pick('No run yet.', 'Noch kein Lauf.') : `${capitalised(done)}, ${pick('the last on', 'zuletzt')} ${last}.`;
  const isOver = state === 'active' && plan.nextRunMs === undefined;
  const ending =
    state === 'paused'
      ? [paragraph(...message('plan_paused', { plan: id }, { language, ...voice }))]
      : isOver
        ? [paragraph(...message('plan_over', { plan: id }, { language, ...voice }))]
        : nextLine(plan, next, nowMs, language);
  return [...planFacts(plan, language), ...ending, paragraph(ran)];
}

const capitalised = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

/** `Plan 3: Monday to Friday at 07:00 (Europe/Berlin)`, and what is drawn. */
function planFacts({ id, schedule, text }: Plan, language: Language): readonly Block[] {
  return [
    paragraph(bold(`Plan ${id}`), `: ${describeSchedule(schedule, language)} (${schedule.timeZone})`),
    paragraph(code(clip(text, 300))),
  ];
}

function nextLine({ schedule }: Plan, next: readonly number[], nowMs: number, language: Language): readonly Block[] {
  if (next.length === 0) return [];
  const times = next.map((ms) => describeTime(ms, schedule.timeZone, language, nowMs)).join(' · ');
  const pick = pickFor(language);
  return [paragraph(next.length === 1 ? pick('Runs on ', 'Läuft am ') : pick('Next runs: ', 'Nächste Läufe: '), times)];
}

/** `Plan 3 · Monday to Friday at 07:00 · run 12`; a schedule that was removed since has its number only. */
export function renderRunLine({
  id,
  schedule,
  run,
  language,
}: Pick<Plan, 'id'> & { readonly schedule: Plan['schedule'] | undefined; readonly run: number; readonly language: Language }): Block {
  const count = pickFor(language)(`run ${formatNumber(run, 'en')}`, `Lauf ${formatNumber(run, 'de')}`);
  const parts = [...(schedule === undefined ? [] : [describeSchedule(schedule, language)]), count];
  return paragraph(bold(`Plan ${id}`), ` · ${parts.join(' · ')}`);
}

/** The first line of a run's thread: `Plan 3 · Monday to Friday at 07:00 · run 12`, and why it is late. */
export function renderRunHead({ plan, run, ...voice }: Voice & { readonly plan: Plan; readonly run: PlanRun }): RichText {
  const { language } = voice;
  const { id, schedule } = plan;
  const head = renderRunLine({ id, schedule, run: run.run, language });
  const due = describeTime(run.dueMs, schedule.timeZone, language);
  const passed = run.passed + 1;
  switch (run.reason) {
    case 'made_up':
      return [head, paragraph(...message('plan_made_up', { plan: id, count: passed, due }, voice))];
    case 'after_quiet':
      return [head, paragraph(...message('plan_after_quiet', { plan: id, count: passed, due }, voice))];
    case 'due':
      return run.passed === 0 ? [head] : [head, paragraph(...message('plan_passed', { plan: id, count: run.passed }, voice))];
    case 'asked':
      return [head];
  }
}

/** Why nothing is drawn this time. */
export function renderPlanNotice({ plan, notice, ...voice }: Voice & { readonly plan: Plan; readonly notice: PlanNotice }): RichText {
  const due = describeTime(notice.dueMs, plan.schedule.timeZone, voice.language);
  const params = { plan: plan.id, count: notice.count, due };
  const codes = { missed: 'plan_missed', skipped_quiet: 'plan_skipped_quiet', still_waiting: 'plan_still_waiting' } as const;
  return [paragraph(...message(codes[notice.kind], params, voice))];
}
