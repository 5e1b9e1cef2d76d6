/**
 * `styles.csv` as AUTOMATIC1111's web UI and Forge write it: `name,prompt,negative_prompt` with a byte order mark, CRLF, and quotes
 * where needed (Python's csv). Older files have `name,text`; spreadsheets of some countries write `;`. Format as that program's
 * modules/styles.py reads and saves it.
 */
import { CsvError, parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { refuse, type Problem } from '#core/problem.ts';
import type { StyleImport } from '#core/style-import.ts';
import type { NamedStyle } from '#core/styles.ts';
import { brokenQuoteLine } from '#src/styles/csv-quotes.ts';
import { collect } from '#src/styles/foreign-entry.ts';
import { foreignName } from '#src/styles/lost.ts';

const delimiters = [',', ';', '\t'] as const;
const columns = ['name', 'prompt', 'negative_prompt'] as const;

type CsvRow = { readonly record: readonly string[]; readonly info: { readonly lines: number } };

export function readStylesCsv(written: string): StyleImport {
  const text = written.replace(/^\ufeff/u, '').replaceAll(/\r\n?/gu, '\n');
  const delimiter = delimiterOf(text);
  let rows: readonly CsvRow[];
  try {
    rows = parse(text, {
      delimiter,
      relax_column_count: true,
      skip_empty_lines: true,
      ltrim: true,
      info: true,
    }) as unknown as readonly CsvRow[];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = brokenQuoteLine(text, delimiter) ?? Number(error['lines'] ?? 1);
    return failed(refuse('style_import_csv_quotes', { line }).problem);
  }
  const [head, ...entries] = rows;
  const names = (head?.record ?? []).map((name) => name.trim().toLowerCase());
  const column = {
    name: names.indexOf('name'),
    prompt: firstIndex(names, 'prompt', 'text'),
    negative: firstIndex(names, 'negative_prompt', 'negative prompt'),
  };
  if (column.name === -1 || column.prompt === -1) return failed(refuse('style_import_csv_header', {}).problem);
  const cell = (record: readonly string[], at: number): string => (at === -1 ? '' : (record[at] ?? ''));
  const read = entries.map(({ record, info }) => ({
    name: cell(record, column.name),
    prompt: cell(record, column.prompt),
    negativePrompt: cell(record, column.negative),
    // `lines` is that of its end.
    place: { line: info.lines - record.join('').split('\n').length + 1 },
  }));
  const used: readonly number[] = Object.values(column);
  return { format: 'csv', ...collect(read), unused: names.filter((name, index) => name !== '' && !used.includes(index)) };
}

const failed = (problem: Problem): StyleImport => ({
  format: 'csv',
  styles: [],
  problems: [{ place: {}, problem }],
  leftOut: 0,
  unused: [],
});

const firstIndex = (names: readonly string[], ...wanted: readonly string[]): number => names.findIndex((name) => wanted.includes(name));

/** The one that makes the first line a heading. */
function delimiterOf(text: string): string {
  const [line = ''] = text.split('\n', 1);
  return (
    delimiters.find((delimiter) => line.split(delimiter).some((name) => /^\s*"?name"?\s*$/iu.test(name)) && line.includes(delimiter)) ?? ','
  );
}

/** Just as A1111 saves it. */
export function writeStylesCsv(styles: readonly NamedStyle[]): string {
  const rows = styles.map((named) => [foreignName(named), named.style.prompt, named.style.negativePrompt]);
  return stringify([[...columns], ...rows], { bom: true, record_delimiter: 'windows' });
}
