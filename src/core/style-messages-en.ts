/** What the bot says in English about styles and their files. */
import { formatAll, phraseIn } from '#core/format.ts';
import type { Catalogue } from '#core/message-codes.ts';
import { bold, code } from '#core/rich-text.ts';
import { allowedAt } from '#core/style-keys.ts';
import type { StyleMessageParams } from '#core/style-message-codes.ts';

const say = phraseIn('en');
/** A list such as `size, steps` as a whole. */
const allOf = (list: string): string => formatAll(list.split(', '), 'en');

export const englishStyles: Pick<Catalogue['messages'], keyof StyleMessageParams> = {
  style_unknown: ({ name, suggestion }, { prefix }) =>
    suggestion === undefined
      ? say`There is no style ${code(name)}: ${code(`${prefix} styles`)} lists them all.`
      : say`There is no style ${code(name)}: did you mean ${code(suggestion)}? ${code(`${prefix} styles`)} lists them all.`,
  style_name_invalid: ({ name, limit }) =>
    say`${code(name)} can't be the name of a style: it takes 1 to ${limit} letters, digits, spaces and dashes, such as ${code('oil painting')}.`,
  style_name_reserved: ({ name }) =>
    say`${code(name)} can't be the name of a style, because it is a command behind ${code('style')}: take another, such as ${code(`${name} look`)}.`,
  style_name_taken: ({ name, by }) =>
    say`The style ${bold(by)} has the name ${code(name)} already: take another name, or change that style.`,
  style_title_invalid: ({ length, limit }) => say`The title has ${length} characters, and 1 to ${limit} are allowed.`,
  style_template_missing: ({ name }, { prefix }) =>
    say`The new style ${bold(name)} needs a template: type ${code(`${prefix} style set "${name}" "{prompt}, oil on canvas"`)}.`,
  style_template_no_prompt: ({ template }) =>
    say`The template says nowhere where the prompt goes: put ${code('{prompt}')} into it once, such as ${code(`{prompt}, ${template}`)}.`,
  style_template_two_prompts: ({ count }) =>
    say`${code('{prompt}')} is in the template ${count} times, and a template takes it exactly once: leave the others out.`,
  style_template_braces: ({ braces }) =>
    say`The template holds ${code(braces)}, and the only braces it takes are ${code('{prompt}')}, exactly once: write the other words without braces.`,
  style_template_too_long: ({ length, limit }) =>
    say`The template is ${length} characters long, and at most ${limit} are allowed: please shorten it.`,
  style_negative_braces: ({ braces }) =>
    say`The negative prompt holds ${code(braces)}: it takes words alone, and what people type behind ${code('--no')} is put in front of it.`,
  style_negative_too_long: ({ length, limit }) =>
    say`The negative prompt is ${length} characters long, and at most ${limit} are allowed: please shorten it.`,
  style_text_invisible: () =>
    say`The text of the style holds characters that can't be seen, such as a line end or one that turns the writing around: type it anew on one line.`,
  style_unchanged: ({ name }) => say`The style ${bold(name)} is exactly like that already: there is nothing to change.`,
  style_undo_nothing: ({ name }) => say`The style ${bold(name)} has no earlier version that could come back.`,
  style_version_unknown: ({ name, version, newest }) =>
    say`The style ${bold(name)} has no version ${version}: its versions go from 1 to ${newest}.`,

  style_import_too_large: ({ megabytes, limit }) =>
    say`The file has ${megabytes} MB, and a file of styles may have at most ${limit} MB: take the styles you need into a smaller one.`,
  style_import_format: ({ name }) =>
    say`${code(name)} is no file of styles that I know: it must be a ${code('styles.csv')} (A1111), a ${code('.json')} (Fooocus) or a ${code('.yaml')} of ours.`,
  style_import_encoding: () => say`The file is not UTF-8 text: save it as UTF-8 (in a spreadsheet: «CSV UTF-8») and send it again.`,
  style_import_too_many: ({ count, limit }) => say`The file holds ${count} styles, and at most ${limit} are taken at once: split it.`,
  style_import_csv_header: () => say`The first line of the CSV must name its columns: ${code('name,prompt,negative_prompt')}.`,
  style_import_csv_quotes: ({ line }) =>
    say`The quotes of the CSV are broken from line ${line} on: close the field with ${code('"')} and write a quote inside it as ${code('""')}. Nothing was imported.`,
  style_import_json: ({ line }) =>
    line === undefined
      ? say`The file is not valid JSON: check where it ends. Nothing was imported.`
      : say`The file is not valid JSON at line ${line}: check the commas, quotes and brackets there. Nothing was imported.`,
  style_import_json_shape: () =>
    say`The JSON must be a list of styles as Fooocus has it: ${code('[{"name": "…", "prompt": "…", "negative_prompt": "…"}]')}.`,
  style_import_json_entry: () =>
    say`This entry must have a ${code('"name"')}, and its ${code('"prompt"')} and ${code('"negative_prompt"')} must be text.`,
  style_import_yaml: ({ line }) =>
    line === undefined
      ? say`The file is not valid YAML. Nothing was imported.`
      : say`The file is not valid YAML at line ${line}: check the indentation and quotes there. Nothing was imported.`,
  style_import_yaml_twice: ({ line }) =>
    line === undefined
      ? say`A key of the YAML is there twice: keep one of the two. Nothing was imported.`
      : say`A key of the YAML is there for the second time at line ${line}: keep one of the two. Nothing was imported.`,
  style_import_name_missing: () => say`This style has no name: write one in front of its template.`,
  style_import_duplicate: ({ name, unit, first }) =>
    say`${code(name)} is there already in ${unit} ${first}, and the first one counts: give this one another name.`,
  style_key_unknown: ({ key, allowed, suggestion }) =>
    suggestion === undefined
      ? say`${code(key)} is not known: allowed there are ${allOf(allowed)}.`
      : say`${code(key)} is not known: did you mean ${code(suggestion)}? Allowed there are ${allOf(allowed)}.`,
  style_value_invalid: ({ key, field }) => say`${code(key)} is missing or wrong: it must be ${allowedAt(field, 'en')}.`,
};
