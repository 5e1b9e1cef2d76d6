/** Files of styles: A1111's `styles.csv`, Fooocus' `sdxl_styles` JSON and our own YAML. Text in, text out; nothing is opened here. */
import { refuse, type Problem } from '#core/problem.ts';
import { cleanText, clip } from '#core/prompt-text.ts';
import {
  maxImportedStyles,
  maxStyleFileBytes,
  type StyleExport,
  type StyleFiles,
  type StyleFormat,
  type StyleImport,
} from '#core/style-import.ts';
import { mergeStyle } from '#core/style-edit.ts';
import type { NamedStyle } from '#core/styles.ts';
import { readStylesCsv, writeStylesCsv } from '#src/styles/a1111-csv.ts';
import { readStylesJson, writeStylesJson } from '#src/styles/fooocus-json.ts';
import { readStylesYaml, writeStylesYaml } from '#src/styles/styles-yaml.ts';
import { lostIn } from '#src/styles/lost.ts';

const readers = { csv: readStylesCsv, json: readStylesJson, yaml: readStylesYaml } as const satisfies Record<
  StyleFormat,
  (text: string) => StyleImport
>;

const files = {
  csv: { fileName: 'styles.csv', mimeType: 'text/csv', write: writeStylesCsv },
  json: { fileName: 'sdxl_styles_blitzbild.json', mimeType: 'application/json', write: writeStylesJson },
  yaml: { fileName: 'styles.yaml', mimeType: 'application/yaml', write: writeStylesYaml },
} as const satisfies Record<StyleFormat, unknown>;

export const styleFiles: StyleFiles = {
  read: ({ name, bytes }, limits) => {
    const format = formatOf(name);
    if (bytes.byteLength > maxStyleFileBytes) {
      return failed(
        format,
        refuse('style_import_too_large', { megabytes: megabytes(bytes.byteLength), limit: megabytes(maxStyleFileBytes) }).problem,
      );
    }
    if (format === undefined) return failed(format, refuse('style_import_format', { name: clip(cleanText(name), 60) }).problem);
    const text = decode(bytes);
    if (text === undefined) return failed(format, refuse('style_import_encoding', {}).problem);
    const read = readers[format](text);
    const count = read.styles.length;
    if (count > maxImportedStyles) return failed(format, refuse('style_import_too_many', { count, limit: maxImportedStyles }).problem);
    return checked(read, limits);
  },
  write: (styles: readonly NamedStyle[], format: StyleFormat): StyleExport => {
    const { fileName, mimeType, write } = files[format];
    return { fileName, mimeType, text: write(styles), lost: format === 'yaml' ? [] : lostIn(styles) };
  },
};

const extensions: ReadonlyMap<string, StyleFormat> = new Map([
  ['csv', 'csv'],
  ['json', 'json'],
  ['yaml', 'yaml'],
  ['yml', 'yaml'],
]);

const formatOf = (name: string): StyleFormat | undefined => extensions.get(/\.([a-z]+)$/u.exec(name.toLowerCase())?.[1] ?? '');

const megabytes = (bytes: number): number => Math.round(bytes / 100_000) / 10;

const failed = (format: StyleFormat | undefined, problem: Problem): StyleImport => ({
  format: format ?? 'csv',
  styles: [],
  problems: [{ place: {}, problem }],
  leftOut: 0,
  unused: [],
});

/** UTF-8, or UTF-16 with its mark, as spreadsheets write it; `undefined` for anything else. */
function decode(bytes: Uint8Array): string | undefined {
  const isLittle = bytes[0] === 0xff && bytes[1] === 0xfe;
  const isBig = bytes[0] === 0xfe && bytes[1] === 0xff;
  try {
    const text = new TextDecoder(isLittle ? 'utf-16le' : isBig ? 'utf-16be' : 'utf-8', { fatal: true }).decode(bytes);
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}

/** Only those that could be kept as they are; each of the others has its problem, in the order of the file. */
function checked(read: StyleImport, limits: Parameters<StyleFiles['read']>[1]): StyleImport {
  const results = read.styles.map((style) => ({ style, result: mergeStyle(style.name, undefined, style.edit, limits) }));
  const refused = results.flatMap(({ style: { place }, result }) => (result.ok ? [] : [{ place, problem: result.problem }]));
  return {
    ...read,
    styles: results.flatMap(({ style, result }) => (result.ok ? [style] : [])),
    problems: [...read.problems, ...refused].sort((a, b) => positionOf(a) - positionOf(b)),
  };
}

const positionOf = ({ place: { line, entry } }: StyleImport['problems'][number]): number => line ?? entry ?? 0;
