import type { AfterCommit, Asking, HandlerContext } from '#src/app/handler-context.ts';
import { queueReply } from '#src/app/replies.ts';
import type { Voice } from '#core/message-codes.ts';
import { message } from '#core/messages.ts';
import { paragraph, type RichText } from '#core/rich-text.ts';
import type { Ask } from '#core/team-store-ports.ts';

/** A question nobody answered by then is forgotten: what it was about may have changed. */
const OPEN_MS = 3600 * 1000;

/** Asks first; what was asked for is carried out once somebody who may says yes. */
export function askFirst(
  context: HandlerContext,
  event: Asking,
  text: RichText,
  voice: Voice,
  about: Pick<Ask, 'stylesRevision'> = {},
): readonly AfterCommit[] {
  const { store, now } = context;
  const { isConfirmed: _, ...asked } = event;
  const row = queueReply(store, event, { text: [...text, paragraph(...message('ask_confirm', {}, voice))], event: { type: 'ask' } }, now());
  store.asks.add({ event: asked, row, expiresMs: now() + OPEN_MS, ...about });
  return [];
}

/** The open question that a reaction or a reply points at, else the newest one that this person's command caused. */
export function findAsk({ store, now }: HandlerContext, event: Asking): Ask | undefined {
  const { platform, roomId, sender } = event;
  const pointedAt = event.kind === 'reaction' ? event.target : event.replyTo;
  const ask =
    (pointedAt === undefined ? undefined : store.asks.ofMessage(platform, pointedAt)) ??
    (event.kind === 'reaction' ? undefined : store.asks.latestOf(platform, roomId, sender));
  return ask === undefined || ask.expiresMs <= now() || ask.event.roomId !== roomId ? undefined : ask;
}
