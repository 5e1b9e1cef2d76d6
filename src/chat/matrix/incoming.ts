import { eventId, roomId, userId } from '#core/types.ts';
import type { AttachmentInfo, IncomingEvent, UnreadableCause } from '#core/incoming.ts';

import { readFileMessage } from './file-message.ts';
import { objectAt, textAt, type RawObject } from '../common/raw.ts';

/** What an event says by itself; who administers and whether the room is direct is asked of the room. */
export type ReadEvent =
  | {
      readonly kind: 'message';
      readonly eventId: string;
      readonly sender: string;
      readonly text: string;
      readonly threadId?: string;
      readonly replyTo?: string;
      readonly attachment?: AttachmentInfo;
    }
  | { readonly kind: 'reaction'; readonly eventId: string; readonly sender: string; readonly target: string; readonly emoji: string }
  | { readonly kind: 'redaction'; readonly eventId: string; readonly sender: string; readonly target: string };

/** A raw event of a timeline → what it means to us; `undefined` for our own, notices, edits and all the rest. */
export function readEvent(event: RawObject, ownUserId: string): ReadEvent | undefined {
  const id = textAt(event, 'event_id');
  const sender = textAt(event, 'sender');
  if (id === undefined || sender === undefined || sender === ownUserId || event['state_key'] !== undefined) return undefined;
  const content = objectAt(event, 'content');
  switch (event['type']) {
    case 'm.room.message':
      return readMessage(id, sender, content);
    case 'm.reaction': {
      const relates = objectAt(content, 'm.relates_to');
      const target = textAt(relates, 'event_id');
      const emoji = textAt(relates, 'key');
      if (relates['rel_type'] !== 'm.annotation' || target === undefined || emoji === undefined) return undefined;
      return { kind: 'reaction', eventId: id, sender, target, emoji };
    }
    case 'm.room.redaction': {
      // Inside the content since room version 11; servers repeat it in the other place. Where the two differ, one of them is
      // only what the sender wrote, and nobody has checked whether they may delete that.
      const [inside, outside] = [textAt(content, 'redacts'), textAt(event, 'redacts')];
      const target = inside ?? outside;
      if (target === undefined || (outside !== undefined && inside !== undefined && inside !== outside)) return undefined;
      return { kind: 'redaction', eventId: id, sender, target };
    }
    default:
      return undefined;
  }
}

function readMessage(id: string, sender: string, content: RawObject): ReadEvent | undefined {
  const file = readFileMessage(content);
  const body = file?.caption ?? (content['msgtype'] === 'm.text' ? textAt(content, 'body') : undefined);
  const relates = objectAt(content, 'm.relates_to');
  if (body === undefined || relates['rel_type'] === 'm.replace') return undefined;
  const inReplyTo = textAt(objectAt(relates, 'm.in_reply_to'), 'event_id');
  const threadId = relates['rel_type'] === 'm.thread' ? textAt(relates, 'event_id') : undefined;
  // In a thread, clients point at the newest message for those that know no threads: that is no answer.
  const replyTo = threadId !== undefined && relates['is_falling_back'] === true ? undefined : inReplyTo;
  return {
    kind: 'message',
    eventId: id,
    sender,
    text: inReplyTo === undefined ? body : withoutReplyFallback(body),
    ...(threadId === undefined ? {} : { threadId }),
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(file === undefined ? {} : { attachment: file.attachment }),
  };
}

/** Before Matrix 1.13 clients repeated the answered message as `> <@user:server> …` lines above the answer. */
export function withoutReplyFallback(body: string): string {
  if (!/^> (\* )?<@[^>\n]+>/.test(body)) return body;
  const lines = body.split('\n');
  const firstOwn = lines.findIndex((line) => !line.startsWith('>'));
  if (firstOwn === -1) return body;
  return lines.slice(lines[firstOwn] === '' ? firstOwn + 1 : firstOwn).join('\n');
}

export type RoomFacts = {
  readonly roomId: string;
  readonly isAdmin: boolean;
  readonly isDirect: boolean;
  /** A message in the clear in an encrypted room. */
  readonly isUnprotected: boolean;
  readonly receivedAtMs: number;
};

/** An encrypted event of a timeline that stays so; `undefined` where it has no id or sender. What it relates to stands outside. */
export function unreadableEvent(event: RawObject, room: string, cause: UnreadableCause, receivedAtMs: number): IncomingEvent | undefined {
  const id = textAt(event, 'event_id');
  const sender = textAt(event, 'sender');
  if (id === undefined || sender === undefined) return undefined;
  const relates = objectAt(objectAt(event, 'content'), 'm.relates_to');
  const threadId = relates['rel_type'] === 'm.thread' ? textAt(relates, 'event_id') : undefined;
  return {
    kind: 'unreadable',
    platform: 'matrix',
    roomId: roomId(room),
    eventId: eventId(id),
    sender: userId(sender),
    cause,
    ...(threadId === undefined ? {} : { threadId: eventId(threadId) }),
    receivedAtMs,
  };
}

/** Both halves as the core's event. */
export function incomingEvent(read: ReadEvent, facts: RoomFacts): IncomingEvent {
  const common = {
    platform: 'matrix',
    roomId: roomId(facts.roomId),
    eventId: eventId(read.eventId),
    sender: userId(read.sender),
    receivedAtMs: facts.receivedAtMs,
  } as const;
  switch (read.kind) {
    case 'message':
      return {
        ...common,
        kind: 'message',
        text: read.text,
        ...(read.threadId === undefined ? {} : { threadId: eventId(read.threadId) }),
        ...(read.replyTo === undefined ? {} : { replyTo: eventId(read.replyTo) }),
        ...(read.attachment === undefined ? {} : { attachment: read.attachment }),
        isAdmin: facts.isAdmin,
        isDirect: facts.isDirect,
        ...(facts.isUnprotected ? { isUnprotected: true } : {}),
      };
    case 'reaction':
      return { ...common, kind: 'reaction', target: eventId(read.target), emoji: read.emoji, isAdmin: facts.isAdmin };
    case 'redaction':
      return { ...common, kind: 'redaction', target: eventId(read.target) };
  }
}
