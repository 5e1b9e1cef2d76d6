/** Our own file, which holds everything. Its shape is in core, see style-schema.ts. */
import { isScalar, LineCounter, parseDocument, stringify, visit } from 'yaml';
import { refuse } from '#core/problem.ts';
import type { StyleImport } from '#core/style-import.ts';
import { readStyles, toStylesFile } from '#core/style-schema.ts';
import type { NamedStyle } from '#core/styles.ts';

/** Deeper than any style: a parser takes seconds for a file of nothing else. */
const tooDeep = /(?:[[{]\s*){100}|(?:[-?][ \t]+){100}/u;

export function readStylesYaml(written: string): StyleImport {
  const nothing = { format: 'yaml', leftOut: 0, unused: [] } as const;
  const failed = (code: 'style_import_yaml' | 'style_import_yaml_twice', line?: number): StyleImport => {
    const { problem } = refuse(code, line === undefined ? {} : { line });
    return { ...nothing, styles: [], problems: [{ place: {}, problem }] };
  };
  if (tooDeep.test(written)) return failed('style_import_yaml');
  try {
    const lineCounter = new LineCounter();
    // Its own search for keys that stand twice compares each with each: minutes for a file of nothing else.
    const document = parseDocument(written, { logLevel: 'error', uniqueKeys: false, lineCounter });
    const [error] = document.errors;
    if (error !== undefined) return failed('style_import_yaml', error.linePos?.[0].line);
    const twice = keyThatStandsTwice(document);
    if (twice !== undefined) return failed('style_import_yaml_twice', lineCounter.linePos(twice).line);
    return { ...nothing, ...readStyles(document.toJS() as unknown) };
  } catch {
    return failed('style_import_yaml');
  }
}

/** Where it stands for the second time, counted in characters from the start of the file. */
function keyThatStandsTwice(document: ReturnType<typeof parseDocument>): number | undefined {
  let found: number | undefined;
  visit(document, {
    Map(_, { items }) {
      const known = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        if (known.has(key.value)) {
          found = key.range?.[0] ?? 0;
          return visit.BREAK;
        }
        known.add(key.value);
      }
      return undefined;
    },
  });
  return found;
}

/** Long templates stay on one line, so that a diff shows what changed. */
export const writeStylesYaml = (styles: readonly NamedStyle[]): string => stringify(toStylesFile(styles), { lineWidth: 0 });
