import type { BenchOutcome } from './bench.ts';
import type { BenchRow } from './row.ts';

export type Section = {
  readonly name: string;
  readonly title: string;
  readonly outcome: BenchOutcome | { readonly failure: string };
  readonly seconds: number;
};

/** The whole of docs/benchmarks.md. */
export const benchmarksPage = (machine: Machine, sections: readonly Section[]): string =>
  benchPage(
    {
      heading: 'Benchmarks',
      paragraphs: [
        'Written by `npm run bench`, which measures all of this anew (`npm run bench -- --large` for what is marked as such). Targets are upper bounds; one that was not met says so.',
      ],
      command: 'npm run bench --',
    },
    machine,
    sections,
  );

type Machine = readonly (readonly [string, string])[];

export type PageText = {
  readonly heading: string;
  readonly paragraphs: readonly string[];
  /** What measures one section again, before `--only NAME`. */
  readonly command: string;
};

/** A page of results: what they are, the machine, what was not met, then the sections. */
export const benchPage = ({ heading, paragraphs, command }: PageText, machine: Machine, sections: readonly Section[]): string =>
  [
    `# ${heading}`,
    ...paragraphs,
    table(['This machine', ''], machine),
    summary(sections),
    ...sections.flatMap((section) => sectionOf(section, command)),
  ].join('\n\n') + '\n';

/** One section for a terminal. */
export function printed({ outcome, seconds, name }: Section): string {
  const tail = `(${name}, ${seconds.toFixed(0)} s)`;
  if ('failure' in outcome) return `  FAILED: ${outcome.failure} ${tail}\n`;
  if ('skip' in outcome) return `  skipped: ${outcome.skip} ${tail}\n`;
  const lines = outcome.rows.map(
    (row) => `  ${shown(row).padStart(12)}  ${row.name}${row.target === undefined ? '' : ` (${verdict(row)})`}`,
  );
  return [...lines, `  ${tail}`, ''].join('\n');
}

function summary(sections: readonly Section[]): string {
  const bounded = sections.flatMap(({ title, outcome }) =>
    'rows' in outcome ? outcome.rows.filter(({ target }) => target !== undefined).map((row) => ({ title, row })) : [],
  );
  const missed = bounded.filter(({ row }) => !isMet(row));
  const lines = [
    ...missed.map(({ title, row }) => `- not met: ${title}: ${row.name}, ${shown(row)}`),
    ...sections.flatMap(({ title, outcome }) => {
      if ('skip' in outcome) return [`- skipped: ${title}: ${outcome.skip}`];
      return 'failure' in outcome ? [`- could not be measured: ${title}: ${outcome.failure}`] : [];
    }),
  ];
  const count = `**${bounded.length - missed.length} of ${bounded.length} targets met.**`;
  return lines.length === 0 ? count : `${count}\n\n${lines.join('\n')}`;
}

function sectionOf({ title, outcome, name, seconds }: Section, command: string): readonly string[] {
  const heading = `## ${title}`;
  if ('skip' in outcome) return [heading, `Skipped: ${outcome.skip}.`];
  if ('failure' in outcome) return [heading, `Could not be measured: ${outcome.failure}`];
  const cells = outcome.rows.map((row) => [
    row.name,
    shown(row),
    row.target === undefined ? '' : `≤ ${shown({ ...row, value: row.target })}`,
    row.target === undefined ? '' : verdict(row),
    row.note ?? '',
  ]);
  const remark = outcome.remark === undefined ? [] : [outcome.remark];
  return [
    heading,
    table(['What', 'Value', 'Target', 'Met', 'Note'], cells),
    ...remark,
    `_\`${command} --only ${name}\`, ${seconds.toFixed(0)} s_`,
  ];
}

const isMet = ({ value, target = Infinity }: BenchRow): boolean => value <= target;

const verdict = (row: BenchRow): string => (isMet(row) ? 'met' : 'not met');

const shown = ({ value, unit }: BenchRow): string => (Number.isFinite(value) ? `${rounded(value)} ${unit}`.trimEnd() : 'not measured');

/** Three digits are all that a measurement of this kind is worth. */
function rounded(value: number): string {
  return Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(Math.abs(value) < 1 ? 2 : 3)));
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** Columns padded as Prettier does it, so that the page passes the format check. */
function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows].map((row) => row.map(cell));
  const widths = header.map((_, column) => Math.max(3, ...all.map((row) => width(row[column] ?? ''))));
  const line = (row: readonly string[]): string => `| ${widths.map((wide, column) => padded(row[column] ?? '', wide)).join(' | ')} |`;
  const [head = [], ...body] = all;
  return [line(head), `| ${widths.map((wide) => '-'.repeat(wide)).join(' | ')} |`, ...body.map(line)].join('\n');
}

const width = (text: string): number => [...text].length;
const padded = (text: string, wide: number): string => text + ' '.repeat(Math.max(0, wide - width(text)));
