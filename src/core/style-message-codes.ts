/** What is said about styles and their files: codes and what each needs. */
import type { StyleKey } from '#core/style-keys.ts';

type None = Readonly<Record<string, never>>;

export type StyleMessageParams = {
  // ---------------------------------------------------------------- styles
  readonly style_unknown: { readonly name: string; readonly suggestion?: string };
  readonly style_name_invalid: { readonly name: string; readonly limit: number };
  readonly style_name_reserved: { readonly name: string };
  readonly style_name_taken: { readonly name: string; readonly by: string };
  readonly style_title_invalid: { readonly length: number; readonly limit: number };
  readonly style_template_missing: { readonly name: string };
  readonly style_template_no_prompt: { readonly template: string };
  readonly style_template_two_prompts: { readonly count: number };
  /** The braces as they were typed. */
  readonly style_template_braces: { readonly braces: string };
  readonly style_template_too_long: { readonly length: number; readonly limit: number };
  readonly style_negative_braces: { readonly braces: string };
  readonly style_negative_too_long: { readonly length: number; readonly limit: number };
  readonly style_text_invisible: None;
  readonly style_unchanged: { readonly name: string };
  readonly style_undo_nothing: { readonly name: string };
  readonly style_version_unknown: { readonly name: string; readonly version: number; readonly newest: number };
  // ---------------------------------------------------------------- files of styles
  /** In megabytes. */
  readonly style_import_too_large: { readonly megabytes: number; readonly limit: number };
  readonly style_import_format: { readonly name: string };
  readonly style_import_encoding: None;
  readonly style_import_too_many: { readonly count: number; readonly limit: number };
  readonly style_import_csv_header: None;
  readonly style_import_csv_quotes: { readonly line: number };
  readonly style_import_json: { readonly line?: number };
  readonly style_import_json_shape: None;
  readonly style_import_json_entry: None;
  readonly style_import_yaml: { readonly line?: number };
  readonly style_import_yaml_twice: { readonly line?: number };
  readonly style_import_name_missing: None;
  /** Where the first is. */
  readonly style_import_duplicate: { readonly name: string; readonly unit: 'line' | 'entry'; readonly first: number };
  /** `key`: with what it stands in, such as `photo.defaults.stpes`. `allowed`: a list such as `size, steps`. */
  readonly style_key_unknown: { readonly key: string; readonly allowed: string; readonly suggestion?: string };
  readonly style_value_invalid: { readonly key: string; readonly field: StyleKey };
};
