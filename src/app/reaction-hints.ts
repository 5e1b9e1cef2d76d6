/** Reactions that the bot puts under its own messages, so that nobody has to know them: a tap does what a command would. */
import { isOpen } from '#core/job-store-port.ts';
import type { OutboxRow } from '#core/outbox-port.ts';
import type { Store } from '#core/store-port.ts';
import type { EventId } from '#core/types.ts';

const STOP = '❌';
const ofPicture = ['🔁', '⬆️', '⭐'] as const;
const ofQuestion = ['👍', '👎'] as const;

function hintsFor({ event }: OutboxRow): readonly string[] {
  switch (event?.type) {
    case 'image':
      return ofPicture;
    case 'ask':
      return ofQuestion;
    case 'ack':
      return [STOP];
    default:
      return [];
  }
}

/** Puts those on their way that suit a message which has just been sent. Call inside the transaction that says so. */
export function queueHints({ outbox }: Pick<Store, 'outbox'>, row: OutboxRow, sent: EventId, nowMs: number): void {
  const { transactionId, platform, roomId, jobId, asker } = row;
  for (const [index, emoji] of hintsFor(row).entries()) {
    outbox.add(
      {
        transactionId: `${transactionId}-hint-${index}`,
        platform,
        roomId,
        lane: 'extra',
        content: { kind: 'reaction', target: sent, emoji },
        ...(jobId === undefined ? {} : { jobId }),
        ...(asker === undefined ? {} : { asker }),
      },
      nowMs,
    );
  }
}

/** A job that has ended meanwhile can't be stopped any more. */
export const isStale = ({ jobs }: Pick<Store, 'jobs'>, { content, jobId }: OutboxRow): boolean =>
  content.kind === 'reaction' && content.emoji === STOP && jobId !== undefined && !isOpen(jobs.get(jobId));
