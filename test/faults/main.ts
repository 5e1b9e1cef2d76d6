/**
 * `npm run test:faults`: breaks the program in every way of the table and counts what another user in the room sees.
 *
 *   npm run test:faults                  every row and 1,000 interleavings, some twenty minutes on two cores; writes each
 *                                        table of docs/reliability.md if all of its rows held
 *   npm run test:faults -- --row 3       one row (several times for several)
 *   npm run test:faults -- --rows 1-7    from … to; --rows 33-49 is all of Mattermost's table, which is written, too
 *   npm run test:faults -- --runs 10     another number of runs
 *   npm run test:faults -- --bounded     as few runs as in `npm test`
 *   npm run test:faults -- --seed 1234   as in an earlier run, whose seed was printed
 *   npm run test:faults -- --write       writes the table although a row missed its goal or was skipped
 *
 * Exit code 1 where a command was lost or answered twice, or where its outcome is unknown and need not be.
 */
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { quietFlags } from '#src/node-flags.mjs';
import { describeMachine } from '../bench/machine.ts';
import { endSharedPlaces, sharePlaces } from './mattermost/place.ts';
import { endSharedSynapse } from './place.ts';
import { blemish, printed, reportMarkdown, tableOf, tables, withReport, type Table } from './report.ts';
import { faultRows } from './rows.ts';
import { complaint } from './run-row.ts';
import { runRows } from './run-rows.ts';

const interleavingsInAll = 1000;
const page = join(import.meta.dirname, '../../docs/reliability.md');

const { values } = parseArgs({
  options: {
    row: { type: 'string', multiple: true, default: [] },
    rows: { type: 'string' },
    runs: { type: 'string' },
    bounded: { type: 'boolean', default: false },
    seed: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});

const whole = (text: string, what: string): number => {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  process.stderr.write(`${what} must be a whole number, not «${text}».\n`);
  process.exit(2);
};

const all = await faultRows();
const [from, to = from] = (values.rows ?? '').split('-');
const chosen = new Set([
  ...values.row.map((text) => whole(text, '--row')),
  ...(from === undefined || from === '' ? [] : all.map(({ number }) => number)).filter(
    (number) => number >= whole(from ?? '', '--rows') && number <= whole(to ?? '', '--rows'),
  ),
]);
const rows = values.rows === undefined && values.row.length === 0 ? all : all.filter(({ number }) => chosen.has(number));
if (rows.length === 0) {
  process.stderr.write(`There is no such row; these are: ${all.map(({ number }) => number).join(', ')}.\n`);
  process.exit(2);
}
const runs = values.runs === undefined ? undefined : whole(values.runs, '--runs');
const seed = values.seed === undefined ? randomInt(1_000_000_000) : whole(values.seed, '--seed');

/** Every row of these runs as often as it is to. */
const complete =
  values.runs === undefined && !values.bounded
    ? tables.filter((table) => all.every((row) => tableOf(row) !== table || rows.includes(row)))
    : [];

process.stdout.write(`Seed ${seed}, ${rows.length} rows\n`);
if (values.bounded) sharePlaces();
const startedAt = new Date();
const outcomes = await runRows(rows, {
  runsOf: (row) => runs ?? (values.bounded ? row.runs.bounded : row.runs.full),
  seed,
  onEnd: (outcome) => process.stdout.write(`${printed(outcome)}\n`),
});
await endSharedPlaces();
await endSharedSynapse();

const interleavings = complete.includes('faults') ? await interleave(seed) : undefined;
const wrong = outcomes.filter((outcome) => complaint(outcome) !== undefined);
const minutes = ((Date.now() - startedAt.getTime()) / 60_000).toFixed(1);
if (interleavings !== undefined) process.stdout.write(`${interleavings ? 'ok   ' : 'WRONG'}    ${interleavingsInAll} interleavings\n`);
process.stdout.write(`${outcomes.length - wrong.length} of ${outcomes.length} rows held, ${minutes} minutes, seed ${seed}\n`);
for (const table of complete) await write(table);
process.exitCode = wrong.length === 0 && interleavings !== false ? 0 : 1;

/** Writes the table where every row of it held, and prints it otherwise. */
async function write(table: Table): Promise<void> {
  const own = outcomes.filter(({ row }) => tableOf(row) === table);
  const hasModel = table === 'faults';
  const facts = [
    ...describeMachine(startedAt).map(([name, value]) => `${name}: ${value}`),
    `Seed: ${seed}`,
    `Time: ${minutes} minutes${own.length < outcomes.length ? `, with ${outcomes.length - own.length} rows of another table` : ''}`,
    ...(hasModel ? [`Interleavings of the model: ${interleavingsInAll}, ${interleavings ? 'all held' : 'not all held'}`] : []),
  ];
  const report = reportMarkdown(own, facts);
  const reason = blemish(own, !hasModel || interleavings === true);
  if (reason !== undefined && !values.write) {
    process.stderr.write(`${report}\n\nNot written (${reason}): ${page} keeps its table; --write replaces it all the same.\n`);
    return;
  }
  const text = withReport(await readFile(page, 'utf8'), report, table);
  await writeFile(page, await format(text, { ...(await resolveConfig(page)), filepath: page }));
  process.stderr.write(`Written: ${page}, ${table}\n`);
}

/** In a process of its own, because it takes over the clock. @returns whether all held */
async function interleave(withSeed: number): Promise<boolean> {
  const child = spawn(process.execPath, [...quietFlags, '--test', join(import.meta.dirname, 'interleavings.test.ts')], {
    env: { ...process.env, BLITZBILD_INTERLEAVINGS: String(interleavingsInAll), BLITZBILD_SEED: String(withSeed) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  const [exitCode] = (await once(child, 'close')) as [number | null];
  if (exitCode !== 0) process.stdout.write(output);
  return exitCode === 0;
}
