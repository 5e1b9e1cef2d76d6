import { errorCodes } from '#core/errors.ts';
import type { Text } from '#core/message-codes.ts';
import { catalogues } from '#core/messages.ts';
import type { Language } from '#core/types.ts';

/** Values that decide what is said, or that are written as numbers: these stand in the table as an example. */
const examples: Readonly<Record<string, object>> = {
  result_too_large: { megapixels: 36 },
  picture_too_large: { maxPixels: 40_000_000 },
  picture_over_limit: { limitBytes: 1_000_000 },
  message_unreadable: { cause: 'key_missing' },
  enhanced: { contrast: [0.52, 0.9], sharpness: [2.1, 3.4] },
  quota_used_up: { whose: 'person', what: 'pictures' },
  style_name_missing: { action: 'show' },
  style_value_invalid: { field: 'steps' },
  style_import_duplicate: { unit: 'entry' },
  picture_held_back: { why: { by: 'similarity', title: '‹title›', rightsHolder: '‹rights holder›', similarity: 0.93, threshold: 0.85 } },
  pictures_held_back: { held: 1, count: 4 },
  prompt_names: { names: ['‹name›'], isNegative: true },
  prompt_warned: { rules: ['‹word›'] },
  verify_not_picture: { kind: 'text' },
  marks_value_missing: { layer: 'watermark' },
  marks_always_on: { layer: 'caption' },
  marks_changed: { layer: 'watermark', on: false },
  retention_is: { by: 'operator', posts: 'stay' },
  retention_set: { by: 'room' },
  plan_number_missing: { action: 'pause' },
  plan_cron_invalid: { field: 'hour' },
  plan_too_often: { example: 15 },
  plan_interval_uneven: { nearest: 60 },
};

/** All other parameters show their own names, so that the table reads as a template. */
const parametersOf = (code: string): Record<string, never> =>
  new Proxy(
    { ...examples[code] },
    { get: (known, name) => (typeof name === 'string' ? (Reflect.get(known, name) ?? `‹${name}›`) : undefined) },
  );

const voices = { en: { language: 'en', prefix: '!img' }, de: { language: 'de', prefix: '!bild' } } as const;

const cell = (text: Text): string =>
  text
    .map((span) => (span.style === 'code' ? `\`${span.text}\`` : span.text))
    .join('')
    .replaceAll('|', '\\|')
    .replaceAll('\n', ' ');

/** They end in one of the texts of a breakage, which have rows of their own. */
const carriesFailure: ReadonlySet<string> = new Set(['job_failed', 'engine_failed', 'picture_refused']);

function texts(language: Language): ReadonlyMap<string, string> {
  const { messages, failures } = catalogues[language];
  const codes = Object.keys(messages).filter((code) => !carriesFailure.has(code));
  return new Map([
    ...codes.map(
      (code) =>
        [
          code,
          cell((messages as Record<string, (params: object, voice: object) => Text>)[code]?.(parametersOf(code), voices[language]) ?? []),
        ] as const,
    ),
    ...errorCodes.map((code) => [code, cell(failures[code](parametersOf(code), voices[language]))] as const),
  ]);
}

/** Code, English and German of every message. */
export function messageTableMarkdown(): string {
  const [english, german] = [texts('en'), texts('de')];
  const rows = [...english].map(([code, text]) => `| \`${code}\` | ${text} | ${german.get(code) ?? ''} |`);
  return ['| Code | English | Deutsch |', '| --- | --- | --- |', ...rows].join('\n');
}
