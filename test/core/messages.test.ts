import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { errorCodes } from '#core/errors.ts';
import { limitTable, limitTableMarkdown, limits } from '#core/limits.ts';
import type { MessageCode, MessageParams } from '#core/message-codes.ts';
import { catalogues, failureMessage, message, plain } from '#core/messages.ts';
import { unreadableCauses } from '#core/incoming.ts';
import { english, german } from './sample.ts';

/** One of each, so that every text can be written out. */
const samples = {
  prompt_empty: {},
  prompt_minors: {},
  prompt_named_nudity: {},
  prompt_listed: { rule: '/guns?/' },
  prompt_warned: { rules: ['blood', 'war'] },
  prompt_names: { names: ['Mickey Mouse', 'Acme'], isNegative: true },
  picture_held_back: {
    picture: 'k7f3/A2',
    job: 'k7f3',
    why: { by: 'similarity', title: 'The Scream', rightsHolder: 'Munch Museum', similarity: 0.934, threshold: 0.85 },
  },
  pictures_held_back: { job: 'k7f3', held: 1, count: 4, first: 'k7f3/A2' },
  release_done: { picture: 'k7f3/A2' },
  release_not_held: { picture: 'k7f3/A2' },
  release_which: { job: 'k7f3', pictures: 'A2, A3' },
  held_none: {},
  held_more: { more: 3 },
  held_bot_admins_only: {},
  check_empty: {},
  check_outdated: {},
  check_unavailable: {},
  check_failed: {},
  prompt_too_long: { length: 10_240, limit: 2000 },
  negative_too_long: { length: 10_240, limit: 2000 },
  flag_unknown: { flag: '--stpes', suggestion: '--steps' },
  clip_skip: { flag: '--clip-skip' },
  flag_glued: { word: 'fox--n', before: 'fox', flag: '--n' },
  flag_twice: { flag: '--n' },
  value_missing: { flag: '--n', example: '--n 4' },
  value_unexpected: { flag: '--hq', value: '5' },
  whole_number_invalid: { flag: '--n', value: 'four', example: '4' },
  decimal_invalid: { flag: '--cfg', value: 'high', example: '7.5' },
  size_invalid: { flag: '--size', value: 'big' },
  ratio_invalid: { flag: '--ar', value: 'wideish' },
  topic_unknown: { topic: 'optoins', suggestion: 'options' },
  language_missing: {},
  language_unknown: { value: 'fr' },
  number_out_of_range: { flag: '--n', value: '0', min: 1, max: 20, example: '--n 1' },
  steps_out_of_range: { value: '99', max: 50, model: 'Mini', nearest: '50' },
  seed_out_of_range: { value: '-1', max: '4294967295' },
  seed_too_high_for_count: { seed: '4294967295', count: 2, highest: '4294967294' },
  size_and_ratio: { size: '256x256', ratio: '3:2' },
  size_not_made: { size: '1x1', model: 'Mini', sizes: '256×256', nearest: '256x256' },
  size_out_of_range: {
    size: '1x1',
    model: 'Mini',
    min: '256',
    max: '1024',
    multiple: 64,
    megapixels: 1.05,
    nearest: '256x256',
    enlarged: '×2, ×4',
    enlargedMegapixels: 16.78,
  },
  ratio_not_made: { ratio: '16:9', model: 'Mini', ratios: '1:1', nearest: '1:1' },
  guidance_unsupported: { flag: '--no', model: 'Turbo' },
  negative_needs_guidance: { guidance: '1' },
  model_unknown: { name: 'flux', models: 'mini, turbo' },
  queue_full: { waiting: 200, limit: 200 },
  person_queue_full: { waiting: 10, limit: 10 },
  unknown_job: { job: 'k7f3' },
  unknown_cell: { job: 'k7f3', cell: 'B3', last: 'A4' },
  not_your_job: { job: 'k7f3' },
  nothing_to_cancel: {},
  already_finished: { job: 'k7f3' },
  cancel_done: { jobs: 'k7f3', count: 1 },
  cancel_requested: { jobs: 'k7f3', count: 1 },
  nothing_to_repeat: {},
  nothing_to_show: {},
  job_failed: { job: 'k7f3', error: 'out_of_memory' },
  picture_not_delivered: { job: 'k7f3' },
  picture_over_limit: { job: 'k7f3', limitBytes: 20_000 },
  picture_uncertain: { job: 'k7f3' },
  answer_uncertain: { job: 'k7f3' },
  file_not_delivered: { name: 'styles.csv' },
  not_upscaled: { count: 1, images: 4, size: '256×256' },
  restarted: { job: 'k7f3' },
  prompt_truncated: { dropped: 'and so on' },
  subject_unknown: { things: 137, nearest: 'alarm clock, cup of coffee, soccer ball' },
  style_unknown: { name: 'waterfarbe', suggestion: 'watercolor' },
  style_name_invalid: { name: 'a/b', limit: 40 },
  style_name_reserved: { name: 'undo' },
  style_name_taken: { name: 'foto', by: 'photo' },
  style_title_invalid: { length: 70, limit: 60 },
  style_template_missing: { name: 'noir' },
  style_template_no_prompt: { template: 'oil on canvas' },
  style_template_two_prompts: { count: 2 },
  style_template_braces: { braces: '{style}' },
  style_template_too_long: { length: 2400, limit: 2000 },
  style_negative_braces: { braces: '{prompt}' },
  style_negative_too_long: { length: 2400, limit: 2000 },
  style_text_invisible: {},
  style_unchanged: { name: 'photo' },
  style_undo_nothing: { name: 'photo' },
  style_version_unknown: { name: 'photo', version: 9, newest: 3 },
  style_import_too_large: { megabytes: 5, limit: 1 },
  style_import_format: { name: 'styles.docx' },
  style_import_encoding: {},
  style_import_too_many: { count: 1200, limit: 1000 },
  style_import_csv_header: {},
  style_import_csv_quotes: { line: 12 },
  style_import_json: { line: 3 },
  style_import_json_shape: {},
  style_import_json_entry: {},
  style_import_yaml: { line: 3 },
  style_import_yaml_twice: { line: 3 },
  style_import_name_missing: {},
  style_import_duplicate: { name: 'photo', unit: 'line', first: 2 },
  style_key_unknown: { key: 'photo.promt', allowed: 'prompt, title', suggestion: 'prompt' },
  style_value_invalid: { key: 'photo.defaults.steps', field: 'steps' },
  plan_words_unreadable: { text: 'evry day 7:00', suggestion: 'every' },
  plan_words_left: { understood: 'every day 7:00', word: 'utnil', suggestion: 'until' },
  plan_time_missing: { days: 'every day' },
  plan_day_missing: { time: '07:00' },
  plan_time_invalid: { time: '25:00' },
  plan_cron_fields: { count: 6 },
  plan_cron_invalid: { field: 'hour', value: '25', allowed: '0–23', example: '7' },
  plan_never: { text: '30 February 9:00' },
  plan_past: { date: '2026-01-01', time: '09:00', now: '2026-11-23 12:00' },
  plan_once_one_time: { text: 'tomorrow 8:00 and 9:00' },
  plan_too_often: { text: '*/5 * * * *', limit: 15, example: 15 },
  plan_interval_uneven: { text: 'every 45 minutes', nearest: 60 },
  plan_over_midnight: { text: 'Mon-Fri every hour from 22 to 2' },
  time_zone_unknown: { name: 'Berlin', suggestion: 'Europe/Berlin' },
  plans_full: { limit: 10 },
  plans_none: {},
  plan_unknown: { plan: 3 },
  plan_not_yours: { plan: 3 },
  plan_paused: { plan: 3 },
  plan_paused_already: { plan: 3 },
  plan_resumed: { plan: 3, next: 'Tue 24 Nov 07:00' },
  plan_active_already: { plan: 3 },
  plan_over: { plan: 3 },
  plan_removed: { plan: 3 },
  plan_running_already: { plan: 3 },
  plan_missed: { plan: 3, count: 1, due: 'Mon 23 Nov 07:00' },
  plan_made_up: { plan: 3, count: 2, due: 'Mon 23 Nov 07:00' },
  plan_after_quiet: { plan: 3, count: 1, due: 'Mon 23 Nov 07:00' },
  plan_passed: { plan: 3, count: 8 },
  plan_skipped_quiet: { plan: 3, count: 1, due: 'Mon 23 Nov 07:00' },
  plan_still_waiting: { plan: 3, count: 1, due: 'Mon 23 Nov 07:00' },
  plan_stopped: { plan: 3, until: '06:00', finished: 12, count: 20 },
  factor_unknown: { value: 'x3' },
  edit_empty: {},
  which_picture: { job: 'k7f3', first: 'A1', last: 'D5' },
  picture_not_ready: { job: 'k7f3' },
  job_cut_short: { job: 'k7f3', made: 2, count: 4, first: 'A1' },
  strength_needs_picture: {},
  reply_no_picture: {},
  no_picture: {},
  picture_refused: { error: 'picture_animated' },
  upscaler_none: {},
  result_too_large: { size: '1024×1024', result: '8192×8192', megapixels: 36, instead: 'x4' },
  replay_other: { job: 'k7f3' },
  model_gone: { job: 'k7f3', model: 'turbo' },
  batch_too_large: { pictures: 120, variants: 6, limit: 100 },
  sheet_nothing: { job: 'k7f3' },
  job_files_gone: { job: 'k7f3' },
  zip_too_large: { job: 'k7f3', pictures: 100, megabytes: 612, limit: 500 },
  jobs_gathered: { count: 14, jobs: 'k7f3, m2p9', more: 2 },
  zip_ready: { job: 'k7f3', pictures: 20 },
  replay_identical: { pictures: 4, job: 'k7f3' },
  replay_not_compared: { job: 'k7f3' },
  replay_other_size: { job: 'k7f3', before: '1024×1024', now: '256×256' },
  replay_uncompared: { uncompared: 2, pictures: 4, job: 'k7f3' },
  replay_differs: { different: 2, pictures: 4, job: 'k7f3', model: true, provider: 'CUDA', most: 3 },
  enhanced: { contrast: [0.41, 0.82], sharpness: [0.1, 0.153] },
  enhance_unchanged: {},
  style_beyond_model: { styles: 'photo, comic', model: 'Mini' },
  ask_batch: { pictures: 40, eta: '2 min' },
  ask_confirm: {},
  nothing_asked: {},
  ask_not_yours: {},
  ask_dropped: {},
  styles_changed_since: {},
  admins_only: {},
  bot_admins_only: {},
  style_name_missing: { action: 'undo' },
  style_format_unknown: { value: 'xlsx' },
  style_rename_form: {},
  style_flag_unused: { flag: '--n' },
  style_file_missing: {},
  style_remove_asked: { name: 'photo' },
  style_rename_asked: { from: 'photo', to: 'studio' },
  style_saved: { name: 'photo', version: 3 },
  style_removed: { name: 'photo' },
  style_renamed: { from: 'photo', to: 'studio' },
  style_default_set: { name: 'photo' },
  style_default_off: {},
  styles_imported: { added: 12, changed: 3 },
  plan_number_missing: { action: 'pause' },
  plan_prompt_missing: { schedule: 'Mon-Fri 07:00' },
  found_none: { words: 'fog' },
  since_invalid: { value: 'someday' },
  star_added: { picture: 'k7f3/A2', stars: 3 },
  star_removed: { picture: 'k7f3/A2' },
  gallery_empty: {},
  quota_used_up: { whose: 'person', what: 'pictures', used: 498, limit: 500, asked: 4, freeIn: '3 h' },
  queue_paused: {},
  queue_resumed: {},
  queue_is_paused: {},
  limit_value_missing: { name: 'maxCount' },
  limit_unknown: { name: 'speed', names: 'maxCount, askAbove' },
  limit_out_of_range: { name: 'maxCount', value: 0, highest: 100 },
  limit_changed: { name: 'maxCount', value: 8 },
  model_used: { model: 'turbo' },
  time_zone_is: { zone: 'Europe/Berlin', now: '07:00' },
  quiet_is: { hours: '22:00–06:00' },
  quiet_off: {},
  quiet_invalid: { value: '25:00-06:00' },
  verify_begun: {},
  verify_not_picture: { kind: 'text' },
  verify_busy: { waiting: 8 },
  verify_too_slow: { seconds: 20 },
  marks_layer_unknown: { value: 'stamp' },
  marks_value_missing: { layer: 'watermark' },
  marks_always_on: { layer: 'caption' },
  marks_changed: { layer: 'watermark', on: false },
  marks_reset: {},
  retention_is: { days: 90, by: 'operator', posts: 'stay' },
  retention_set: { days: 30, by: 'room' },
  retention_invalid: { value: '0', mostDays: 3650 },
  retention_too_long: { mostDays: 180 },
  language_set: {},
  mydata_direct_only: {},
  mydata_too_large: { megabytes: 1200, limit: 1000 },
  mydata_ready: { jobs: 12, pictures: 40, missing: 2, part: 1, parts: 2 },
  forget_ask: { jobs: 12, open: 2, plans: 1 },
  forget_ask_posts: {},
  forget_ask_cannot: {},
  forgot: {},
  forgot_stopped: { jobs: 2 },
  forgot_rows: { jobs: 12, pictures: 40, plans: 1, files: 85 },
  forgot_posts: { gone: 30, hidden: 2, failed: 1, waiting: 4 },
  forgot_commands: { gone: 0, hidden: 0, failed: 12, waiting: 0 },
  forgot_media: { gone: 3, left: 27 },
  forgot_kept: { pictures: 2 },
  forgot_cleaned: { isClean: true },
  forgot_stays: {},
  message_unreadable: { cause: 'key_missing' },
  message_unprotected: {},
  engine_failed: { error: 'model_missing' },
} as const satisfies { readonly [Code in MessageCode]: MessageParams[Code] };

/** The other texts of codes that have several. */
const moreSamples: readonly { readonly [Code in MessageCode]: readonly [Code, MessageParams[Code]] }[MessageCode][] = [
  ['retention_is', { days: 0, by: 'older', posts: 'stay' }],
  ['retention_is', { days: 1, by: 'usual', posts: 'removed' }],
  ['retention_set', { days: 0, by: 'room' }],
  ['retention_set', { days: 90, by: 'operator' }],
  ['retention_too_long', { mostDays: 1 }],
  ['mydata_ready', { jobs: 1, pictures: 1, missing: 0, part: 1, parts: 1 }],
  ['mydata_ready', { jobs: 12, pictures: 40, missing: 2, part: 2, parts: 2 }],
  ['forget_ask', { jobs: 1, open: 0, plans: 0 }],
  ['forgot_rows', { jobs: 1, pictures: 0, plans: 0, files: 1 }],
  ['forgot_media', { gone: 30, left: 0 }],
  ['forgot_media', { gone: 0, left: 1 }],
  ['forgot_kept', { pictures: 1 }],
  ['forgot_cleaned', { isClean: false }],
  ['subject_unknown', { things: 137, examples: 'alarm clock, cup of coffee, soccer ball' }],
  ['subject_unknown', { things: 137, nearest: 'alarm clock, cup of coffee, soccer ball', larger: 'stable-diffusion-v1-5' }],
  ['subject_unknown', { things: 137, examples: 'alarm clock, cup of coffee, soccer ball', larger: 'stable-diffusion-v1-5' }],
  ['subject_unknown', { things: 1, nearest: 'alarm clock' }],
  ['style_unknown', { name: 'waterfarbe' }],
  ['style_import_json', {}],
  ['style_import_yaml', {}],
  ['style_import_yaml_twice', {}],
  ['style_key_unknown', { key: 'photo.promt', allowed: 'prompt, title' }],
  ['result_too_large', { size: '9000×9000', result: '18000×18000', megapixels: 36 }],
  ['batch_too_large', { pictures: 20, variants: 1, limit: 10 }],
  ['zip_ready', { job: 'k7f3', pictures: 1 }],
  ['replay_identical', { pictures: 1, job: 'k7f3' }],
  ['replay_uncompared', { uncompared: 1, pictures: 1, job: 'k7f3' }],
  ['replay_differs', { different: 1, pictures: 1, job: 'k7f3', model: false, provider: '', most: 255 }],
  ['replay_differs', { different: 1, pictures: 4, job: 'k7f3', model: false, provider: 'CUDA', most: 255 }],
  ['style_beyond_model', { styles: 'photo', model: 'Mini' }],
  ['ask_batch', { pictures: 1 }],
  ['styles_imported', { added: 1, changed: 0 }],
  ['found_none', { words: '' }],
  ['star_added', { picture: 'k7f3/A2', stars: 1 }],
  ['quota_used_up', { whose: 'room', what: 'seconds', used: 28_700, limit: 28_800, asked: 30_000 }],
  ['quota_used_up', { whose: 'person', what: 'seconds', used: 7190, limit: 7200, asked: 40, freeIn: '20 min' }],
  ['limit_unknown', { name: 'maxCont', names: 'maxCount, askAbove', suggestion: 'maxCount' }],
  ['picture_refused', { error: 'attachment_too_large', params: { maxMb: 20 } }],
  ['plan_words_unreadable', { text: 'frequently' }],
  ['plan_words_left', { understood: 'every day 7:00', word: 'pleas' }],
  ['verify_not_picture', { kind: 'empty' }],
  ['verify_not_picture', { kind: 'other' }],
  ['marks_always_on', { layer: 'xmp' }],
  ['marks_changed', { layer: 'prompt', on: true }],
  ['marks_changed', { layer: 'prompt', on: false }],
  ['marks_changed', { layer: 'manifest', on: true }],
  ['marks_changed', { layer: 'manifest', on: true, trouble: 'no_key' }],
  ['marks_changed', { layer: 'manifest', on: true, trouble: 'refused' }],
  ['marks_changed', { layer: 'manifest', on: true, trouble: 'expired' }],
  ['marks_changed', { layer: 'watermark', on: true, trouble: 'refused' }],
  ['prompt_names', { names: ['Mickey Mouse'], isNegative: false }],
  [
    'picture_held_back',
    { picture: 'k7f3/A2', job: 'k7f3', why: { by: 'similarity', title: 'The Scream', similarity: 1, threshold: 0.85 } },
  ],
  ['picture_held_back', { picture: 'k7f3/A2', job: 'k7f3', why: { by: 'classifier', label: 'nsfw', probability: 0.91, threshold: 0.8 } }],
  ['picture_held_back', { picture: 'k7f3/A2', job: 'k7f3', why: { by: 'unchecked', check: 'similarity' } }],
  ['picture_held_back', { picture: 'k7f3/A2', job: 'k7f3', why: { by: 'unchecked', check: 'classifier' } }],
  ['pictures_held_back', { job: 'k7f3', held: 3, count: 4, first: 'k7f3/A2' }],
  ['pictures_held_back', { job: 'k7f3', held: 4, count: 4, first: 'k7f3/A1' }],
  ['pictures_held_back', { job: 'k7f3', held: 1, count: 1, first: 'k7f3/A1' }],
  ['plan_cron_fields', { count: 4 }],
  ['plan_cron_invalid', { field: 'weekday', value: '9', allowed: '0–7, SUN–SAT', example: '1-5' }],
  ['time_zone_unknown', { name: 'Mars/Olympus' }],
  ['plan_missed', { plan: 3, count: 5, due: 'Mon 23 Nov 07:00' }],
  ['plan_after_quiet', { plan: 3, count: 5, due: 'Mon 23 Nov 07:00' }],
  ['plan_passed', { plan: 3, count: 1 }],
  ['plan_stopped', { plan: 3, until: '06:00', finished: 0, count: 1 }],
];

/** Values that choose a text instead of standing in it. */
const isKey = (value: string): boolean => ['person', 'room', 'pictures', 'seconds', ...errorCodes, ...unreadableCauses].includes(value);

const codes = Object.keys(samples) as readonly MessageCode[];
const written = (code: MessageCode, voice = english): string => plain(message(code, samples[code], voice));
/** Every text of a code in one language. */
const allWritten = (code: MessageCode, voice = english): readonly string[] => [
  written(code, voice),
  ...moreSamples.flatMap(([other, params]) => (other === code ? [plain(message(other, params, voice))] : [])),
];

describe('every text', () => {
  test('has a sample, and there are no others', () => {
    assert.deepEqual([...codes].sort(), Object.keys(catalogues.en.messages).sort());
    assert.deepEqual([...codes].sort(), Object.keys(catalogues.de.messages).sort());
  });

  for (const code of codes) {
    test(`${code} reads as a sentence in both languages`, () => {
      for (const voice of [english, german]) {
        for (const text of allWritten(code, voice)) {
          assert.match(text, /[.?…!]$/u);
          assert.doesNotMatch(text, /undefined|NaN|\[object|\s{2}|\s[.,:;?!](?:\s|$)/u);
          assert.ok(text.length < 260, `${text.length}: ${text}`);
        }
      }
      assert.notEqual(written(code, english), written(code, german));
    });

    test(`${code} tells its values`, () => {
      for (const value of Object.values(samples[code])) {
        if (typeof value !== 'string' || isKey(value)) continue;
        // The example of a value missing stands behind the flag; a low number is told by its word.
        assert.ok(
          written(code).includes(value) ||
            written(code).includes(value.replace(', ', ' or ')) ||
            written(code).includes(value.replace(/, ([^,]+)$/u, ' and $1')),
          `${value} in ${written(code)}`,
        );
      }
    });
  }

  test('is free of English in German and of the formal «Sie»', () => {
    for (const code of codes)
      for (const text of allWritten(code, german)) assert.doesNotMatch(text, /\b(the|you|please|Sie|Ihre?)\b(?! Bilder)/u, code);
  });

  test('commands in it carry the prefix', () => {
    assert.match(written('nothing_to_repeat', { ...english, prefix: '/draw' }), /\/draw again k7f3/u);
    assert.match(written('nothing_to_repeat', { ...german, prefix: '/mal' }), /\/mal nochmal k7f3/u);
  });
});

describe('sentences', () => {
  test('numbers are written as the language does', () => {
    assert.equal(written('prompt_too_long'), 'Your prompt is 10,240 characters long, and at most 2,000 are allowed: please shorten it.');
    assert.equal(written('prompt_too_long', german), 'Dein Prompt ist 10.240 Zeichen lang, erlaubt sind höchstens 2.000: Bitte kürze ihn.');
  });

  test('an unknown flag proposes a name, or the list', () => {
    assert.equal(written('flag_unknown'), "I don't know the option --stpes: did you mean --steps?");
    assert.equal(
      plain(message('flag_unknown', { flag: '--chaos' }, german)),
      'Die Option --chaos kenne ich nicht: !bild hilfe optionen zeigt alle, und was hinter -- steht, gehört immer zum Prompt.',
    );
  });

  test('every reason why a message stays encrypted has words of its own, and what to do', () => {
    for (const voice of [english, german]) {
      const told = unreadableCauses.map((cause) => plain(message('message_unreadable', { cause }, voice)));
      assert.equal(new Set(told).size, unreadableCauses.length);
      for (const text of told) assert.match(text, /\b(send (it|your message)|schick (sie|die Nachricht) noch einmal)/iu);
    }
  });

  test('one and several jobs', () => {
    assert.equal(written('cancel_done'), 'Job k7f3 cancelled.');
    assert.equal(plain(message('cancel_done', { jobs: 'k7f3, m2p4', count: 2 }, english)), '2 jobs (k7f3, m2p4) cancelled.');
    assert.equal(
      plain(message('cancel_requested', { jobs: 'k7f3', count: 1 }, german)),
      'Auftrag k7f3 stoppt nach dem laufenden Schritt …',
    );
    assert.equal(
      plain(message('cancel_requested', { jobs: 'k7f3, m2p4', count: 2 }, german)),
      '2 Aufträge (k7f3, m2p4) stoppen nach dem laufenden Schritt …',
    );
  });

  test('an unknown subject in two sentences, for somebody who does not run the bot', () => {
    const tell = (params: MessageParams['subject_unknown'], voice = english): string => plain(message('subject_unknown', params, voice));
    assert.equal(
      tell({ things: 137, nearest: 'fox, cat, dog' }),
      'This small model knows 137 things, and your prompt names none of them; the nearest are fox, cat and dog, and !img models lists all it knows. Whoever runs the bot can install a larger model: docs/models.md.',
    );
    assert.equal(
      tell({ things: 1, nearest: 'fox', larger: 'turbo' }),
      'This small model knows 1 thing, and your prompt does not name it; the nearest is fox, and !img models lists all it knows. For a larger model, add --model turbo.',
    );
    assert.match(tell({ things: 3, examples: 'fox, cat' }), /; it can draw, for example, fox and cat, and /u);
    assert.equal(
      tell({ things: 137, nearest: 'Fuchs, Katze, Hund' }, german),
      'Dieses kleine Modell kennt 137 Dinge, und dein Prompt nennt keines davon; am nächsten kommen Fuchs, Katze und Hund, die ganze Liste zeigt !bild modelle. Wer den Bot betreibt, kann ein größeres Modell einrichten: docs/models.md.',
    );
    assert.equal(
      tell({ things: 1, nearest: 'Fuchs', larger: 'turbo' }, german),
      'Dieses kleine Modell kennt 1 Ding, und dein Prompt nennt es nicht; am nächsten kommt Fuchs, die ganze Liste zeigt !bild modelle. Für ein größeres Modell schreib --model turbo dazu.',
    );
    assert.match(
      tell({ things: 3, examples: 'Fuchs, Katze' }, german),
      /; zeichnen kann es zum Beispiel Fuchs und Katze, die ganze Liste /u,
    );
  });

  test('what somebody typed is never markup of ours', () => {
    const spans = message('value_unexpected', { flag: '--hq', value: '`<b>**x**' }, english);
    assert.deepEqual(
      spans.filter((span) => span.text.includes('<b>')),
      [{ text: '`<b>**x**', style: 'code' }],
    );
  });
});

describe('every breakage', () => {
  for (const error of errorCodes) {
    test(`${error} says what happened and what to do`, () => {
      for (const voice of [english, german]) {
        const text = plain(failureMessage({ error }, voice));
        assert.ok(text.split(/[.;] /u).length >= 2, text);
        assert.doesNotMatch(text, /undefined|NaN|\s{2}/u);
      }
      assert.match(plain(message('job_failed', { job: 'k7f3', error }, english)), /^Job k7f3 failed: [a-z]/u);
      assert.match(plain(message('job_failed', { job: 'k7f3', error }, german)), /^Auftrag k7f3 ist gescheitert: [A-ZÄÖÜ]/u);
    });
  }

  test('names the model it knows', () => {
    assert.match(
      plain(failureMessage({ error: 'model_broken', params: { model: 'turbo' } }, english)),
      /^the files of the model turbo are incomplete/u,
    );
    assert.match(
      plain(failureMessage({ error: 'model_broken', params: { model: 'turbo' } }, german)),
      /^Die Dateien des Modells turbo sind/u,
    );
  });

  test('tells a model without an image encoder from one that is not there', () => {
    const failure = { error: 'model_missing', params: { model: 'turbo', file: 'vae_encoder' } } as const;
    assert.match(plain(failureMessage(failure, english)), /^the model turbo can't start from a picture: .* no image encoder/u);
    assert.match(plain(failureMessage(failure, german)), /^Das Modell turbo kann nicht von einem Bild ausgehen: /u);
  });

  test('a model that lacks a file is installed all the same', () => {
    const failure = { error: 'model_missing', params: { model: 'turbo', file: 'tokenizer_2/vocab.json' } } as const;
    assert.match(plain(failureMessage(failure, english)), /^the model turbo lacks the file tokenizer_2\/vocab\.json\. An admin/u);
    assert.match(plain(failureMessage(failure, german)), /^Das Modell turbo hat die Datei tokenizer_2\/vocab\.json nicht\. Ein Admin/u);
  });

  test('invalid numbers: their cause and their cure, without a command that only the chat has', () => {
    const failure = { error: 'not_a_number', params: { model: 'turbo' } } as const;
    for (const voice of [english, german])
      assert.match(plain(failureMessage(failure, voice)), /turbo .*float16.*--seed.*--guidance.*--model.*float32/u);
  });

  test('names sizes where it knows them', () => {
    const tell = (params: Readonly<Record<string, number>>, voice = english): string =>
      plain(message('picture_refused', { error: 'picture_too_large', params }, voice));
    const params = { widthPx: 20_000, heightPx: 20_000, maxPixels: 40_000_000 };
    assert.equal(
      tell(params),
      "I can't use this file: the picture has 20000×20000 pixels, and at most 40 megapixels are allowed. Send a smaller one.",
    );
    assert.equal(
      tell(params, german),
      'Diese Datei kann ich nicht nehmen: Das Bild hat 20000×20000 Pixel, erlaubt sind höchstens 40 Megapixel. Schick ein kleineres.',
    );
    assert.equal(tell({}), "I can't use this file: the picture has too many pixels. Send a smaller one.");
  });

  test('shows no technical detail', () => {
    const params = { model: 'turbo', detail: '/srv/models/turbo: ENOENT', reason: 'SIGSEGV' };
    for (const error of errorCodes) {
      for (const voice of [english, german]) assert.doesNotMatch(plain(failureMessage({ error, params }, voice)), /srv|ENOENT|SIGSEGV/u);
    }
  });
});

describe('limits', () => {
  test('are the table’s values', () => {
    assert.equal(limits.maxCount, limitTable.maxCount.value);
    assert.equal(Object.keys(limits).length, Object.keys(limitTable).length);
  });

  test('become a table for the documentation', () => {
    assert.match(
      limitTableMarkdown('en'),
      /^\| `maxCount` \| 20 \| yes \| pictures of one command, of each style and word in braces \|$/mu,
    );
    assert.match(limitTableMarkdown('de'), /^\| `maxSeed` \| 4294967295 \| nein \| größter Seed/mu);
  });
});
