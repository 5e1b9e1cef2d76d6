import type { Removal, RoomHistory } from '#core/ports.ts';
import type { EventId } from '#core/types.ts';
import { botTransaction, roomBody, type RoomBody } from './events.ts';

/**
 * What an event says and shows leaves the history for good, with who sent it; another event tells the pages that are open. Its place stays.
 * @param together makes both one step
 */
export function eraseEvent(history: RoomHistory, together: (work: () => void) => void, target: EventId): Removal {
  const event = history.get(target);
  if (event === undefined || roomBody(event).kind === 'erased') return { message: 'missing' };
  together(() => {
    history.erase(target, erasedBody(roomBody(event)));
    history.append({ transactionId: botTransaction(`erased-${target}`), atMs: event.atMs, body: { kind: 'erasure', target } });
  });
  return { message: 'gone' };
}

function erasedBody(body: RoomBody): RoomBody {
  const { threadId, replyTo } = 'target' in body ? {} : body;
  return { kind: 'erased', ...(threadId !== undefined && { threadId }), ...(replyTo !== undefined && { replyTo }) };
}
