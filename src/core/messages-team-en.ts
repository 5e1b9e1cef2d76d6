/** What the bot says in English about pictures, batches, quotas and rooms beyond drawing. */
import { formatAll, formatChoice, formatNumber, phraseIn } from '#core/format.ts';
import type { TeamMessageParams } from '#core/message-codes-team.ts';
import type { Catalogue } from '#core/message-codes.ts';
import { bold, code } from '#core/rich-text.ts';

const say = phraseIn('en');
const allOf = (list: string): string => formatAll(list.split(', '), 'en');
const pictures = (count: number): string => `${count} ${count === 1 ? 'picture' : 'pictures'}`;
const number = (value: number): string => formatNumber(value, 'en');
const whose = { person: 'You have', room: 'This room has' } as const;

export const englishTeam: Pick<Catalogue['messages'], Exclude<keyof TeamMessageParams, 'picture_refused'>> = {
  factor_unknown: ({ value }) =>
    say`I can't enlarge by ${code(value)}: the factors are ${formatChoice(['x2', 'x4', 'x8'], 'en')}, so type for example ${code('x4')}.`,
  edit_empty: (_, { prefix }) =>
    say`What should be added? Write it behind the plus, such as ${code(`${prefix} + in the evening, rain`)}; options change the rest.`,
  which_picture: ({ job, first, last }, { prefix }) =>
    say`Job ${bold(job)} has several pictures, from ${first} to ${last}: say which one, such as ${code(`${prefix} up ${job}/${first}`)}, or reply to it.`,
  picture_not_ready: ({ job }) => say`This picture of job ${bold(job)} is not finished yet: try again when it is there.`,
  job_cut_short: ({ job, made, count, first }, { prefix }) =>
    first === undefined
      ? say`Job ${bold(job)} ended before a picture was made: ${code(`${prefix} again ${job}`)} starts it anew.`
      : say`Job ${bold(job)} ended with ${made} of ${count} pictures, so not all of this is there: name one that is, such as ${code(`${job}/${first}`)}.`,
  strength_needs_picture: () =>
    say`${code('--strength')} works from a picture: attach one to the command or reply to one, or leave it out.`,
  reply_no_picture: () => say`You replied to a message without a picture: reply to a picture, or name one such as ${code('k7f3/A2')}.`,
  no_picture: () =>
    say`I don't know which picture you mean: reply to one, name one such as ${code('k7f3/A2')}, or attach one to the command.`,
  upscaler_none: () => say`No upscaler is installed here, so I can't enlarge pictures: whoever runs the bot finds one in docs/models.md.`,
  result_too_large: ({ size, result, megapixels, instead }, { prefix }) =>
    instead === undefined
      ? say`That would make ${size} into ${result}, and at most ${number(megapixels)} megapixels are allowed: this picture is as large as it can be.`
      : say`That would make ${size} into ${result}, and at most ${number(megapixels)} megapixels are allowed: type ${code(`${prefix} up ${instead}`)}.`,
  replay_other: ({ job }, { prefix }) =>
    say`Job ${bold(job)} did not draw its pictures from words, so there is nothing to replay: ${code(`${prefix} info ${job}`)} says where they come from.`,
  model_gone: ({ job, model }) =>
    say`Job ${bold(job)} was drawn by the model ${code(model)}, which is no longer installed: only that model makes the very same picture.`,

  batch_too_large: ({ pictures: asked, variants, limit }) =>
    variants === 1
      ? say`${asked} pictures are too many for one batch, which has at most ${limit}: take a lower ${code('--n')}.`
      : say`${variants} kinds of pictures make ${asked} in all, and one batch has at most ${limit}: take fewer styles or words in braces, or a lower ${code('--n')}.`,
  sheet_nothing: ({ job }) => say`Job ${bold(job)} has no finished picture yet.`,
  job_files_gone: ({ job }, { prefix }) =>
    say`The files of job ${bold(job)} are no longer there: ${code(`${prefix} again ${job}`)} draws its pictures anew.`,
  zip_too_large: ({ job, pictures: count, megabytes, limit }, { prefix }) =>
    say`${pictures(count)} of job ${bold(job)} take ${megabytes} MB, and a file may have at most ${limit} MB: ${code(`${prefix} sheet ${job}`)} shows all of them on one.`,
  jobs_gathered: ({ count, jobs, more }, { prefix }) =>
    say`Accepted: ${count} commands of this room (${jobs}${more === 0 ? '' : ` and ${more} more`}). The server lets me send only a few messages a minute, so this one stands for all of them; results come one by one, and ${code(`${prefix} queue`)} shows the order.`,
  zip_ready: ({ job, pictures: count }) => say`${pictures(count)} of job ${bold(job)} in one file, AI-generated.`,

  replay_identical: ({ pictures: count, job }) =>
    say`Identical: ${count === 1 ? 'the picture is' : `all ${count} pictures are`} the same as in job ${bold(job)}, pixel by pixel.`,
  replay_not_compared: ({ job }) => say`Drawn again, but not compared: the files of job ${bold(job)} are no longer there.`,
  replay_other_size: ({ job, before, now }) => say`Drawn again, but not compared: job ${bold(job)} has ${before}, and now it is ${now}.`,
  replay_uncompared: ({ uncompared, pictures: count, job }) =>
    say`${uncompared} of ${pictures(count)} can't be compared with job ${bold(job)}: what is stored of it is gone, damaged or of another size.`,
  replay_differs: ({ different, pictures: count, job, model, provider, most }) => {
    const reasons = [...(model ? ['the files of the model have changed'] : []), ...(provider === '' ? [] : [`it was ${provider} then`])];
    const why = reasons.length === 0 ? say`` : say`; ${formatAll(reasons, 'en')}`;
    return say`Not identical: ${different} of ${pictures(count)} ${different === 1 ? 'differs' : 'differ'} from job ${bold(job)}, by at most ${most} of 255 steps of brightness${why}.`;
  },
  enhanced: ({ contrast, sharpness }) =>
    say`Contrast ${number(contrast[0])} → ${number(contrast[1])}, sharpness ${number(sharpness[0])} → ${number(sharpness[1])}.`,
  enhance_unchanged: () => say`Contrast and sharpness are good already: the picture stays as it is.`,
  style_beyond_model: ({ styles, model }) =>
    say`${model} can't really draw ${allOf(styles)}: that needs a larger model, see docs/models.md.`,

  ask_batch: ({ pictures: count, eta }) => say`That makes ${pictures(count)}${eta === undefined ? '' : `, in about ${eta}`}. Shall I?`,
  ask_confirm: (_, { prefix }) => say`React with 👍 or type ${code(`${prefix} yes`)} to go on.`,
  nothing_asked: () => say`I have not asked you anything, or it is too long ago: please send the command again.`,
  ask_not_yours: () => say`This question is for the person who gave the command, or for an admin.`,
  ask_dropped: () => say`Dropped: nothing was changed.`,
  styles_changed_since: () => say`The styles have changed since I asked: send the command again, and I show anew what it changes.`,
  admins_only: () => say`Only admins may do that: ask somebody who administers this room or the bot.`,
  bot_admins_only: () =>
    say`Only the bot's admins may change what counts in every room: whoever runs the bot names them under ${code('admins:')} in its configuration.`,

  style_name_missing: ({ action }, { prefix }) =>
    say`Which style? Type, for example, ${code(`${prefix} style ${action} photo`)}; ${code(`${prefix} styles`)} lists them.`,
  style_format_unknown: ({ value }, { prefix }) =>
    say`I can't write styles as ${code(value)}: type ${code(`${prefix} style export csv`)}, ${code('json')} or ${code('yaml')}.`,
  style_rename_form: (_, { prefix }) => say`Type the old name and the new one: ${code(`${prefix} style rename photo "studio photo"`)}.`,
  style_flag_unused: ({ flag }) =>
    say`A style can't keep ${code(flag)}: it takes ${formatAll(['--no', '--size', '--steps', '--guidance', '--model', '--enhance'], 'en')}. Leave ${code(flag)} out.`,
  style_file_missing: (_, { prefix }) =>
    say`There is no file: attach a ${code('styles.csv')}, ${code('.json')} or ${code('.yaml')} to the command, or reply to one with ${code(`${prefix} style import`)}.`,
  style_remove_asked: ({ name }) => say`The style ${bold(name)} would be removed for everybody.`,
  style_rename_asked: ({ from, to }) => say`The style ${bold(from)} would be called ${bold(to)}; its old name goes on working.`,
  style_saved: ({ name, version }, { prefix }) =>
    say`Style ${bold(name)} saved, version ${version}; ${code(`${prefix} style undo "${name}"`)} takes it back.`,
  style_removed: ({ name }, { prefix }) => say`Style ${bold(name)} removed; ${code(`${prefix} style undo "${name}"`)} brings it back.`,
  style_renamed: ({ from, to }) => say`Style ${bold(from)} is called ${bold(to)} now.`,
  style_default_set: ({ name }, { prefix }) =>
    say`Pictures in this room are drawn in the style ${bold(name)} from now on; ${code('--style none')} leaves it out once, ${code(`${prefix} style default none`)} for good.`,
  style_default_off: () => say`This room has no style of its own any more.`,
  styles_imported: ({ added, changed }) => say`${added === 1 ? '1 style' : say`${added} styles`} added, ${changed} changed.`,

  plan_number_missing: ({ action }, { prefix }) =>
    say`Which schedule? Type its number, such as ${code(`${prefix} plan ${action} 3`)}; ${code(`${prefix} plans`)} lists them.`,
  plan_prompt_missing: ({ schedule }, { prefix }) =>
    say`What shall I draw then? Write it behind the time, such as ${code(`${prefix} plan "${schedule}" a sunrise --n 4`)}.`,

  found_none: ({ words }) =>
    words === '' ? say`I found no pictures in this room.` : say`I found no picture in this room with ${code(words)} in its prompt.`,
  since_invalid: ({ value }) =>
    say`${code(value)} is no date: type for example ${code('since:yesterday')}, ${code('since:3d')} or ${code('since:2026-11-20')}.`,
  star_added: ({ picture, stars }) => say`${bold(picture)} is in the gallery, with ${stars === 1 ? 'one star' : `${stars} stars`}.`,
  star_removed: ({ picture }) => say`Your star on ${bold(picture)} is taken back.`,
  gallery_empty: (_, { prefix }) => say`The gallery is empty: react with ⭐ to a picture, or type ${code(`${prefix} collect k7f3/A2`)}.`,

  quota_used_up: ({ whose: owner, what, used, limit, asked, freeIn }, { prefix }) => {
    const unit = what === 'pictures' ? 'pictures' : 'seconds of computing';
    const when = freeIn === undefined ? say`ask for fewer` : say`there is room again in about ${freeIn}`;
    return say`${whose[owner]} used ${used} of ${limit} ${unit} in the last 24 hours, and this needs ${asked} more: ${when}; ${code(`${prefix} limits`)} shows all.`;
  },
  queue_paused: (_, { prefix }) =>
    say`The queue is paused: nothing new is drawn until ${code(`${prefix} admin resume`)}; commands are still taken.`,
  queue_resumed: () => say`The queue goes on.`,
  queue_is_paused: () => say`An admin has paused the queue: your pictures are drawn when it goes on.`,
  limit_value_missing: ({ name }, { prefix }) =>
    say`Which value? Type for example ${code(`${prefix} admin limits ${name} 50`)}, or ${code('default')} instead of the number.`,
  limit_unknown: ({ name, names, suggestion }) =>
    suggestion === undefined
      ? say`There is no limit ${code(name)}: they are ${allOf(names)}.`
      : say`There is no limit ${code(name)}: did you mean ${code(suggestion)}?`,
  limit_out_of_range: ({ name, value, highest }) => say`${code(`${name} ${value}`)} is out of range: it goes from 1 to ${highest}.`,
  limit_changed: ({ name, value }) => say`${code(name)} is ${value} from now on.`,
  model_used: ({ model }) => say`From now on, ${bold(model)} draws where a command names no model.`,

  time_zone_is: ({ zone, now }) => say`The time zone of this room is ${bold(zone)}, where it is ${now}.`,
  quiet_is: ({ hours }, { prefix }) =>
    say`Quiet hours of this room: ${hours}, no schedule begins then; ${code(`${prefix} quiet off`)} ends them.`,
  quiet_off: () => say`This room has no quiet hours: schedules run at any time.`,
  quiet_invalid: ({ value }, { prefix }) =>
    say`${code(value)} are no quiet hours: type two different times of day, such as ${code(`${prefix} quiet 22:00-06:00`)}, or ${code(`${prefix} quiet off`)}.`,
};
