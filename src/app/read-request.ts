import { jobShown } from '#src/app/find-subject.ts';
import type { Asking, HandlerContext } from '#src/app/handler-context.ts';
import { parseMessage, type Command } from '#core/command.ts';
import type { Problem } from '#core/problem.ts';
import type { IncomingMessage, IncomingReaction, JobId, Language } from '#core/types.ts';

export type ReadRequest = { readonly language: Language } & ({ readonly command: Command } | { readonly problem: Problem });

/** Emoji that stand for a command on the job that a message shows. */
const reactionVerbs: Readonly<Record<string, 'again' | 'cancel' | 'info'>> = { '🔁': 'again', '❌': 'cancel', ℹ: 'info' };
const VARIATION_SELECTOR = '\u{FE0F}';

/** @returns `undefined` when the event is not for the bot */
export const readRequest = (context: HandlerContext, event: Asking): ReadRequest | undefined =>
  event.kind === 'message' ? readMessage(context, event) : readReaction(context, event);

function readMessage({ prefixes, store, limits }: HandlerContext, message: IncomingMessage): ReadRequest | undefined {
  const language = store.rooms.language(message.platform, message.roomId);
  const parsed = parseMessage(message.text, { prefixes, isDirect: message.isDirect, language, limits });
  if (parsed === undefined) return undefined;
  return parsed.ok ? { language: parsed.language, command: parsed.command } : { language: parsed.language, problem: parsed.problem };
}

function readReaction({ store }: HandlerContext, reaction: IncomingReaction): ReadRequest | undefined {
  const verb = reactionVerbs[reaction.emoji.replaceAll(VARIATION_SELECTOR, '')];
  const { platform, roomId, target } = reaction;
  const job = jobShown(store, platform, target);
  if (verb === undefined || job === undefined || job.origin.roomId !== roomId) return undefined;
  const language = store.rooms.language(platform, roomId) ?? job.language;
  return { language, command: commandOf(verb, job.id, store.outbox.subjectOf(platform, target)?.pictureIndex) };
}

function commandOf(verb: 'again' | 'cancel' | 'info', job: JobId, cell: number | undefined): Command {
  switch (verb) {
    case 'cancel':
      return { kind: 'cancel', target: job };
    case 'again':
      return { kind: 'again', job, options: {}, places: {} };
    case 'info':
      return { kind: 'info', job, ...(cell === undefined ? {} : { cell }) };
  }
}
