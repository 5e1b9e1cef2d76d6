import { fitPicture } from '#src/app/fit-picture.ts';
import { sayInstead } from '#src/app/instead.ts';
import type { Log } from '#src/app/log-port.ts';
import type { DeliveryError } from '#core/errors.ts';
import type { Voice } from '#core/message-codes.ts';
import type { ImageStore, PictureStudio } from '#core/ports.ts';
import type { OutboxRow, QueuedContent } from '#core/outbox-port.ts';
import type { Store } from '#core/store-port.ts';
import type { Language } from '#core/types.ts';

export type GivingUp = {
  readonly store: Store;
  readonly images: ImageStore;
  readonly studio: Pick<PictureStudio, 'smallerCopy'>;
  readonly log: Log;
  readonly now: () => number;
  /** Of the messages about what could not be delivered. */
  readonly voice: Voice;
};

/** What is refused for good, or must not be said twice, leaves the outbox: smaller where that helps, else with words in its place. */
export async function giveUp(options: GivingUp, row: OutboxRow, error: DeliveryError): Promise<void> {
  const { store, voice, now } = options;
  const language = (row.jobId === undefined ? undefined : store.jobs.get(row.jobId)?.language) ?? voice.language;
  const smaller = await fitted(options, row, error, language);
  if (smaller !== undefined) {
    store.outbox.rewrite(row, smaller);
    return;
  }
  const instead = sayInstead(row, error, { ...voice, language });
  store.transaction(() => {
    store.outbox.dropped(row.id, error.message);
    if (instead !== undefined) store.outbox.add(instead, now());
  });
}

/** A picture that the server takes, where it refused this one for its size. */
async function fitted(
  options: GivingUp,
  { content }: OutboxRow,
  { limitBytes }: DeliveryError,
  language: Language,
): Promise<QueuedContent | undefined> {
  if (content.kind !== 'image' || limitBytes === undefined) return undefined;
  try {
    return await fitPicture(options, content, limitBytes, language);
  } catch (error) {
    options.log.warn({ err: error }, 'A picture could not be made smaller');
    return undefined;
  }
}
