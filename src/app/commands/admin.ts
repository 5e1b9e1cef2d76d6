import { setActiveModel } from '#src/app/active-model.ts';
import type { Asked } from '#src/app/carry-out.ts';
import { changeLimit, currentLimits } from '#src/app/current-limits.ts';
import type { AfterCommit, Asking, HandlerContext } from '#src/app/handler-context.ts';
import { setPaused } from '#src/app/pause.ts';
import { answer, refuseInRoom, tell } from '#src/app/replies.ts';
import { notAllowed } from '#src/app/rights.ts';
import type { Command } from '#core/command.ts';
import { limitNames, limitRow, mostOf } from '#core/limits.ts';
import { clip } from '#core/prompt-text.ts';
import { refuse, type Problem } from '#core/problem.ts';
import { renderLimitSettings } from '#core/render-history.ts';
import { suggest } from '#core/suggest.ts';

const changeable = limitNames.filter((name) => limitRow(name).configurable);

export function admin(
  context: HandlerContext,
  event: Asking,
  command: Command & { kind: 'admin' },
  { voice, isAdmin }: Asked,
): readonly AfterCommit[] {
  if (!isAdmin) return refuseInRoom(context, event, notAllowed(context, event, command), voice);
  switch (command.action) {
    case 'pause':
      setPaused(context.store, true);
      return tell(context, event, 'queue_paused', {}, voice);
    case 'resume':
      setPaused(context.store, false);
      return tell(context, event, 'queue_resumed', {}, voice);
    case 'limits': {
      const { name, value } = command;
      if (name !== undefined && value !== undefined) return change(context, event, { name, value }, voice);
      const now = currentLimits(context);
      const rows = changeable.map((limit) => ({ name: limit, value: now[limit], isChanged: now[limit] !== context.limits[limit] }));
      return answer(context, event, renderLimitSettings({ rows, ...voice }));
    }
  }
}

function change(
  context: HandlerContext,
  event: Asking,
  { name: typed, value }: { readonly name: string; readonly value: number | 'default' },
  voice: Asked['voice'],
): readonly AfterCommit[] {
  const name = changeable.find((limit) => limit.toLowerCase() === typed.toLowerCase());
  if (name === undefined) return refuseInRoom(context, event, unknownLimit(typed), voice);
  const highest = mostOf(name);
  if (value !== 'default' && (value < 1 || value > highest))
    return refuseInRoom(context, event, refuse('limit_out_of_range', { name, value, highest }).problem, voice);
  changeLimit(context.store, name, value === 'default' ? undefined : value);
  return tell(context, event, 'limit_changed', { name, value: currentLimits(context)[name] }, voice);
}

function unknownLimit(typed: string): Problem {
  const suggestion = suggest(typed, changeable);
  const params = { name: clip(typed, 40), names: changeable.join(', '), ...(suggestion === undefined ? {} : { suggestion }) };
  return refuse('limit_unknown', params).problem;
}

export function useModel(
  context: HandlerContext,
  event: Asking,
  command: Command & { kind: 'use_model' },
  { voice, isAdmin }: Asked,
): readonly AfterCommit[] {
  if (!isAdmin) return refuseInRoom(context, event, notAllowed(context, event, command), voice);
  const { name } = command;
  const model = context.models.get(name);
  if (model === undefined) {
    const installed = context.models.list().map((one) => one.name);
    const near = suggest(name, installed);
    const suggestion = near === undefined ? {} : { suggestion: `${voice.prefix} model use ${near}` };
    return refuseInRoom(
      context,
      event,
      refuse('model_unknown', { name: clip(name, 40), models: installed.join(', '), ...suggestion }).problem,
      voice,
    );
  }
  setActiveModel(context.store, name);
  return tell(context, event, 'model_used', { model: model.title }, voice);
}
