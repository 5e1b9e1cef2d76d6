import { cellOf } from '#core/batch.ts';
import type { MessageParams } from '#core/message-codes.ts';
import type { JobRecord } from '#core/job-store-port.ts';

/** How many pictures of a job nobody is to see, and the first of them; `undefined` where there is none. */
export function heldBackIn({ id, request, images }: JobRecord): MessageParams['pictures_held_back'] | undefined {
  const held = images.filter(({ heldBack }) => heldBack !== undefined);
  const [first] = held;
  return first === undefined
    ? undefined
    : { job: id, held: held.length, count: images.length, first: `${id}/${cellOf(request, first.index)}` };
}
