import type { RoomBody } from './events.ts';

/** The place of an event whose words, files and sender are erased: only where it stood is left. */
export function erasedBody(body: RoomBody): RoomBody {
  const { threadId, replyTo } = 'target' in body ? {} : body;
  return { kind: 'erased', ...(threadId !== undefined && { threadId }), ...(replyTo !== undefined && { replyTo }) };
}
