/** The end of a job that went well: its timing line and the notes below. */
import type { MessageParams, Voice } from '#core/message-codes.ts';
import { message } from '#core/messages.ts';
import { clip } from '#core/prompt-text.ts';
import { timingLine, type Timed } from '#core/render-timing.ts';
import { dot, sizeText } from '#core/render-words.ts';
import { bold, muted, paragraph, type Block, type RichText, type Span } from '#core/rich-text.ts';
import type { JobId } from '#core/types.ts';

export type Done = Voice &
  Timed & {
    readonly jobId: JobId;
    /** Words past the model's limit. */
    readonly droppedPrompt?: string | undefined;
    /** The model has a closed list of things, and the prompt names none of them. */
    readonly unknownSubject?: MessageParams['subject_unknown'] | undefined;
    /** What is said below the line, such as the verdict of a replay. */
    readonly notes?: readonly Note[];
    /** The job began again after a restart. */
    readonly restarted?: boolean | undefined;
  };

/** `4 images 256×256 in 0.8 s · 0.2 s each · waited 2.1 s · text 12 ms · … · model · CPU · k7f3`. */
export function renderDone(done: Done): RichText {
  const { jobId, droppedPrompt, images, unknownSubject, restarted, notUpscaled, notes = [] } = done;
  const line = [timingLine(done), dot];
  return [
    paragraph(...line, bold(jobId)),
    ...(droppedPrompt === undefined || droppedPrompt === '' ? [] : [note('prompt_truncated', { dropped: clip(droppedPrompt, 120) }, done)]),
    ...(unknownSubject === undefined ? [] : [note('subject_unknown', unknownSubject, done)]),
    ...(notUpscaled === undefined
      ? []
      : [note('not_upscaled', { count: notUpscaled.count, images, size: sizeText(notUpscaled.size) }, done)]),
    ...notes.map((text) => footnote(text)),
    ...(restarted === true ? [note('restarted', { job: jobId }, done)] : []),
  ];
}

export type Note = readonly Span[];

const footnote = (text: Note): Block => paragraph(...text.map((span) => (span.style === undefined ? muted(span.text) : span)));

/** A footnote. */
function note<Code extends 'prompt_truncated' | 'subject_unknown' | 'not_upscaled' | 'restarted'>(
  messageCode: Code,
  params: MessageParams[Code],
  { language, prefix }: Voice,
): Block {
  return footnote(message(messageCode, params, { language, prefix }));
}
