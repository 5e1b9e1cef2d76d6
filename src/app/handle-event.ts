import { carryOut } from '#src/app/carry-out.ts';
import { cancelWithdrawn } from '#src/app/cancel-jobs.ts';
import { gather } from '#src/app/gather.ts';
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
import type { IncomingEvent } from '#core/types.ts';

/**
 * Carries out one event. Everything that it changes, its answer and `markHandled` are one transaction: after a crash
 * the event is either handled and answered, or still to be handled.
 */
export async function handleEvent(context: HandlerContext, event: IncomingEvent, markHandled: () => void): Promise<void> {
  const act = await actOn(context, event);
  const afterCommit = context.store.transaction(() => {
    const result = act();
    markHandled();
    return result;
  });
  for (const work of afterCommit) work();
}

async function actOn(context: HandlerContext, event: IncomingEvent): Promise<() => readonly AfterCommit[]> {
  switch (event.kind) {
    case 'redaction':
      return () => cancelWithdrawn(context, event);
    case 'removal':
      return () => stopJobsOfRoom(context, event);
    case 'unreadable':
      return () => tellUnreadable(context, event);
    case 'message':
    case 'reaction':
      return prepare(context, event);
  }
}

/** Everything that must be asked of others, before the transaction. */
async function prepare(context: HandlerContext, event: Asking): Promise<() => readonly AfterCommit[]> {
  const request = readRequest(context, event);
  if (request === undefined) return () => [];
  const voice = { language: request.language, prefix: prefixFor(context.prefixes, request.language) };
  if (event.kind === 'message' && event.isUnprotected === true) {
    return () => refuseInRoom(context, event, refuse('message_unprotected', {}).problem, voice);
  }
  const forgottenAtMs = await context.erasures.waitFor({ platform: event.platform, user: event.sender });
  // Written by somebody who was to be forgotten with it.
  if (forgottenAtMs !== undefined && event.receivedAtMs <= forgottenAtMs) return () => [];
  if ('problem' in request) return () => refuseInRoom(context, event, request.problem, voice);
  const { command } = request;
  const gathered = await gather(context, event, command, voice.language);
  return () => carryOut(context, event, command, { ...gathered, voice });
}

type Failure = MessageParams['engine_failed'];

/** An event that can't be carried out is answered all the same, and does not hold up those behind it. */
export function answerFailure(context: HandlerContext, event: IncomingEvent, error: unknown, markHandled: () => void): void {
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

function explain(context: HandlerContext, event: IncomingEvent, failure: Failure, markHandled: () => void): void {
  context.store.transaction(() => {
    const asking = event.kind === 'message' || event.kind === 'reaction' ? event : undefined;
    const request = asking === undefined ? undefined : readRequest(context, asking);
    if (request !== undefined && asking !== undefined) {
      const voice = { language: request.language, prefix: prefixFor(context.prefixes, request.language) };
      refuseInRoom(context, asking, refuse('engine_failed', failure).problem, voice);
    }
    markHandled();
  });
}
