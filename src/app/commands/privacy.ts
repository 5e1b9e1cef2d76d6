import { activeModel } from '#src/app/active-model.ts';
import type { Asked } from '#src/app/carry-out.ts';
import type { AfterCommit, Asking, HandlerContext } from '#src/app/handler-context.ts';
import { marksIn } from '#src/app/mark-wishes.ts';
import { answer, refuseInRoom, tell } from '#src/app/replies.ts';
import type { Command } from '#core/command.ts';
import { refuse } from '#core/problem.ts';
import { renderPrivacy } from '#core/render-privacy.ts';
import { postsThen, retentionOf, type Retention } from '#core/retention.ts';

/** How long this room keeps what belongs to it. */
const retentionIn = ({ store, retention: policy }: HandlerContext, { platform, roomId }: Asking): Retention =>
  retentionOf(policy, store.rooms.get(platform, roomId), store.retention.isOlder);

export function retention(
  context: HandlerContext,
  event: Asking,
  { days }: Command & { kind: 'retention' },
  { voice, isAdmin }: Asked,
): readonly AfterCommit[] {
  if (days === undefined)
    return tell(
      context,
      event,
      'retention_is',
      { ...retentionIn(context, event), posts: postsThen(event.platform, context.retention) },
      voice,
    );
  if (!isAdmin) return refuseInRoom(context, event, refuse('admins_only', {}).problem, voice);
  const { mostDays } = context.retention;
  if (mostDays !== undefined && days !== 'default' && (days === 0 || days > mostDays))
    return refuseInRoom(context, event, refuse('retention_too_long', { mostDays }).problem, voice);
  context.store.rooms.set(event.platform, event.roomId, { retentionDays: days === 'default' ? undefined : days });
  return tell(context, event, 'retention_set', retentionIn(context, event), voice);
}

export function privacy(
  context: HandlerContext,
  event: Asking,
  _command: Command & { kind: 'privacy' },
  { voice }: Asked,
): readonly AfterCommit[] {
  const { checks, models, signing, hasWatermark } = context;
  const { servers, modelHash } = context.privacy();
  const { keepStarred } = context.retention;
  const drawing = activeModel(context);
  const classifier = checks?.classifier;
  const found = classifier?.find();
  const { upscaler } = models;
  const text = renderPrivacy({
    servers,
    retention: retentionIn(context, event),
    posts: postsThen(event.platform, context.retention),
    keepStarred,
    marks: marksIn(context, event),
    signing: signing(),
    hasWatermark,
    similarity: { mode: checks?.similarity?.onMatch ?? 'off', status: (checks?.similarity?.check ?? checks?.library)?.status() },
    classifier: {
      isOn: classifier !== undefined,
      ...(found?.broken === undefined ? { installed: found } : { broken: classifier?.onFailure }),
    },
    model: { name: drawing, hash: modelHash(drawing) },
    upscaler: upscaler === undefined ? undefined : { name: upscaler.name, hash: upscaler.fingerprint },
    ...voice,
  });
  return answer(context, event, text);
}
