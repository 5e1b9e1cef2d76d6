/** What a load has shown, as sentences about what does not hold and as lines of docs/reliability.md. */
import { percentile } from './fairness.ts';
import type { Load, Measured } from './load.ts';

/** An acknowledgement, a picture and an end for each command. */
const MESSAGES_OF_A_COMMAND = 3;

type Goal = {
  readonly name: (mostAcknowledgementMs: number) => string;
  /** The loads that it is set for; all where absent. */
  readonly isFor?: (load: Load) => boolean;
  /** What does not hold, as a sentence. */
  readonly missed: (measured: Measured, mostAcknowledgementMs: number) => string | undefined;
};

const isLifted = ({ limit }: Load): boolean => limit === 'lifted';
const asked = ({ people, commandsEach }: Load): number => people * commandsEach;

const goals: readonly Goal[] = [
  {
    name: () => 'every command has one end',
    missed: ({ load, counts: { commands, lost, doubled, unknown } }) =>
      commands !== asked(load)
        ? `${commands} of ${asked(load)} commands were sent`
        : lost + doubled + unknown > 0
          ? `${lost} lost, ${doubled} doubled, ${unknown} unknown`
          : undefined,
  },
  {
    name: () => 'each is acknowledged by itself',
    isFor: isLifted,
    missed: ({ load, acknowledgedMs }) =>
      acknowledgedMs.length === asked(load) ? undefined : `${acknowledgedMs.length} acknowledgements of ${asked(load)}`,
  },
  {
    name: (most) => `p95 of the first word at most ${seconds(most)}`,
    isFor: isLifted,
    missed: ({ acknowledgedMs }, most) => {
      const p95 = percentile(acknowledgedMs, 0.95);
      return p95 <= most ? undefined : `acknowledgement p95 ${p95} ms, at most ${most}`;
    },
  },
  {
    name: () => 'messages are saved where the server counts them',
    isFor: (load) => !isLifted(load),
    missed: (measured) => (saved(measured) > 0 ? undefined : 'no message was saved where the server counts them'),
  },
  {
    // One turn each, and one more where somebody asks while a picture is handed over.
    name: () => 'at most two turns of another meanwhile',
    missed: ({ mostTurnsOfAnother }) =>
      mostTurnsOfAnother <= 2 ? undefined : `somebody had ${mostTurnsOfAnother} turns while another person waited for one`,
  },
  {
    name: () => 'memory grows by less than half',
    missed: ({ memoryMb: { early, end } }) =>
      end <= 1.5 * early ? undefined : `memory grew from ${early.toFixed(0)} to ${end.toFixed(0)} MB`,
  },
];

/** @returns what does not hold of what is promised, as sentences */
export const broken = (measured: Measured, mostAcknowledgementMs: number): readonly string[] =>
  goals.flatMap(({ isFor, missed }) => (isFor?.(measured.load) === false ? [] : (missed(measured, mostAcknowledgementMs) ?? [])));

function verdictOn({ isFor, missed }: Goal, measured: Measured, mostAcknowledgementMs: number): string {
  if (isFor?.(measured.load) === false) return 'not set';
  return missed(measured, mostAcknowledgementMs) === undefined ? 'held' : '**missed**';
}

/** Why this report may not take the place of an earlier one by itself; `undefined` where nothing speaks against it. */
export function blemish(missed: number, loadBefore: number, cores: number): string | undefined {
  if (missed > 0) return `${missed} ${missed === 1 ? 'goal was' : 'goals were'} missed`;
  return loadBefore > cores / 2 ? `the machine was busy before: ${loadBefore.toFixed(1)} processes on ${cores} cores` : undefined;
}

const saved = ({ load, botEvents }: Measured): number => asked(load) * MESSAGES_OF_A_COMMAND - botEvents;

const seconds = (ms: number): string => `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
const limitWords = (limit: Load['limit']): string =>
  limit === 'lifted'
    ? 'lifted by the server’s admin API'
    : limit === 'default'
      ? 'Synapse’s default (10, then one in 5 s)'
      : `${limit.burst}, then ${limit.perSecond} a second`;

const rows: readonly (readonly [string, (measured: Measured) => string])[] = [
  ['limit of the bot', ({ load }) => limitWords(load.limit)],
  ['commands, people, rooms', ({ load }) => `${asked(load)}, ${load.people}, ${load.rooms}`],
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

/** Without its markers; the goals stand below what was measured, each with whether it was held. */
export function reportMarkdown(
  all: readonly Measured[],
  facts: readonly (readonly [string, string])[],
  mostAcknowledgementMs: number,
): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    facts.map(([name, value]) => `${name}: ${value}`).join(' · '),
    '',
    line(['', ...all.map((_, index) => `load ${index + 1}`)]),
    line(['---', ...all.map(() => '---')]),
    ...rows.map(([name, cell]) => line([name, ...all.map(cell)])),
    ...goals.map((goal) =>
      line([`goal: ${goal.name(mostAcknowledgementMs)}`, ...all.map((measured) => verdictOn(goal, measured, mostAcknowledgementMs))]),
    ),
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
