/**
 * Text for a terminal. A prompt, a file name or a model's title may hold escape sequences that would move the cursor,
 * change the title or answer as if somebody had typed; here they become visible signs.
 */

const lineBreaks = /[\r\u2028\u2029\u0085]+\n?/gu;
// eslint-disable-next-line no-control-regex -- finding control characters is the point
const controls = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/gu;
/** They turn the direction of what follows; a terminal that obeys them shows another text than the one sent. */
const directions = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Keeps `\n`; every other control or direction character becomes a visible one, a tab becomes spaces. */
export function neutralise(text: string): string {
  return text
    .replace(lineBreaks, '\n')
    .replaceAll('\t', '    ')
    .replace(controls, (character) => {
      const code = character.codePointAt(0) ?? 0;
      if (code < 0x20) return String.fromCodePoint(0x2400 + code);
      return code === 0x7f ? '␡' : '\ufffd';
    })
    .replace(directions, '\ufffd');
}

/** One line of JSON that no terminal acts upon either; a program reads the exact text back. */
export function jsonLine(value: unknown): string {
  const escape = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value).replace(controls, escape).replace(directions, escape);
}
