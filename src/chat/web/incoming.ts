/** A stored event of the room as every platform tells it to the inbox. */
import type { RoomEvent } from '#core/ports.ts';
import type { AttachmentInfo, IncomingEvent } from '#core/incoming.ts';
import type { RoomId } from '#core/types.ts';
import { roomBody, type Upload } from './events.ts';

/** `undefined` for what the bot itself wrote. */
export function incomingEvent(event: RoomEvent, room: RoomId): IncomingEvent | undefined {
  const body = roomBody(event);
  const common = { platform: 'room', roomId: room, eventId: event.eventId, receivedAtMs: event.atMs } as const;
  switch (body.kind) {
    case 'message':
      return {
        ...common,
        kind: 'message',
        sender: body.sender,
        text: body.text,
        ...(body.threadId !== undefined && { threadId: body.threadId }),
        ...(body.replyTo !== undefined && { replyTo: body.replyTo }),
        ...(body.attachment !== undefined && { attachment: toldOf(body.attachment) }),
        isAdmin: true,
        isDirect: false,
      };
    case 'reaction':
      return { ...common, kind: 'reaction', sender: body.sender, target: body.target, emoji: body.emoji, isAdmin: true };
    case 'redaction':
      return { ...common, kind: 'redaction', sender: body.sender, target: body.target };
    case 'text':
    case 'edit':
    case 'image':
    case 'file':
    case 'bot-reaction':
    case 'erasure':
    case 'erased':
      return undefined;
  }
}

const toldOf = ({ name, mimeType, bytes }: Upload): AttachmentInfo => ({ name, mimeType, bytes });
