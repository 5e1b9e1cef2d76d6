import { carryOut } from '#src/app/carry-out.ts';
import { cancelWithdrawn } from '#src/app/cancel-jobs.ts';
import { filesOf, gather } from '#src/app/gather.ts';
import type { AfterCommit, Asking, HandlerContext } from '#src/app/handler-context.ts';
import { tellPlainly } from '#src/app/tell-plainly.ts';
import { refuseInRoom } from '#src/app/replies.ts';
import { readRequest } from '#src/app/read-request.ts';
import { stopJobsOfRoom } from '#src/app/removed.ts';
import { tellUnreadable } from '#src/app/unreadable.ts';
import { prefixFor } from '#core/command.ts';
import { AppError, isDiskFull } from '#core/errors.ts';
import type { MessageParams } from '#core/message-codes.ts';
import { refuse } from '#core/problem.ts';
import type { IncomingEvent } from '#core/incoming.ts';

/**
 * Carries out one event. Everything that it changes, its answer and `markHandled` are one transaction: after a crash
 * the event is either handled and answered, or still to be handled.
 */
export async function handleEvent(context: HandlerContext, event: IncomingEvent, markHandled: () => boolean): Promise<void> {
  const act = await actOn(context, event);
  const afterCommit = context.store.transaction(() => (isWithdrawn(context, event, markHandled) ? act.instead() : act.act()));
  for (const work of afterCommit) work();
}

/**
 * What was asked before its asker is forgotten is not carried out afterwards, however long it took to gather what it needs: the rows of
 * the one who is forgotten, and with them their events, are erased, or are about to be.
 */
function isWithdrawn({ store }: HandlerContext, event: IncomingEvent, markHandled: () => boolean): boolean {
  if (!markHandled()) return true;
  const isAsking = event.kind === 'message' || event.kind === 'reaction';
  return isAsking && store.personal.isBeingErased({ platform: event.platform, user: event.sender });
}

type Act = {
  readonly act: () => readonly AfterCommit[];
  /** Where nothing is to be done any more. */
  readonly instead: () => readonly AfterCommit[];
};
const only = (act: Act['act']): Act => ({ act, instead: () => [] });

async function actOn(context: HandlerContext, event: IncomingEvent): Promise<Act> {
  switch (event.kind) {
    case 'redaction':
      return only(() => cancelWithdrawn(context, event));
    case 'removal':
      return only(() => stopJobsOfRoom(context, event));
    case 'unreadable':
      return only(() => tellUnreadable(context, event));
    case 'message':
    case 'reaction':
      return prepare(context, event);
  }
}

/** Everything that must be asked of others, before the transaction. */
async function prepare(context: HandlerContext, event: Asking): Promise<Act> {
  const request = readRequest(context, event);
  if (request === undefined) return only(() => []);
  const voice = { language: request.language, prefix: prefixFor(context.prefixes, request.language) };
  if (event.kind === 'message' && event.isUnprotected === true) {
    return only(() => refuseInRoom(context, event, refuse('message_unprotected', {}).problem, voice));
  }
  const forgottenAtMs = await context.erasures.waitFor({ platform: event.platform, user: event.sender });
  // Written by somebody who was to be forgotten with it.
  if (forgottenAtMs !== undefined && event.receivedAtMs <= forgottenAtMs) return only(() => []);
  if ('problem' in request) return only(() => refuseInRoom(context, event, request.problem, voice));
  const { command } = request;
  const gathered = await gather(context, event, command, voice.language);
  return {
    act: () => carryOut(context, event, command, { ...gathered, voice }),
    instead: () => {
      context.store.retention.leaveFiles(event.platform, filesOf(gathered), context.now());
      return [() => context.erasures.wake()];
    },
  };
}

type Failure = MessageParams['engine_failed'];

/** An event that can't be carried out is answered all the same, and does not hold up those behind it. */
export function answerFailure(context: HandlerContext, event: IncomingEvent, error: unknown, markHandled: () => boolean): void {
  const failure: Failure = error instanceof AppError ? { error: error.code, params: error.params } : { error: 'internal' };
  try {
    explain(context, event, failure, markHandled);
  } catch (again) {
    if (isDiskFull(again)) throw again;
    // The failure may lie in what reads the request or words the answer.
    context.log.error({ err: again }, 'Why an event could not be handled could not be said');
    tellPlainly(context, event, markHandled);
  }
}

function explain(context: HandlerContext, event: IncomingEvent, failure: Failure, markHandled: () => boolean): void {
  context.store.transaction(() => {
    if (isWithdrawn(context, event, markHandled)) return;
    const asking = event.kind === 'message' || event.kind === 'reaction' ? event : undefined;
    const request = asking === undefined ? undefined : readRequest(context, asking);
    if (request !== undefined && asking !== undefined) {
      const voice = { language: request.language, prefix: prefixFor(context.prefixes, request.language) };
      refuseInRoom(context, asking, refuse('engine_failed', failure).problem, voice);
    }
  });
}
