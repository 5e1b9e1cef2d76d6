/** A delivery of the bot as the room stores and shows it. */
import type { Delivery } from '#core/ports.ts';
import type { BotBody } from './events.ts';

export function botBody(delivery: Delivery): BotBody {
  const { content } = delivery;
  const place = {
    ...(delivery.threadId !== undefined && { threadId: delivery.threadId }),
    ...(delivery.replyTo !== undefined && { replyTo: delivery.replyTo }),
  };
  const reported = { ...(delivery.event !== undefined && { event: delivery.event }) };
  switch (content.kind) {
    case 'text':
      return { kind: 'text', text: content.text, ...place, ...reported };
    case 'edit':
      return { kind: 'edit', target: content.target, text: content.text, ...reported };
    case 'image': {
      const { image, fileName, caption, altText } = content;
      return { kind: 'image', image, fileName, caption, altText, ...place, ...reported };
    }
    case 'file':
      return { kind: 'file', file: content.file, caption: content.caption, ...place, ...reported };
    case 'reaction':
      return { kind: 'bot-reaction', target: content.target, emoji: content.emoji };
  }
}
