import { errorCodes } from '#core/errors.ts';
import type { Text } from '#core/message-codes.ts';
import { catalogues } from '#core/messages.ts';
import type { Language } from '#core/types.ts';

/** Parameters that show their own names, so that the table reads as a template. */
const placeholders: Record<string, never> = new Proxy({}, { get: (_, name) => (typeof name === 'string' ? `‹${name}›` : undefined) });

const voices = { en: { language: 'en', prefix: '!img' }, de: { language: 'de', prefix: '!bild' } } as const;

const cell = (text: Text): string =>
  text
    .map((span) => (span.style === 'code' ? `\`${span.text}\`` : span.text))
    .join('')
    .replaceAll('|', '\\|')
    .replaceAll('\n', ' ');

function texts(language: Language): ReadonlyMap<string, string> {
  const { messages, failures } = catalogues[language];
  const codes = Object.keys(messages).filter((code) => code !== 'job_failed' && code !== 'engine_failed');
  return new Map([
    ...codes.map(
      (code) =>
        [
          code,
          cell((messages as Record<string, (params: object, voice: object) => Text>)[code]?.(placeholders, voices[language]) ?? []),
        ] as const,
    ),
    ...errorCodes.map((code) => [code, cell(failures[code](placeholders, voices[language]))] as const),
  ]);
}

/** Code, English and German of every message. */
export function messageTableMarkdown(): string {
  const [english, german] = [texts('en'), texts('de')];
  const rows = [...english].map(([code, text]) => `| \`${code}\` | ${text} | ${german.get(code) ?? ''} |`);
  return ['| Code | English | Deutsch |', '| --- | --- | --- |', ...rows].join('\n');
}
