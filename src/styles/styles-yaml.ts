/** Our own file, which holds everything. Its shape is in core, see style-schema.ts. */
import { parse, stringify, YAMLParseError } from 'yaml';
import { refuse } from '#core/problem.ts';
import type { StyleImport } from '#core/style-import.ts';
import { readStyles, toStylesFile } from '#core/style-schema.ts';
import type { NamedStyle } from '#core/styles.ts';

export function readStylesYaml(written: string): StyleImport {
  const nothing = { format: 'yaml', leftOut: 0, unused: [] } as const;
  try {
    return { ...nothing, ...readStyles(parse(written, { logLevel: 'error' })) };
  } catch (error) {
    const [position] = error instanceof YAMLParseError ? (error.linePos ?? []) : [];
    const isTwice = error instanceof YAMLParseError && error.code === 'DUPLICATE_KEY';
    const at = position === undefined ? {} : { line: position.line };
    const { problem } = isTwice ? refuse('style_import_yaml_twice', at) : refuse('style_import_yaml', at);
    return { ...nothing, styles: [], problems: [{ place: {}, problem }] };
  }
}

/** Long templates stay on one line, so that a diff shows what changed. */
export const writeStylesYaml = (styles: readonly NamedStyle[]): string => stringify(toStylesFile(styles), { lineWidth: 0 });
