import { carryOut, type Asked } from '#src/app/carry-out.ts';
import type { AfterCommit, Asking, HandlerContext } from '#src/app/handler-context.ts';
import { refuseInRoom, tell } from '#src/app/replies.ts';
import type { Command } from '#core/command.ts';
import { refuse } from '#core/problem.ts';

/** Yes or no to a question: of the person whose command caused it, or of an admin. Rights are those of whoever answers, as of now. */
export function answerAsk(
  context: HandlerContext,
  event: Asking,
  { yes }: Command & { kind: 'answer' },
  asked: Asked,
): readonly AfterCommit[] {
  const { voice, isAdmin } = asked;
  if (asked.asked === undefined) return refuseInRoom(context, event, refuse('nothing_asked', {}).problem, voice);
  const { ask, event: first, command, gathered } = asked.asked;
  if (first.sender !== event.sender && !isAdmin) return refuseInRoom(context, event, refuse('ask_not_yours', {}).problem, voice);
  // Nobody is forgotten by another's word.
  if (command.kind === 'forget_me' && first.sender !== event.sender)
    return refuseInRoom(context, event, refuse('ask_not_yours', {}).problem, voice);
  context.store.asks.close(ask.id);
  if (!yes) return tell(context, event, 'ask_dropped', {}, voice);
  // Only what was shown is carried out.
  if (ask.stylesRevision !== undefined && ask.stylesRevision !== context.store.styles.revision())
    return refuseInRoom(context, event, refuse('styles_changed_since', {}).problem, voice);
  return carryOut(context, first, command, { ...gathered, voice });
}
