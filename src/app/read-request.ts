import { currentLimits } from '#src/app/current-limits.ts';
import { jobShown } from '#src/app/find-subject.ts';
import type { Asking, HandlerContext } from '#src/app/handler-context.ts';
import { roomClock } from '#src/app/room-clock.ts';
import { parseMessage, type Command } from '#core/command.ts';
import type { Problem } from '#core/problem.ts';
import { cellOf } from '#core/batch.ts';
import { readCell } from '#core/job-names.ts';
import type { JobRecord } from '#core/job-store-port.ts';
import type { IncomingMessage, IncomingReaction } from '#core/incoming.ts';
import type { Language } from '#core/types.ts';

export type ReadRequest = { readonly language: Language } & ({ readonly command: Command } | { readonly problem: Problem });

/** Emoji that stand for a command on what a message shows. */
const reactionVerbs = {
  '🔁': 'again',
  '❌': 'cancel',
  ℹ: 'info',
  '⬆': 'upscale',
  '⭐': 'star',
  '🎨': 'vary',
  '👍': 'yes',
  '👎': 'no',
} as const;
type ReactionVerb = (typeof reactionVerbs)[keyof typeof reactionVerbs];
/** Of the emoji's style, and of the colour of a thumb. */
const variations = /\u{FE0F}|[\u{1F3FB}-\u{1F3FF}]/gu;

/** @returns `undefined` when the event is not for the bot */
export const readRequest = (context: HandlerContext, event: Asking): ReadRequest | undefined =>
  event.kind === 'message' ? readMessage(context, event) : readReaction(context, event);

function readMessage(context: HandlerContext, message: IncomingMessage): ReadRequest | undefined {
  const { prefixes, store } = context;
  const language = store.rooms.language(message.platform, message.roomId);
  const limits = currentLimits(context);
  const clock = { ...roomClock(context, message), minIntervalMinutes: limits.minPlanIntervalMinutes };
  const parsed = parseMessage(message.text, { prefixes, isDirect: message.isDirect, language, limits, clock });
  if (parsed === undefined) return undefined;
  return parsed.ok ? { language: parsed.language, command: parsed.command } : { language: parsed.language, problem: parsed.problem };
}

function readReaction(context: HandlerContext, reaction: IncomingReaction): ReadRequest | undefined {
  const { store } = context;
  const typed = reaction.emoji.replaceAll(variations, '');
  const verb = Object.entries(reactionVerbs).find(([emoji]) => emoji === typed)?.[1];
  const { platform, roomId, target } = reaction;
  if (verb === undefined) return undefined;
  const roomLanguage = store.rooms.language(platform, roomId);
  const ask = store.asks.ofMessage(platform, target);
  if (ask !== undefined) {
    // A reaction can name a message of any room; what was asked there is none of this room's business.
    if (ask.event.roomId !== roomId) return undefined;
    const asked = readRequest(context, ask.event);
    const isAnswer = verb === 'yes' || verb === 'no' || verb === 'cancel';
    return isAnswer ? { language: roomLanguage ?? asked?.language ?? 'en', command: { kind: 'answer', yes: verb === 'yes' } } : undefined;
  }
  const job = jobShown(store, platform, target);
  if (job === undefined || job.origin.roomId !== roomId) return undefined;
  const command = commandOf(verb, job, store.outbox.subjectOf(platform, target)?.pictureIndex);
  return command === undefined ? undefined : { language: roomLanguage ?? job.language, command };
}

function commandOf(verb: ReactionVerb, { id: job, request }: JobRecord, index: number | undefined): Command | undefined {
  const cell = index === undefined ? undefined : readCell(cellOf(request, index));
  const target = { job, ...(cell === undefined ? {} : { cell }) };
  switch (verb) {
    case 'cancel':
      return { kind: 'cancel', target: job };
    case 'again':
      return { kind: 'again', job, options: {}, places: {} };
    case 'info':
      return { kind: 'info', ...target };
    case 'upscale':
      return { kind: 'upscale', ...target };
    case 'star':
      return { kind: 'star', on: true, ...target };
    case 'vary':
      return { kind: 'vary', ...target, options: {}, places: {} };
    case 'yes':
    case 'no':
      return undefined;
  }
}
