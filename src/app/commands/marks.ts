import type { Asked } from '#src/app/carry-out.ts';
import type { AfterCommit, Asking, HandlerContext } from '#src/app/handler-context.ts';
import { marksIn } from '#src/app/mark-wishes.ts';
import { answer, refuseInRoom, tell } from '#src/app/replies.ts';
import type { Command } from '#core/command.ts';
import { refuse } from '#core/problem.ts';
import { renderMarks } from '#core/render-marks.ts';
import { renderVerify } from '#core/render-verify.ts';

export function verify(context: HandlerContext, event: Asking, _command: Command, { voice, verified }: Asked): readonly AfterCommit[] {
  if (verified === undefined) return refuseInRoom(context, event, refuse('no_picture', {}).problem, voice);
  if (!verified.ok) return refuseInRoom(context, event, verified.problem, voice);
  return answer(context, event, renderVerify({ ...verified.value, language: voice.language }));
}

export function marks(
  context: HandlerContext,
  event: Asking,
  { change }: Command & { kind: 'marks' },
  { voice, isAdmin }: Asked,
): readonly AfterCommit[] {
  const { store, signing, hasWatermark } = context;
  const { platform, roomId } = event;
  if (change === undefined) {
    return answer(context, event, renderMarks({ policy: marksIn(context, event), signing: signing(), hasWatermark, ...voice }));
  }
  if (!isAdmin) return refuseInRoom(context, event, refuse('admins_only', {}).problem, voice);
  if (change === 'default') {
    store.rooms.set(platform, roomId, { marks: undefined });
    return tell(context, event, 'marks_reset', {}, voice);
  }
  const { layer, on } = change;
  store.rooms.set(platform, roomId, { marks: { ...store.rooms.get(platform, roomId).marks, [layer]: on } });
  const state = layer === 'prompt' ? 'ready' : layer === 'manifest' ? signing() : hasWatermark ? 'ready' : 'refused';
  return tell(context, event, 'marks_changed', { layer, on, ...(state === 'ready' ? {} : { trouble: state }) }, voice);
}
