/** What the bot says in English about how long things are kept. */
import { phraseIn } from '#core/format.ts';
import type { Catalogue } from '#core/message-codes.ts';
import type { PrivacyMessageParams } from '#core/privacy-message-codes.ts';
import type { PostsThen, RetentionSource } from '#core/retention.ts';
import { bold, code } from '#core/rich-text.ts';

const say = phraseIn('en');
const daysText = (days: number): string => (days === 1 ? '1 day' : `${days} days`);
const whose: Readonly<Record<RetentionSource, string>> = {
  room: 'chosen for this room',
  operator: 'as the bot’s operator has set it',
  usual: 'which is the default',
  older: 'because the bot kept pictures before there was a limit and nobody has set one',
};
const then: Readonly<Record<PostsThen, string>> = {
  stay: 'What it has posted stays in the room.',
  removed: 'What it has posted goes with them, where the server lets the bot.',
  gone: 'What it has posted goes with them.',
};

export const englishPrivacy: Pick<Catalogue['messages'], keyof PrivacyMessageParams> = {
  retention_is: ({ days, by, posts }, { prefix }) =>
    days === 0
      ? say`Nothing of this room is erased by its age, ${whose[by]}. Admins change it: ${code(`${prefix} retention 30`)}.`
      : say`The bot keeps the jobs of this room, with prompts, pictures and stars, for ${bold(daysText(days))} after their end, ${whose[by]}. ${then[posts]} Admins change it: ${code(`${prefix} retention 30`)}.`,
  retention_set: ({ days, by }) =>
    days === 0
      ? say`From now on nothing of this room is erased by its age${by === 'room' ? '' : `, ${whose[by]}`}.`
      : say`From now on the bot keeps the jobs of this room, with prompts, pictures and stars, for ${bold(daysText(days))} after their end${by === 'room' ? '' : `, ${whose[by]}`}; what is older goes within a day. Schedules and styles stay.`,
  retention_invalid: ({ value, mostDays }, { prefix }) =>
    say`${code(value)} is no length of time that I can keep: type whole days from 1 to ${String(mostDays)}, such as ${code(`${prefix} retention 30`)}, or ${code(`${prefix} retention off`)} or ${code(`${prefix} retention default`)}.`,
  retention_too_long: ({ mostDays }, { prefix }) =>
    say`Whoever operates this bot lets no room keep anything for longer than ${bold(daysText(mostDays))}: type ${code(`${prefix} retention ${mostDays}`)} or fewer days.`,
};
