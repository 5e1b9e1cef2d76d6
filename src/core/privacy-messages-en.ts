/** What the bot says in English about how long things are kept. */
import { phraseIn } from '#core/format.ts';
import type { Catalogue } from '#core/message-codes.ts';
import type { PrivacyMessageParams } from '#core/privacy-message-codes.ts';
import { bold, code } from '#core/rich-text.ts';

const say = phraseIn('en');
const daysText = (days: number): string => (days === 1 ? '1 day' : `${days} days`);
const whose = (isChosen: boolean): string => (isChosen ? 'chosen for this room' : 'as the bot’s operator has set it');

export const englishPrivacy: Pick<Catalogue['messages'], keyof PrivacyMessageParams> = {
  retention_is: ({ days, isChosen }, { prefix }) =>
    days === 0
      ? say`Nothing of this room is erased by its age, ${whose(isChosen)}. Admins change it: ${code(`${prefix} retention 30`)}.`
      : say`The bot keeps the jobs of this room, with prompts, pictures and stars, for ${bold(daysText(days))} after their end, ${whose(isChosen)}. What it has posted stays in the room. Admins change it: ${code(`${prefix} retention 30`)}.`,
  retention_set: ({ days, isChosen }) =>
    days === 0
      ? say`From now on nothing of this room is erased by its age.`
      : say`From now on the bot keeps the jobs of this room, with prompts, pictures and stars, for ${bold(daysText(days))} after their end${isChosen ? '' : ', as the bot’s operator has set it'}; what is older goes tonight. Schedules and styles stay.`,
  retention_invalid: ({ value, mostDays }, { prefix }) =>
    say`${code(value)} is no length of time that I can keep: type whole days from 1 to ${String(mostDays)}, such as ${code(`${prefix} retention 30`)}, or ${code(`${prefix} retention off`)} or ${code(`${prefix} retention default`)}.`,
  retention_too_long: ({ mostDays }, { prefix }) =>
    say`Whoever operates this bot lets no room keep anything for longer than ${bold(daysText(mostDays))}: type ${code(`${prefix} retention ${mostDays}`)} or fewer days.`,
};
