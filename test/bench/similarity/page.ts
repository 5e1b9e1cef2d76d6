/** docs/benchmarks-similarity.md */
import { quantile } from '../row.ts';
import type { Figures, ModeFigures } from './figures.ts';
import { modes, type Mode } from './measure.ts';
import type { Speed } from './speed.ts';
import { transformations } from './transformations.ts';

export type Report = {
  readonly machine: readonly (readonly [string, string])[];
  readonly command: string;
  readonly pictures: string;
  readonly model: string | undefined;
  readonly figures: Figures;
  readonly speed: Speed;
};

const titles: Readonly<Record<Mode, string>> = { hash: 'hash alone', model: 'model alone', both: 'as the program compares' };

const percent = (value: number): string => (Number.isNaN(value) ? '–' : `${Number((100 * value).toFixed(1))} %`);

export const similarityPage = ({ machine, command, pictures, model, figures, speed }: Report): string => {
  const measured = modes.flatMap((mode) => (figures.byMode[mode] === undefined ? [] : [[mode, figures.byMode[mode]] as const]));
  // Without a model, what the program compares is the hash.
  const shown = model === undefined ? measured.filter(([mode]) => mode === 'both') : measured;
  const program = figures.byMode.both!;
  const hash = figures.byMode.hash!;
  return `${[
    '# Comparison with protected works: figures',
    `Written by \`${command}\`. ${pictures} So these figures tell how edits of pictures are recognised, not how well works of any other kind are: a folder of your own works is measured with \`--references FOLDER --strangers FOLDER\`.`,
    table(['This machine', ''], [...machine, ['Copy-detection model', model ?? 'none installed']]),
    '## Against the targets',
    table(['What', 'Value', 'Target', 'Met'], targets(figures, hash, program, speed)),
    '## All queries',
    `${figures.copies} copies, ${figures.strangers} strangers of which ${figures.drawings} are drawings for ordinary prompts as they come, ${figures.works} works: ${comparisons(figures)} comparisons.`,
    table(
      ['', ...shown.map(([mode]) => titles[mode])],
      summary(
        shown.map(([, one]) => one),
        figures,
      ),
    ),
    '## Recall by transformation',
    'Copies that are recognised at the thresholds of the program, in three strengths.',
    table(
      ['Transformation', 'Strengths', ...shown.map(([mode]) => titles[mode])],
      transformations.map(({ name, strengths }) => [
        name,
        strengths.join('; '),
        ...shown.map(([, one]) => (one.byTransformation.get(name) ?? []).map(percent).join(' · ')),
      ]),
    ),
    `## Time with ${speed.works} works`,
    `Hashes of made-up works${speed.withModel ? ', vectors by chance' : ''}; checks one after another${speed.withModel ? ', with the model' : ', without a model'}. The library's file has ${(speed.fileBytes / 1e6).toFixed(0)} MB.`,
    table(
      ['What', 'Median', '95 of 100', 'Longest'],
      (
        [
          ['a stranger', speed.strangersMs],
          ['a copy, 10 % cut off', speed.copiesMs],
        ] as const
      ).map(([name, times]) => [name, ...[0.5, 0.95, 1].map((part) => `${Math.round(quantile(times, part))} ms`)]),
    ),
    `The first check, which reads the library, took ${Math.round(speed.firstMs)} ms. The longest that the program's thread computed meanwhile without a look at its event loop: ${speed.longestDelayMs.toFixed(0)} ms.`,
  ].join('\n\n')}\n`;
};

const comparisons = ({ copies, strangers, works }: Figures): number => (copies + strangers) * works;

const targets = (figures: Figures, hash: ModeFigures, program: ModeFigures, speed: Speed): readonly (readonly string[])[] => {
  const rate = hash.falseAlarms / comparisons(figures);
  const slowest = Math.max(...[speed.strangersMs, speed.copiesMs].map((times) => quantile(times, 0.95)));
  const row = (name: string, value: string, target: string, isMet: boolean): readonly string[] => [
    name,
    value,
    target,
    isMet ? 'met' : 'not met',
  ];
  return [
    row('hash, mild edits (JPEG, resize, blur, gamma): recall', percent(hash.mild), '≥ 99 %', hash.mild >= 0.99),
    row('hash: false alarms by comparison', `${hash.falseAlarms} of ${comparisons(figures)}`, '≤ 1 of 10000', rate <= 1e-4),
    row('hash, flips and quarter turns: recall', percent(hash.symmetries), '≥ 99 %', hash.symmetries >= 0.99),
    row('hash, 5 to 20 % of each side cut off: recall', percent(hash.crops), '≥ 80 %', hash.crops >= 0.8),
    row('as the program compares: µAP', program.microAveragePrecision.toFixed(3), '≥ 0.9', program.microAveragePrecision >= 0.9),
    row(`a check with ${speed.works} works, 95 of 100`, `${Math.round(slowest)} ms`, '≤ 1000 ms', slowest <= 1000),
    row('the event loop is held up by at most', `${speed.longestDelayMs.toFixed(0)} ms`, '≤ 20 ms', speed.longestDelayMs <= 20),
  ];
};

const summary = (shown: readonly ModeFigures[], { drawings }: Figures): readonly (readonly string[])[] => [
  ['µAP', ...shown.map((one) => one.microAveragePrecision.toFixed(3))],
  ['recall at precision 90 %', ...shown.map((one) => percent(one.recallAtPrecision90))],
  ['recall at the thresholds', ...shown.map((one) => percent(one.recall))],
  ['of mild edits', ...shown.map((one) => percent(one.mild))],
  ['of flips and quarter turns', ...shown.map((one) => percent(one.symmetries))],
  ['of crops', ...shown.map((one) => percent(one.crops))],
  ['false alarms', ...shown.map((one) => String(one.falseAlarms))],
  [`of these on ordinary prompts (${drawings} pictures)`, ...shown.map((one) => String(one.falseAlarmsOnDrawings))],
];

/** Columns padded as Prettier does it, so that the page passes the format check. */
function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((_, column) => Math.max(3, ...[header, ...rows].map((row) => [...(row[column] ?? '')].length)));
  const line = (row: readonly string[]): string => `| ${widths.map((wide, column) => padded(row[column] ?? '', wide)).join(' | ')} |`;
  return [line(header), `| ${widths.map((wide) => '-'.repeat(wide)).join(' | ')} |`, ...rows.map(line)].join('\n');
}

const padded = (text: string, wide: number): string => text + ' '.repeat(Math.max(0, wide - [...text].length));
