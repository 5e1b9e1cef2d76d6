/**
 * `npm run load`: a team's busiest minute on a real homeserver, with the message limit of the bot lifted, and a smaller one with Synapse's
 * default limit. Takes ten minutes. Writes what it measured into docs/reliability.md, unless a goal was missed or the machine was busy
 * already (`--write` writes it all the same); ends with 1 where a goal was missed.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { describeMachine } from '../bench/machine.ts';
import { synapseSkipReason } from '../e2e/synapse/server.ts';
import { runLoad, startLoadServer, type Load, type Measured } from './load.ts';
import { blemish, broken, reportMarkdown, withReport } from './report.ts';

const MOST_ACKNOWLEDGEMENT_MS = 1000;

const loads: readonly Load[] = [
  { rooms: 10, people: 50, commandsEach: 10, withinMs: 60_000, limit: 'lifted', patienceMs: 600_000 },
  { rooms: 3, people: 12, commandsEach: 2, withinMs: 10_000, limit: 'default', patienceMs: 1_200_000 },
];

const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } });
const skip = await synapseSkipReason();
if (skip !== undefined) {
  process.stderr.write(`The load needs Synapse: ${skip}\n`);
  process.exit(1);
}
const [loadBefore = 0] = loadavg();
const machine = describeMachine(new Date()).filter(([name]) => !/^(ONNX Runtime|sharp)$/.test(name));
const measured: Measured[] = [];
let wrong = 0;
await using synapse = await startLoadServer();
for (const load of loads) {
  process.stdout.write(`${load.people * load.commandsEach} commands of ${load.people} people in ${load.rooms} rooms …\n`);
  const found = await runLoad(synapse, load);
  measured.push(found);
  const complaints = broken(found, MOST_ACKNOWLEDGEMENT_MS);
  wrong += complaints.length;
  for (const complaint of complaints) process.stdout.write(`WRONG ${complaint}\n`);
  for (const line of found.complaints.slice(0, 10)) process.stdout.write(`      the bot said ${line}\n`);
}
const report = reportMarkdown(measured, machine, MOST_ACKNOWLEDGEMENT_MS);
process.stdout.write(`\n${report}\n`);
const page = join(import.meta.dirname, '../../docs/reliability.md');
const reason = blemish(wrong, loadBefore, availableParallelism());
if (reason === undefined || values.write) {
  writeFileSync(page, await format(withReport(readFileSync(page, 'utf8'), report), { ...(await resolveConfig(page)), filepath: page }));
} else process.stdout.write(`\nNot written (${reason}): ${page} keeps its table; --write replaces it all the same.\n`);
process.exitCode = wrong > 0 ? 1 : 0;
