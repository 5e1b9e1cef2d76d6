/** What a load has shown, as sentences about what does not hold and as lines of docs/reliability.md. */
import { percentile } from './fairness.ts';
import type { Load, Measured } from './load.ts';

/** An acknowledgement, a picture and an end for each command. */
const MESSAGES_OF_A_COMMAND = 3;

/** @returns what does not hold of what is promised, as sentences */
export function broken(measured: Measured, mostAcknowledgementMs: number): readonly string[] {
  const { load, counts, acknowledgedMs, memoryMb } = measured;
  const asked = load.people * load.commandsEach;
  const p95 = percentile(acknowledgedMs, 0.95);
  const isLifted = load.limit === 'lifted';
  return [
    ...(counts.commands === asked ? [] : [`${counts.commands} of ${asked} commands were sent`]),
    ...(counts.lost + counts.doubled + counts.unknown === 0
      ? []
      : [`${counts.lost} lost, ${counts.doubled} doubled, ${counts.unknown} unknown`]),
    ...(isLifted && acknowledgedMs.length !== asked ? [`${acknowledgedMs.length} acknowledgements of ${asked}`] : []),
    ...(isLifted && p95 > mostAcknowledgementMs ? [`acknowledgement p95 ${p95} ms, at most ${mostAcknowledgementMs}`] : []),
    ...(isLifted || saved(measured) > 0 ? [] : ['no message was saved where the server counts them']),
    // One turn each, and one more where somebody asks while a picture is handed over.
    ...(measured.mostTurnsOfAnother <= 2 ? [] : [`somebody had ${measured.mostTurnsOfAnother} turns while another person waited for one`]),
    ...(memoryMb.end <= 1.5 * memoryMb.early ? [] : [`memory grew from ${memoryMb.early.toFixed(0)} to ${memoryMb.end.toFixed(0)} MB`]),
  ];
}

const saved = ({ load, botEvents }: Measured): number => load.people * load.commandsEach * MESSAGES_OF_A_COMMAND - botEvents;

const seconds = (ms: number): string => `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
const limitWords = (limit: Load['limit']): string =>
  limit === 'lifted'
    ? 'lifted by the server’s admin API'
    : limit === 'default'
      ? 'Synapse’s default (10, then one in 5 s)'
      : `${limit.burst}, then ${limit.perSecond} a second`;

const rows: readonly (readonly [string, (measured: Measured) => string])[] = [
  ['limit of the bot', ({ load }) => limitWords(load.limit)],
  ['commands, people, rooms', ({ load }) => `${load.people * load.commandsEach}, ${load.people}, ${load.rooms}`],
  ['processes that wanted a core meanwhile, all of the machine', ({ machineLoad }) => machineLoad.toFixed(1)],
  ['sent within', ({ sentMs }) => seconds(sentMs)],
  ['last answer after the last command', ({ afterLastMs }) => seconds(afterLastMs)],
  ['lost, doubled, unknown', ({ counts }) => `${counts.lost}, ${counts.doubled}, ${counts.unknown}`],
  [
    'first word in the thread: median, p95, longest',
    ({ acknowledgedMs: of }) => [0.5, 0.95, 1].map((share) => seconds(percentile(of, share))).join(', '),
  ],
  ['acknowledgements that stand for several', ({ gathered }) => String(gathered)],
  ['messages of the bot, saved', (measured) => `${measured.botEvents}, ${saved(measured)}`],
  ['requests that the server refused', ({ refusedSends }) => String(refusedSends)],
  [
    'longest wait of a person: median, most',
    ({ longestWaitsMs: of }) => [0.5, 1].map((share) => seconds(percentile(of, share))).join(', '),
  ],
  ['most turns of another meanwhile', ({ mostTurnsOfAnother }) => String(mostTurnsOfAnother)],
  [
    'memory after a fifth, at the end, most',
    ({ memoryMb: { early, end, peak } }) => `${[early, end, peak].map((mb) => mb.toFixed(0)).join(', ')} MB`,
  ],
];

/** Without its markers. */
export function reportMarkdown(all: readonly Measured[], facts: readonly (readonly [string, string])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    facts.map(([name, value]) => `${name}: ${value}`).join(' · '),
    '',
    line(['', ...all.map((_, index) => `load ${index + 1}`)]),
    line(['---', ...all.map(() => '---')]),
    ...rows.map(([name, cell]) => line([name, ...all.map(cell)])),
  ].join('\n');
}

const begin = '<!-- load -->';
const end = '<!-- /load -->';

/** The page with this report between its markers. */
export function withReport(page: string, report: string): string {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`docs/reliability.md has no ${begin} … ${end}.`);
  return `${page.slice(0, from + begin.length)}\n\n${report.trim()}\n\n${page.slice(to)}`;
}
