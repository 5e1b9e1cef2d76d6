/** The outcome of the fault suite as lines and as the tables of docs/reliability.md. */
import type { Counts, FaultRow } from './row.ts';
import { complaint, type Outcome } from './run-row.ts';

/** The tables of the page, by the names of their markers. */
export const tables = ['faults', 'faults-mattermost'] as const;
export type Table = (typeof tables)[number];

export const tableOf = ({ platform }: FaultRow): Table => (platform === 'mattermost' ? 'faults-mattermost' : 'faults');

/** `  3 Killed while a picture is drawn: 200 runs, 400 commands, 0 lost, 0 doubled, 0 unknown (211 s)`. */
export function printed(outcome: Outcome): string {
  const { row, seconds, result } = outcome;
  const wrong = complaint(outcome);
  const head = `${wrong === undefined ? 'ok   ' : 'WRONG'} ${String(row.number).padStart(2)} ${row.title}`;
  if ('skipped' in result) return `${head}: skipped, ${result.skipped}`;
  if ('failure' in result) return `${head} (${seconds.toFixed(0)} s)\n${result.failure}`;
  const { runs, commands, lost, doubled, unknown } = result;
  return `${head}: ${runs} runs, ${commands} commands, ${lost} lost, ${doubled} doubled, ${unknown} unknown (${seconds.toFixed(0)} s)`;
}

const counted = (outcomes: readonly Outcome[]): readonly Counts[] => outcomes.flatMap(({ result }) => ('runs' in result ? [result] : []));
const total = (counts: readonly Counts[], of: keyof Counts): number => counts.reduce((all, one) => all + one[of], 0);

/** Without its markers. */
export function reportMarkdown(outcomes: readonly Outcome[], facts: readonly string[]): string {
  const counts = counted(outcomes);
  const cells = (of: readonly (string | number)[]): string => `| ${of.join(' | ')} |`;
  return [
    ...facts.map((fact) => `- ${fact}`),
    '- Goal of each row: none lost, none doubled, and none unknown where it says nothing else below',
    '',
    cells(['#', 'What breaks', 'How it is done', 'runs', 'commands', 'lost', 'doubled', 'unknown', 'goal']),
    cells(['---:', '---', '---', '---:', '---:', '---:', '---:', '---:', '---']),
    ...outcomes.map((outcome) => cells([outcome.row.number, outcome.row.title, outcome.row.injected, ...numbersOf(outcome)])),
    cells([
      '',
      '**All**',
      '',
      ...(['runs', 'commands', 'lost', 'doubled', 'unknown'] as const).map((of) => `**${total(counts, of)}**`),
      `**${outcomes.filter((outcome) => goalOf(outcome) === 'held').length} of ${outcomes.length} held**`,
    ]),
    '',
    ...outcomes.flatMap(({ row }) => (row.allowsUnknown === undefined ? [] : [`Row ${row.number}: ${row.allowsUnknown}`, ''])),
  ].join('\n');
}

function numbersOf(outcome: Outcome): readonly (string | number)[] {
  const { result } = outcome;
  if ('runs' in result) return [result.runs, result.commands, result.lost, result.doubled, result.unknown, goalOf(outcome)];
  return ['', '', '', '', '', goalOf(outcome)];
}

function goalOf(outcome: Outcome): string {
  const { result } = outcome;
  if ('skipped' in result) return `skipped: ${result.skipped}`;
  if (complaint(outcome) === undefined) return 'held';
  return 'failure' in result ? 'missed: it broke off' : 'missed';
}

/** Why this report may not take the place of an earlier one by itself; `undefined` where every row ran and held. */
export function blemish(outcomes: readonly Outcome[], isModelRight: boolean): string | undefined {
  const missed = outcomes.filter((outcome) => complaint(outcome) !== undefined).map(({ row }) => row.number);
  const skipped = outcomes.filter(({ result }) => 'skipped' in result).map(({ row }) => row.number);
  const all = [
    ...(missed.length > 0 ? [`missed: ${missed.join(', ')}`] : []),
    ...(skipped.length > 0 ? [`skipped: ${skipped.join(', ')}`] : []),
    ...(isModelRight ? [] : ['interleavings failed']),
  ];
  return all.length === 0 ? undefined : all.join('; ');
}

/** The page with this report between the markers of its table. */
export function withReport(page: string, report: string, table: Table): string {
  const [begin, end] = [`<!-- ${table} -->`, `<!-- /${table} -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`docs/reliability.md has no ${begin} … ${end}.`);
  return `${page.slice(0, from + begin.length)}\n\n${report.trim()}\n\n${page.slice(to)}`;
}
