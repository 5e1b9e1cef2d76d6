import type { AfterCommit, HandlerContext } from '#src/app/handler-context.ts';
import { prefixFor } from '#core/command.ts';
import { message } from '#core/messages.ts';
import { paragraph } from '#core/rich-text.ts';
import type { UnreadableMessage } from '#core/incoming.ts';

/** Whether it was for the bot nobody knows, so it is answered as if it had been: its sender waits for something. */
export function tellUnreadable({ store, prefixes, voice, now }: HandlerContext, event: UnreadableMessage): readonly AfterCommit[] {
  const { platform, roomId, eventId, sender, threadId, cause } = event;
  const language = store.rooms.language(platform, roomId) ?? voice.language;
  const text = message('message_unreadable', { cause }, { language, prefix: prefixFor(prefixes, language) });
  store.outbox.add(
    {
      transactionId: `answer-${eventId}`,
      platform,
      roomId,
      ...(threadId === undefined ? {} : { threadId }),
      replyTo: eventId,
      asker: sender,
      lane: 'now',
      content: { kind: 'text', text: [paragraph(...text)] },
      event: { type: 'error', code: 'message_unreadable' },
    },
    now(),
  );
  return [];
}
