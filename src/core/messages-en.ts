/** What the bot says in English. */
import { formatAll, formatChoice, formatMegabytes, phraseIn } from '#core/format.ts';
import type { Catalogue, Failure, FailureParams, Text, Voice } from '#core/message-codes.ts';
import { englishTeam } from '#core/messages-team-en.ts';
import { englishPlans } from '#core/plan-messages-en.ts';
import { bold, code } from '#core/rich-text.ts';
import { englishMarks } from '#core/marks-messages-en.ts';
import { englishSimilarity } from '#core/similarity-messages-en.ts';
import { englishSafety } from '#core/safety-messages-en.ts';
import { englishPersonalData } from '#core/personal-data-messages-en.ts';
import { englishPrivacy } from '#core/privacy-messages-en.ts';
import { englishStyles } from '#core/style-messages-en.ts';
import type { UnreadableCause } from '#core/incoming.ts';

const say = phraseIn('en');

const jobs = (ids: string, count: number) => (count === 1 ? say`Job ${bold(ids)}` : say`${count} jobs (${ids})`);
/** The model's name where the breakage tells it. */
const theModel = ({ model }: FailureParams) => (model === undefined ? say`the model` : say`the model ${code(String(model))}`);
/** A list such as `256×256, 512×512` as a choice. */
const oneOf = (list: string): string => formatChoice(list.split(', '), 'en');
/** A list such as `fox, cat, dog` as a whole. */
const allOf = (list: string): string => formatAll(list.split(', '), 'en');
const isOne = (list: string): boolean => !list.includes(', ');

/** What happened, why that usually is, what helps. */
const unreadable: Readonly<Record<UnreadableCause, string>> = {
  key_missing:
    "I can't decrypt your message, because your app hasn't given me the key to it; usually it did not know yet that I am here. Send it again; if that doesn't help, restart your app and try once more.",
  key_withheld:
    "I can't decrypt your message, because your app keeps its keys from devices that are not verified. Allow unverified devices in the security settings of your app or of this room, and send it again.",
  device_unverified:
    'Here I only do what comes from verified devices, and this one of yours is not verified. Verify it with another device or your recovery key, and send your message again.',
  damaged: "I can't decrypt your message: it is damaged, or encrypted in a way I don't know. Send it again, or from another app.",
};

const explain = ({ error, params = {} }: Failure, voice: Voice): Text => english.failures[error](params, voice);

export const english: Catalogue = {
  messages: {
    ...englishMarks,
    ...englishPlans,
    ...englishPersonalData,
    ...englishPrivacy,
    ...englishSafety,
    ...englishSimilarity,
    ...englishStyles,
    ...englishTeam,
    picture_refused: (failure, voice) => say`I can't use this file: ${explain(failure, voice)}`,
    prompt_empty: ({ swallowedBy }, { prefix }) =>
      swallowedBy === undefined
        ? say`There is nothing to draw yet: write what you want to see, such as ${code(`${prefix} a red fox --n 4`)}.`
        : say`There is nothing to draw yet: ${code(swallowedBy)} takes all the words after it, so write what you want to see in front of it, such as ${code(`${prefix} a red fox ${swallowedBy} text`)}.`,
    prompt_too_long: ({ length, limit }) =>
      say`Your prompt is ${length} characters long, and at most ${limit} are allowed: please shorten it.`,
    negative_too_long: ({ length, limit }) =>
      say`The words behind ${code('--no')} are ${length} characters long, and at most ${limit} are allowed: please shorten them.`,
    flag_unknown: ({ flag, suggestion }, { prefix }) =>
      suggestion === undefined
        ? say`I don't know the option ${code(flag)}: ${code(`${prefix} help options`)} lists all of them, and words behind ${code('--')} are always part of the prompt.`
        : say`I don't know the option ${code(flag)}: did you mean ${code(suggestion)}?`,
    clip_skip: ({ flag }) =>
      say`${code(flag)} does not exist here, as every model reads your words the way it was trained to: leave it out, and let single words count less with ${code('(word:0.8)')} or more with ${code('(word:1.2)')}.`,
    flag_glued: ({ word, before, flag }) =>
      say`${code(word)} hides an option: write ${code(`${before} ${flag}`)} with a space in between, or ${code(`${before} – …`)} for a dash.`,
    flag_twice: ({ flag }) => say`${code(flag)} is there twice, and I can't tell which one counts: leave one of them out.`,
    value_missing: ({ flag, example }) => say`${code(flag)} needs a value behind it, such as ${code(example)}.`,
    value_unexpected: ({ flag, value }) => say`${code(flag)} takes no value: leave out ${code(value)} and type just ${code(flag)}.`,
    whole_number_invalid: ({ flag, value, example }) =>
      say`${code(value)} is not a whole number: ${code(flag)} takes digits only, such as ${code(`${flag} ${example}`)}.`,
    decimal_invalid: ({ flag, value, example }) => say`${code(value)} is not a number: type for example ${code(`${flag} ${example}`)}.`,
    size_invalid: ({ flag, value }) =>
      say`${code(value)} is not a size: ${code(flag)} takes width x height in pixels, such as ${code(`${flag} 512x512`)}.`,
    ratio_invalid: ({ flag, value }) =>
      say`${code(value)} is not a shape: ${code(flag)} takes width:height, such as ${code(`${flag} 16:9`)}, or ${code('square')}, ${code('portrait')} or ${code('landscape')}.`,
    topic_unknown: ({ topic, suggestion }, { prefix }) =>
      say`There is no help on ${code(topic)}: did you mean ${code(`${prefix} help ${suggestion}`)}?`,
    language_missing: (_, { prefix }) =>
      say`Which language? Type ${code(`${prefix} lang en`)} for English or ${code(`${prefix} lang de`)} for German.`,
    language_unknown: ({ value }, { prefix }) =>
      say`I don't speak ${code(value)}: type ${code(`${prefix} lang en`)} for English or ${code(`${prefix} lang de`)} for German.`,

    number_out_of_range: ({ flag, value, min, max, example }) =>
      say`${code(`${flag} ${value}`)} is too ${Number(value) < min ? 'low' : 'high'}: ${code(flag)} goes from ${String(min)} to ${String(max)}, so type ${code(example)}.`,
    steps_out_of_range: ({ value, max, model, nearest }) =>
      say`${code(`--steps ${value}`)} is too ${Number(value) < 1 ? 'low' : 'high'}: ${model} takes 1 to ${String(max)} steps, so type ${code(`--steps ${nearest}`)}.`,
    seed_out_of_range: ({ value, max }) =>
      say`${code(`--seed ${value}`)} is out of range: a seed is a whole number from 0 to ${max}; leave ${code('--seed')} out for a random one.`,
    seed_too_high_for_count: ({ seed, count, highest }) =>
      say`Seed ${seed} leaves no room for ${count} pictures, which take one seed each: type ${code(`--seed ${highest}`)} or lower.`,
    size_and_ratio: ({ size, ratio }) =>
      say`${code(`--size ${size}`)} and ${code(`--ar ${ratio}`)} both set the shape: leave one of them out.`,
    size_not_made: ({ size, model, sizes, nearest }) =>
      say`${model} can't draw ${code(size)}: it makes ${oneOf(sizes)}, so type ${code(`--size ${nearest}`)}.`,
    size_out_of_range: ({ size, model, min, max, multiple, megapixels, nearest, enlarged, enlargedMegapixels }) => {
      const most = enlargedMegapixels === undefined ? say`` : say` up to ${enlargedMegapixels} megapixels`;
      const larger = enlarged === undefined ? say`` : say`, or that ${oneOf(enlarged)}${most}`;
      return say`${model} can't draw ${code(size)}: each side is a multiple of ${multiple} from ${min} to ${max} pixels, ${megapixels} megapixels in all${larger}, so type ${code(`--size ${nearest}`)}.`;
    },
    ratio_not_made: ({ ratio, model, ratios, nearest }) =>
      say`${model} can't draw the shape ${code(ratio)}: it makes ${oneOf(ratios)}, so type ${code(`--ar ${nearest}`)}.`,
    guidance_unsupported: ({ flag, model }) =>
      say`${model} works without guidance, so ${code(flag)} would change nothing: leave it out, or choose another model with ${code('--model')}.`,
    negative_needs_guidance: ({ guidance }) =>
      say`${code('--no')} works only with a guidance above 1, and it is ${guidance} here: add ${code('--guidance 2')}, or leave ${code('--no')} out.`,
    model_unknown: ({ name, models, suggestion }) =>
      suggestion === undefined
        ? say`There is no model ${code(name)} here: installed are ${models}.`
        : say`There is no model ${code(name)} here: did you mean ${code(suggestion)}? Installed are ${models}.`,

    queue_full: ({ waiting, limit }) =>
      say`The queue is full (${waiting} of ${limit} jobs are waiting), so I did not take this one: please send it again in a few minutes.`,
    person_queue_full: ({ waiting, limit }, { prefix }) =>
      say`You have ${waiting} jobs waiting already, and ${limit} is the limit: wait for one to finish, or type ${code(`${prefix} cancel mine`)}.`,
    unknown_job: ({ job }, { prefix }) =>
      say`I know no job ${code(job)}: every answer names its job; ${code(`${prefix} queue`)} shows the open ones.`,
    unknown_cell: ({ job, cell, last }) =>
      last === 'A1'
        ? say`Job ${bold(job)} has no picture ${code(cell)}, only ${code('A1')}: if you mean another job, name it as well, as in ${code(`k7f3/${cell}`)}.`
        : say`Job ${bold(job)} has no picture ${code(cell)}: its pictures go from A1 to ${last}. If you mean another job, name it as well, as in ${code(`k7f3/${cell}`)}.`,
    not_your_job: ({ job }) => say`Job ${bold(job)} belongs to somebody else: only they or an admin can stop it.`,
    nothing_to_cancel: (_, { prefix }) =>
      say`None of your jobs is waiting or running, so there is nothing to cancel; ${code(`${prefix} queue`)} shows all open jobs.`,
    already_finished: ({ job }) => say`Job ${bold(job)} is finished already, so there is nothing left to cancel.`,
    cancel_done: ({ jobs: ids, count }) => say`${jobs(ids, count)} cancelled.`,
    cancel_requested: ({ jobs: ids, count }) =>
      say`Stopping ${count === 1 ? say`job ${bold(ids)}` : say`${count} jobs (${ids})`} after the current step …`,
    nothing_to_repeat: (_, { prefix }) =>
      say`You have no earlier request here that I could repeat: name a job, such as ${code(`${prefix} again k7f3`)}, or write a new prompt.`,
    nothing_to_show: (_, { prefix }) =>
      say`I don't know which picture you mean: name it, such as ${code(`${prefix} info k7f3/A1`)}, or reply to it.`,
    job_failed: ({ job, ...failure }, voice) => say`Job ${bold(job)} failed: ${explain(failure, voice)}`,
    picture_not_delivered: ({ job }) =>
      say`The server refused a picture of job ${bold(job)}: it may be too large for it, or I may not be allowed to post files in this room.`,
    picture_over_limit: ({ job, limitBytes }) =>
      say`The server refused a picture of job ${bold(job)}: it takes files of ${formatMegabytes(limitBytes, 'en')} at most, which is too little even for a small copy. Whoever runs the server can raise its upload limit.`,
    picture_uncertain: ({ job }, { prefix }) =>
      say`I can't tell whether a picture of job ${bold(job)} has arrived: the connection broke, and I can't read back what is here. I won't repeat it by myself, so that nothing is shown twice; if it is missing, ${code(`${prefix} zip ${job}`)} brings all pictures.`,
    answer_uncertain: ({ job }, { prefix }) =>
      job === undefined
        ? say`I can't tell whether an answer of mine has arrived: the connection broke, and I can't read back what is here. I won't repeat it by myself, so that nothing is said twice; if it is missing, ask once more.`
        : say`I can't tell whether my last words about job ${bold(job)} have arrived: the connection broke, and I can't read back what is here. I won't repeat them by myself, so that nothing is said twice; ${code(`${prefix} info ${job}`)} tells what became of it.`,
    file_not_delivered: ({ name }) =>
      say`The server refused the file ${bold(name)}: it may be too large for it, or I may not be allowed to post files in this room.`,
    restarted: ({ job }) => say`Job ${bold(job)} was interrupted by a restart; what was unfinished was drawn again with the same seed.`,
    prompt_truncated: ({ dropped }) =>
      say`The prompt was longer than the model can read; these words had no effect: «${dropped}». Put what matters first.`,
    subject_unknown: ({ things, nearest, examples = '', larger }, { prefix }) => {
      const knows =
        things === 1 ? say`1 thing, and your prompt does not name it` : say`${things} things, and your prompt names none of them`;
      const instead =
        nearest === undefined
          ? `it can draw, for example, ${allOf(examples)}`
          : `the nearest ${isOne(nearest) ? 'is' : 'are'} ${allOf(nearest)}`;
      const where =
        larger === undefined
          ? say`Whoever runs the bot can install a larger model: docs/models.md.`
          : say`For a larger model, add ${code(`--model ${larger}`)}.`;
      return say`This small model knows ${knows}; ${instead}, and ${code(`${prefix} models`)} lists all it knows. ${where}`;
    },
    not_upscaled: ({ count, images, size }) =>
      count < images
        ? say`${count} of ${images} could not be enlarged and ${count === 1 ? 'stays' : 'stay'} ${size}; the bot's log says why.`
        : say`The upscaler could not be used, so you get ${size} as the model drew it; ${code('blitzbild doctor')} or the bot's log shows why.`,

    language_set: () => say`From now on I speak English in this room.`,
    message_unreadable: ({ cause }) => say`${unreadable[cause]}`,
    message_unprotected: () =>
      say`This room is encrypted but your message was not, so it may not be from you and I did not carry it out. Send it from an app that encrypts.`,
    engine_failed: (failure, voice) => say`I can't draw at the moment: ${explain(failure, voice)}`,
  },

  failures: {
    upscaler_missing: () => say`no upscaler is installed. Whoever runs the bot can install one: docs/models.md.`,
    picture_unreadable: () => say`the file can't be read as a picture. Send a whole PNG, JPEG or WebP file.`,
    picture_too_large: ({ widthPx, heightPx, maxPixels }) =>
      maxPixels === undefined
        ? say`the picture has too many pixels. Send a smaller one.`
        : say`the picture has ${String(widthPx)}×${String(heightPx)} pixels, and at most ${Number(maxPixels) / 1_000_000} megapixels are allowed. Send a smaller one.`,
    picture_animated: () => say`the picture is an animation. Send a still one, such as a PNG or JPEG.`,
    picture_gone: ({ job }, { prefix }) =>
      job === undefined
        ? say`the file of the picture is no longer there. Send it again, or draw it anew.`
        : say`the file of the picture is no longer there. ${code(`${prefix} again ${String(job)}`)} draws it anew.`,
    attachment_too_large: ({ maxMb }) =>
      say`the file is ${maxMb === undefined ? 'too large' : `larger than ${maxMb} MB`}. Send a smaller one.`,
    attachment_unavailable: () => say`the server did not hand out the file. Send it again in a minute.`,
    attachment_unprotected: () =>
      say`this room is encrypted but the message with the file was not, so it may be from somebody else. Send the file from an app that encrypts.`,
    engine_crashed: (_, { prefix }) =>
      say`the image engine crashed while drawing and has been restarted. Try it once more with ${code(`${prefix} again`)}; if it fails again, ask for fewer steps or a smaller picture.`,
    engine_unavailable: () =>
      say`the image engine is not running. Please tell whoever runs this bot; ${code('blitzbild doctor')} on that machine shows why.`,
    model_missing: (params) =>
      params['file'] === 'vae_encoder'
        ? say`${theModel(params)} can't start from a picture: its folder has no image encoder (${code('vae_encoder')}). An admin can add it, or you choose another model with ${code('--model')}.`
        : params['file'] === undefined
          ? say`${theModel(params)} is not installed. An admin can check the model folders with ${code('blitzbild doctor')}.`
          : say`${theModel(params)} lacks the file ${code(String(params['file']))}. An admin has to install the model again.`,
    model_broken: (params) =>
      say`the files of ${theModel(params)} are incomplete, damaged or do not belong together. An admin has to install the model again; ${code('blitzbild doctor')} names the file.`,
    model_unsupported: (params) =>
      say`${theModel(params)} is of a kind that is not supported. An admin has to choose another one; ${code('blitzbild doctor')} lists those that work.`,
    provider_unavailable: () =>
      say`the graphics card or the driver that was asked for is not usable. An admin can see the reason with ${code('blitzbild doctor')}, or allow ${code('cpu')} as well.`,
    not_a_number: (params) =>
      say`${theModel(params)} gave no picture, only invalid numbers: usually its float16 weights overflow. Try another ${code('--seed')}, a lower ${code('--guidance')} or another ${code('--model')}; where it happens again and again, an admin has to install the model's float32 export.`,
    out_of_memory: ({ neededGb, freeGb, ...params }) =>
      neededGb !== undefined && freeGb !== undefined
        ? say`${theModel(params)} needs ${neededGb} GB of memory and ${freeGb} GB are free. Choose a smaller one with ${code('--model')}, or try again when other programs have ended.`
        : say`the machine ran out of memory. Ask for a smaller picture with ${code('--size')}, or leave out ${code('--hq')}.`,
    image_store_full: ({ maxMb }) =>
      say`the space for pictures on this machine${maxMb === undefined ? '' : ` (${maxMb} MB)`} is used up. An admin has to delete old pictures or allow more space.`,
    disk_full: () => say`the disk of this machine is full, so nothing more can be kept. An admin has to make room; then ask once more.`,
    size_unsupported: () =>
      say`the model can't make pictures of this size. Leave out ${code('--size')} and ${code('--ar')} to get one that it can.`,
    restored: (_, { prefix }) =>
      say`the bot was restored from a backup in which the job had not ended yet. ${code(`${prefix} again`)} starts it once more.`,
    cancelled: (_, { prefix }) => say`it was cancelled. Type ${code(`${prefix} again`)} to start it once more.`,
    internal: (_, { prefix }) =>
      say`something went wrong inside the bot. Try it once more with ${code(`${prefix} again`)}; if it happens again, please tell whoever runs this bot and name the job.`,
  },
};
