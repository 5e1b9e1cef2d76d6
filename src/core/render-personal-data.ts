/** What was done to forget somebody, stage by stage and as it was. */
import type { Voice } from '#core/message-codes.ts';
import { message } from '#core/messages.ts';
import type { ErasureCounts, RemovalTally } from '#core/personal-data-port.ts';
import { paragraph, type RichText, type Span } from '#core/rich-text.ts';

export function renderForgotten({
  counts,
  tally,
  ...voice
}: Voice & { readonly counts: ErasureCounts; readonly tally: RemovalTally }): RichText {
  const { bot, person } = tally;
  const media = { gone: bot.media.gone + person.media.gone, left: left(bot.media) + left(person.media) };
  const items: (readonly Span[])[] = [
    ...(counts.stopped === 0 ? [] : [message('forgot_stopped', { jobs: counts.stopped }, voice)]),
    message('forgot_rows', counts, voice),
    ...(counts.kept === 0 ? [] : [message('forgot_kept', { pictures: counts.kept }, voice)]),
    ...(any(bot) ? [message('forgot_posts', fates(bot), voice)] : []),
    ...(any(person) ? [message('forgot_commands', fates(person), voice)] : []),
    ...(media.gone + media.left === 0 ? [] : [message('forgot_media', media, voice)]),
    message('forgot_cleaned', { isClean: counts.unclean === 0 }, voice),
  ];
  return [paragraph(...message('forgot', {}, voice)), { kind: 'list', items }, paragraph(...message('forgot_stays', {}, voice))];
}

type Removed = RemovalTally['bot'];

/** One that was not there any more is gone as well. */
const fates = ({ gone, missing, hidden, failed, waiting }: Removed) => ({ gone: gone + missing, hidden, failed, waiting });
const any = ({ gone, missing, hidden, failed, waiting }: Removed): boolean => gone + missing + hidden + failed + waiting > 0;
const left = ({ kept, failed }: Removed['media']): number => kept + failed;
