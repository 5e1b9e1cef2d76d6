import { activeModel } from '#src/app/active-model.ts';
import type { Asked } from '#src/app/carry-out.ts';
import { currentLimits } from '#src/app/current-limits.ts';
import type { AfterCommit, Asking, HandlerContext } from '#src/app/handler-context.ts';
import { quotaUse } from '#src/app/quotas.ts';
import { answer, refuseInRoom, tell } from '#src/app/replies.ts';
import { roomZone } from '#src/app/room-clock.ts';
import { prefixFor, type Command } from '#core/command.ts';
import { pickFor } from '#core/format.ts';
import { readTimeZone } from '#core/plan-zone.ts';
import { refuse } from '#core/problem.ts';
import { showQuietHours } from '#core/quiet-hours.ts';
import { renderHelp } from '#core/render-help.ts';
import { renderLimits } from '#core/render-history.ts';
import { renderModels } from '#core/render-lists.ts';
import type { Language } from '#core/types.ts';

export function models(context: HandlerContext, event: Asking, _command: Command, { voice }: Asked): readonly AfterCommit[] {
  const { engine } = context;
  const text = renderModels({
    models: context.models.list(),
    active: activeModel(context),
    engine: engine.status(),
    upscaler: context.models.upscaler,
    ...voice,
  });
  return answer(context, event, text);
}

export function help(
  context: HandlerContext,
  event: Asking,
  { topic }: Command & { kind: 'help' },
  { voice }: Asked,
): readonly AfterCommit[] {
  const model = context.models.get(activeModel(context));
  if (model === undefined) return refuseInRoom(context, event, refuse('engine_failed', { error: 'model_missing' }).problem, voice);
  return answer(context, event, renderHelp(topic, { model, limits: currentLimits(context), ...voice }));
}

export function lang(context: HandlerContext, event: Asking, { language }: Command & { kind: 'lang' }): readonly AfterCommit[] {
  context.store.rooms.setLanguage(event.platform, event.roomId, language);
  return tell(context, event, 'language_set', {}, { language, prefix: prefixFor(context.prefixes, language) });
}

export function limits(context: HandlerContext, event: Asking, _command: Command, { voice }: Asked): readonly AfterCommit[] {
  const uses = quotaUse(context, event);
  return answer(context, event, renderLimits({ ...uses, limits: currentLimits(context), nowMs: context.now(), ...voice }));
}

export function timeZone(
  context: HandlerContext,
  event: Asking,
  { zone }: Command & { kind: 'time_zone' },
  { voice, isAdmin }: Asked,
): readonly AfterCommit[] {
  const { platform, roomId } = event;
  if (zone !== undefined) {
    if (!isAdmin) return refuseInRoom(context, event, refuse('admins_only', {}).problem, voice);
    const read = readTimeZone(zone);
    if (!read.ok) return refuseInRoom(context, event, read.problem, voice);
    context.store.rooms.set(platform, roomId, { timeZone: read.value });
  }
  const now = roomZone(context, event);
  tell(context, event, 'time_zone_is', { zone: now, now: clockIn(now, context.now(), voice.language) }, voice);
  return [() => context.planner.wake()];
}

const clockIn = (timeZoneName: string, ms: number, language: Language): string =>
  new Intl.DateTimeFormat(pickFor(language)('en-GB', 'de-DE'), { timeStyle: 'short', timeZone: timeZoneName }).format(ms);

export function quiet(
  context: HandlerContext,
  event: Asking,
  { hours }: Command & { kind: 'quiet' },
  { voice, isAdmin }: Asked,
): readonly AfterCommit[] {
  const { rooms } = context.store;
  const { platform, roomId } = event;
  if (hours !== undefined) {
    if (!isAdmin) return refuseInRoom(context, event, refuse('admins_only', {}).problem, voice);
    rooms.set(platform, roomId, { quiet: hours === 'off' ? undefined : hours });
  }
  const set = rooms.get(platform, roomId).quiet;
  if (set === undefined) tell(context, event, 'quiet_off', {}, voice);
  else tell(context, event, 'quiet_is', { hours: showQuietHours(set) }, voice);
  return [() => context.planner.wake()];
}
