/**
 * The line, from 1, on which a quoted field begins that is not closed as it should be, or on which a quote stands inside a field
 * without quotes. The parser names the line where it notices, often far below. `undefined` where all quotes are right.
 * @param text with `\n` as the end of a line
 */
export function brokenQuoteLine(text: string, delimiter: string): number | undefined {
  let line = 1;
  let openedAt: number | undefined;
  let isFieldEmpty = true;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (openedAt !== undefined) {
      if (character === '"' && text[at + 1] === '"') at++;
      else if (character === '"') {
        const [rest = ''] = text.slice(at + 1, at + 200).match(/^[ \t]*./su) ?? [];
        if (rest !== '' && !rest.endsWith(delimiter) && !rest.endsWith('\n')) return openedAt;
        openedAt = undefined;
        isFieldEmpty = false;
      } else if (character === '\n') line++;
    } else if (character === '"') {
      if (!isFieldEmpty) return line;
      openedAt = line;
    } else if (character === '\n' || character === delimiter) {
      isFieldEmpty = true;
      if (character === '\n') line++;
    } else if (character !== ' ') isFieldEmpty = false;
  }
  return openedAt;
}
