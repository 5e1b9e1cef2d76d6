import { textAt, type RawObject } from '../../common/raw.ts';

/** More parts would let one sender hold up everybody: each is a transaction of its own. */
const mostParts = 16;

/**
 * The same events in parts that hold one of each sender, in each sender's order; what goes beyond the last part stands
 * in it. An app that is interrupted when it first meets the bot may share the key of one session twice, the second time
 * without the first messages: of two that are passed in one call the machine was seen to keep the one that reads less.
 */
export function oneOfEachSender(events: readonly RawObject[]): RawObject[][] {
  const parts: RawObject[][] = [];
  const seen = new Map<string, number>();
  for (const event of events) {
    const sender = textAt(event, 'sender') ?? '';
    const index = Math.min(seen.get(sender) ?? 0, mostParts - 1);
    seen.set(sender, index + 1);
    (parts[index] ??= []).push(event);
  }
  return parts;
}
