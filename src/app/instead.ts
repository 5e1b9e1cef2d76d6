import { DeliveryError } from '#core/errors.ts';
import type { MessageCode, Text, Voice } from '#core/message-codes.ts';
import { message } from '#core/messages.ts';
import { paragraph } from '#core/rich-text.ts';
import type { OutboxRow, QueuedDelivery } from '#core/outbox-port.ts';

/** Ends of the transaction ids of what is said in place of something. */
const insteadOf = { rejected: '-instead', unknowable: '-unknown' } as const;

/**
 * What is said where a message that was given up must not be missing: a picture, a file, and the end of a job; where it
 * may have arrived all the same, any message in words.
 */
export function sayInstead(row: OutboxRow, error: DeliveryError, voice: Voice): QueuedDelivery | undefined {
  // Nothing is said about what says that something is not known.
  if (row.transactionId.endsWith(insteadOf.unknowable)) return undefined;
  return error.failure === 'unknowable' ? outcomeUnknown(row, voice) : refused(row, error, voice);
}

function refused(row: OutboxRow, { limitBytes }: DeliveryError, voice: Voice): QueuedDelivery | undefined {
  const job = row.jobId ?? '';
  switch (row.content.kind) {
    case 'image':
      return limitBytes === undefined
        ? inWords(row, 'rejected', 'picture_not_delivered', message('picture_not_delivered', { job }, voice))
        : inWords(row, 'rejected', 'picture_over_limit', message('picture_over_limit', { job, limitBytes }, voice));
    case 'file':
      return inWords(row, 'rejected', 'file_not_delivered', message('file_not_delivered', { name: row.content.file.name }, voice));
    case 'edit':
      return { ...bare(row, 'rejected'), content: { kind: 'text', text: row.content.text } };
    case 'text':
    case 'reaction':
      return undefined;
  }
}

/** What was said in place of a picture. */
const aboutPictures: readonly MessageCode[] = ['picture_not_delivered', 'picture_over_limit'];

function outcomeUnknown(row: OutboxRow, voice: Voice): QueuedDelivery | undefined {
  const { content, jobId } = row;
  // Where it is not known whether a job was acknowledged, its end says all of it.
  if (content.kind === 'reaction' || row.event?.type === 'ack') return undefined;
  const isAboutPicture = content.kind === 'image' || aboutPictures.some((code) => code === row.event?.code);
  if (isAboutPicture && jobId !== undefined)
    return inWords(row, 'unknowable', 'picture_uncertain', message('picture_uncertain', { job: jobId }, voice));
  // Other answers that name a job, such as what `info` tells, are not its end.
  const ended = row.lane === 'final' && jobId !== undefined ? { job: jobId } : {};
  return inWords(row, 'unknowable', 'answer_uncertain', message('answer_uncertain', ended, voice));
}

const inWords = (row: OutboxRow, why: keyof typeof insteadOf, code: MessageCode, said: Text): QueuedDelivery => ({
  ...bare(row, why),
  lane: 'now',
  content: { kind: 'text', text: [paragraph(...said)] },
  event: { type: 'error', code, ...(row.jobId === undefined ? {} : { jobId: row.jobId }) },
});

function bare(row: OutboxRow, why: keyof typeof insteadOf): QueuedDelivery {
  const { id: _id, attempts: _attempts, createdAtMs: _createdAtMs, pictureIndex: _pictureIndex, isForRoom: _isForRoom, ...delivery } = row;
  return { ...delivery, transactionId: `${row.transactionId}${insteadOf[why]}` };
}
