/**
 * `GET /api/stream`, server-sent events:
 *
 * - `event: room`, `id:` its sequence, data a `WireEvent`;
 * - `event: live`, data a `LiveEdit`, no id (it is never sent again);
 * - `event: status`, data a `RoomStatus`, at once and whenever it changed;
 * - `event: reset` when the page knows more than the room does (the history was replaced): load everything again;
 * - `event: beat` when nothing else was said for a while, so that a page notices a dead connection.
 */
import type { Context } from 'hono';
import { streamSSE, type SSEStreamingApi } from 'hono/streaming';
import type { RoomHistory } from '#core/ports.ts';
import { toWire, type RoomStatus } from './events.ts';
import type { RoomFeed } from './feed.ts';

export type StreamSources = {
  readonly history: RoomHistory;
  readonly feed: RoomFeed;
  readonly status: () => RoomStatus;
  /** Longest silence, and how often the status is looked at. */
  readonly beatMs: number;
  readonly statusMs: number;
};

const batchSize = 200;

export function streamEvents(context: Context, sources: StreamSources, after: number): Response {
  // A reverse proxy that collects answers would hold the events back.
  context.header('X-Accel-Buffering', 'no');
  return streamSSE(context, async (stream) => {
    using subscription = sources.feed.subscribe();
    stream.onAbort(() => subscription.wake());
    const newest = sources.history.latest(1)[0]?.sequence ?? 0;
    if (after > newest) await stream.writeSSE({ event: 'reset', data: '{}' });
    let cursor = Math.min(after, newest);
    let shownStatus = '';
    let silentMs = 0;
    while (!stream.aborted && !sources.feed.closed) {
      const sentTo = await sendRoomEvents(stream, sources.history, cursor);
      const edits = subscription.takeLive();
      for (const edit of edits) await stream.writeSSE({ event: 'live', data: JSON.stringify(edit) });
      const status = JSON.stringify(sources.status());
      if (status !== shownStatus) await stream.writeSSE({ event: 'status', data: status });
      const silent = sentTo === cursor && edits.length === 0 && status === shownStatus;
      silentMs = silent ? silentMs + sources.statusMs : 0;
      if (silentMs >= sources.beatMs) {
        await stream.writeSSE({ event: 'beat', data: '{}' });
        silentMs = 0;
      }
      cursor = sentTo;
      shownStatus = status;
      await subscription.woken(sources.statusMs);
    }
  });
}

/** Sends everything after `cursor` and returns the new one. */
async function sendRoomEvents(stream: SSEStreamingApi, history: RoomHistory, cursor: number): Promise<number> {
  let sentTo = cursor;
  for (;;) {
    const events = history.after(sentTo, batchSize);
    for (const event of events) {
      await stream.writeSSE({ event: 'room', id: String(event.sequence), data: JSON.stringify(toWire(event)) });
      sentTo = event.sequence;
    }
    if (events.length < batchSize || stream.aborted) return sentTo;
  }
}
