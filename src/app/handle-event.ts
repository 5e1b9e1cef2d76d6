import { carryOut, refuseInRoom } from '#src/app/carry-out.ts';
import { cancelWithdrawn } from '#src/app/cancel-jobs.ts';
import type { AfterCommit, Asking, HandlerContext } from '#src/app/handler-context.ts';
import { readRequest } from '#src/app/read-request.ts';
import { prefixFor } from '#core/command.ts';
import type { IncomingEvent } from '#core/types.ts';

/**
 * Carries out one event. Everything that it changes, its answer and `markHandled` are one transaction: after a crash
 * the event is either handled and answered, or still to be handled.
 */
export async function handleEvent(context: HandlerContext, event: IncomingEvent, markHandled: () => void): Promise<void> {
  const act = event.kind === 'redaction' ? () => cancelWithdrawn(context, event) : await prepare(context, event);
  const afterCommit = context.store.transaction(() => {
    const result = act();
    markHandled();
    return result;
  });
  for (const work of afterCommit) work();
}

/** Everything that must be asked of others, before the transaction. */
async function prepare(context: HandlerContext, event: Asking): Promise<() => readonly AfterCommit[]> {
  const request = readRequest(context, event);
  if (request === undefined) return () => [];
  const voice = { language: request.language, prefix: prefixFor(context.prefixes, request.language) };
  if ('problem' in request) return () => refuseInRoom(context, event, request.problem, voice);
  const { command } = request;
  // The event may have waited, and rights can be withdrawn: the platform is asked now.
  const isAdmin =
    command.kind === 'cancel' &&
    event.isAdmin &&
    (await context.platforms.get(event.platform)?.isAdmin(event.roomId, event.sender)) === true;
  return () => carryOut(context, event, command, { voice, isAdmin });
}
