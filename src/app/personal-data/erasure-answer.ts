import type { Voice } from '#core/message-codes.ts';
import type { Erasure } from '#core/personal-data-port.ts';
import { renderForgotten } from '#core/render-personal-data.ts';
import type { Store } from '#core/store-port.ts';

/** Says what was done, in the room and to nobody by name: the command that asked for it may be gone. */
export function queueErasureAnswer(
  store: Store,
  { id, platform, roomId, counts, begunAtMs }: Erasure,
  { voice, nowMs }: { readonly voice: Voice; readonly nowMs: number },
): void {
  if (roomId === undefined) return;
  store.transaction(() => {
    const row = store.outbox.add(
      {
        transactionId: `forgotten-${id}-${begunAtMs.toString(36)}`,
        platform,
        roomId,
        lane: 'now',
        content: { kind: 'text', text: renderForgotten({ counts, tally: store.personal.tally(id), ...voice }) },
        event: { type: 'text' },
      },
      nowMs,
    );
    store.personal.answering(id, row);
  });
}
