/** What the bot says in English about what is not drawn or not shown. */
import { formatAll, formatNumber, phraseIn } from '#core/format.ts';
import type { Catalogue } from '#core/message-codes.ts';
import { bold, code } from '#core/rich-text.ts';
import type { HeldBack } from '#core/safety-port.ts';
import type { SafetyMessageParams } from '#core/safety-message-codes.ts';

const say = phraseIn('en');
const number = (value: number): string => formatNumber(value, 'en');

function reason(why: HeldBack): string {
  switch (why.by) {
    case 'similarity': {
      const holder = why.rightsHolder === undefined ? '' : ` (${why.rightsHolder})`;
      return `it resembles «${why.title}»${holder} at ${number(why.similarity)} (limit ${number(why.threshold)})`;
    }
    case 'classifier':
      return `the classifier finds «${why.label}» in it with ${number(why.probability)} (limit ${number(why.threshold)}), and may be wrong`;
    case 'unchecked':
      return why.check === 'similarity'
        ? 'it could not be compared with the protected works, which has to be done here'
        : 'it could not be classified, which has to be done here';
  }
}

export const englishSafety: Pick<Catalogue['messages'], keyof SafetyMessageParams> = {
  prompt_minors: () =>
    say`I don't draw this: nothing sexual, and no nudity, together with children or young people, whatever the settings. Leave one of the two out; nothing was queued, and nobody is told.`,
  prompt_named_nudity: () =>
    say`I don't draw this: named people are not drawn naked or in a sexual way here, whatever the settings. Leave the name or that part out; nothing was queued, and nobody is told.`,
  prompt_listed: ({ rule }) =>
    say`I don't draw this: whoever runs the bot has put ${code(rule)} on the list of what is not drawn. Use other words; nothing was queued, and nobody is told.`,
  prompt_warned: ({ rules }) => say`Please note: whoever runs the bot asks for care with ${formatAll(rules, 'en')}.`,
  prompt_names: ({ names, isNegative }) =>
    isNegative
      ? say`Please note: the prompt names ${formatAll(names, 'en')}, which somebody may have rights in; it was added to what should not be in the picture.`
      : say`Please note: the prompt names ${formatAll(names, 'en')}, which somebody may have rights in.`,
  picture_held_back: ({ picture, job, why }, { prefix }) =>
    say`Picture ${bold(picture)} is held back: ${reason(why)}. Another seed: ${code(`${prefix} again ${job}`)}; an admin can release it with ${code(`${prefix} release ${picture}`)}.`,
  pictures_held_back: ({ job, held, count, first }, { prefix }) =>
    held === count
      ? say`${count === 1 ? 'The picture' : `All ${count} pictures`} of job ${bold(job)} ${count === 1 ? 'is' : 'are'} held back: ${code(`${prefix} info ${first}`)} says why, and an admin can release ${count === 1 ? 'it' : 'them'}.`
      : say`${held} of ${count} pictures of job ${bold(job)} ${held === 1 ? 'is' : 'are'} held back: ${code(`${prefix} info ${first}`)} says why, and an admin can release ${held === 1 ? 'it' : 'them'}.`,
  release_done: ({ picture }) => say`Picture ${bold(picture)} is released and on its way.`,
  release_not_held: ({ picture }) => say`Picture ${bold(picture)} is not held back, so there is nothing to release.`,
  release_which: ({ job, pictures }, { prefix }) =>
    say`Which picture of job ${bold(job)}? Held back are ${pictures}: name one, such as ${code(`${prefix} release ${job}/${pictures.split(', ')[0] ?? 'A1'}`)}.`,
  held_none: () => say`No picture of this room is held back.`,
  held_more: ({ more }) => say`And ${more} more, older ones: they are listed when some of these are released or erased.`,
  held_bot_admins_only: () =>
    say`In a conversation with the bot alone, only the bot's admins may list and release what is held back: whoever runs the bot names them under ${code('admins:')} in its configuration.`,
};
