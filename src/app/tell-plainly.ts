import type { HandlerContext } from '#src/app/handler-context.ts';
import { isDiskFull } from '#core/errors.ts';
import { paragraph } from '#core/rich-text.ts';
import type { IncomingEvent } from '#core/incoming.ts';
import type { Language } from '#core/types.ts';

/** Whole sentences: what puts sentences together may be what is broken. */
const sentences: Readonly<Record<Language, string>> = {
  en: 'I could not carry out this message and have given it up. Please write it in other words, or tell whoever runs this bot.',
  de: 'Diese Nachricht konnte ich nicht ausführen und habe sie aufgegeben. Bitte schreib sie anders oder sag denen Bescheid, die diesen Bot betreiben.',
};

/**
 * An event that can't be carried out, nor explained, is handled with it: nothing here reads it as a request, and what fails even so
 * fails in silence rather than hold up everything behind it in its room.
 */
export function tellPlainly(context: HandlerContext, event: IncomingEvent, markHandled: () => void): void {
  const { store, log, now } = context;
  try {
    const language = languageOf(context, event);
    store.transaction(() => {
      if (language !== undefined) {
        const { platform, roomId, eventId, sender } = event;
        store.outbox.add(
          {
            transactionId: `answer-${eventId}`,
            platform,
            roomId,
            ...('threadId' in event ? { threadId: event.threadId } : {}),
            replyTo: eventId,
            asker: sender,
            answers: eventId,
            lane: 'now',
            content: { kind: 'text', text: [paragraph(sentences[language])] },
            event: { type: 'error', code: 'internal' },
          },
          now(),
        );
      }
      markHandled();
    });
  } catch (error) {
    if (isDiskFull(error)) throw error;
    log.error({ err: error }, 'An event is given up without a word');
    markHandled();
  }
}

/** `undefined` where nobody waits for an answer, as far as the first letters tell. */
function languageOf({ prefixes, store, voice }: HandlerContext, event: IncomingEvent): Language | undefined {
  if (event.kind !== 'message' && event.kind !== 'unreadable') return undefined;
  const chosen = store.rooms.language(event.platform, event.roomId);
  if (event.kind === 'unreadable') return chosen ?? voice.language;
  const start = event.text.slice(0, 200).trimStart().toLowerCase();
  const prefix = prefixes.find(({ text }) => start.startsWith(text.toLowerCase()));
  return prefix?.language ?? (event.isDirect ? (chosen ?? voice.language) : undefined);
}
