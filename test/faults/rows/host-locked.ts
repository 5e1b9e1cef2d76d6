import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { quietFlags } from '#src/node-flags.mjs';
import { synapseSkipReason } from '../../e2e/synapse/server.ts';
import { fox, FaultPlace } from '../place.ts';
import type { FaultRow } from '../row.ts';

/** A program that reads the queue's file, as one that makes backups does, or keeps it for itself. */
async function holder(file: string, how: 'reads' | 'writes'): Promise<ChildProcess> {
  const script = `
    const { DatabaseSync } = require('node:sqlite');
    const file = new DatabaseSync(${JSON.stringify(file)});
    file.exec(${JSON.stringify(how === 'reads' ? 'BEGIN; SELECT count(*) FROM jobs' : 'BEGIN EXCLUSIVE')});
    ${how === 'reads' ? `file.prepare('SELECT count(*) FROM jobs').get();` : ''}
    console.log('held');
    setInterval(() => {}, 1e6);`;
  const child = spawn(process.execPath, [...quietFlags, '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}

/** For seconds: it waits, and starts. */
async function readForSeconds(place: FaultPlace, file: string, ms: number): Promise<void> {
  await place.program.stop();
  const reader = await holder(file, 'reads');
  setTimeout(() => reader.kill('SIGKILL'), ms);
  await place.start();
}

/** For good: it says who is in its way, and ends. */
async function keptForGood(place: FaultPlace, file: string): Promise<void> {
  await place.program.stop();
  const keeper = await holder(file, 'writes');
  const { exitCode, stderr } = await place.workplace.run(['start']);
  keeper.kill('SIGKILL');
  await once(keeper, 'exit');
  if (exitCode !== 1 || !/blitzbild\.sqlite is in use by another program, which reads it or makes a backup of it/.test(stderr))
    throw new Error(`It ended with ${exitCode}:\n${stderr}`);
  await place.start();
}

/** While it works: whoever wants the file gets nothing, and the work goes on. */
async function wantedMeanwhile(file: string): Promise<void> {
  const script = `
    const { DatabaseSync } = require('node:sqlite');
    try { new DatabaseSync(${JSON.stringify(file)}).prepare('SELECT count(*) FROM jobs').get(); console.log('read'); }
    catch (error) { console.log(error.message); }`;
  const reader = spawn(process.execPath, [...quietFlags, '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [said] = (await once(reader.stdout, 'data')) as [Buffer];
  if (!/locked/.test(String(said))) throw new Error(`Somebody read the queue of a program that works: ${String(said)}`);
}

const locked: FaultRow = {
  number: 24,
  title: 'Database locked by another program',
  injected: 'a reader holds the file for seconds at the start, a writer holds it for good, and a reader wants it while the bot works',
  runs: { bounded: 2, full: 6 },
  skip: synapseSkipReason,
  inject: async ({ runs, random }) => {
    await using place = await FaultPlace.open();
    const file = place.workplace.path('data', 'blitzbild.sqlite');
    for (let run = 1; run <= runs; run += 1) {
      await place.say(fox(run));
      await delay(random() * 300);
      if (run % 3 === 1) await wantedMeanwhile(file);
      else if (run % 3 === 2) await readForSeconds(place, file, 500 + random() * 3000);
      else await keptForGood(place, file);
      await place.say('!img queue');
    }
    return await place.reckon(runs);
  },
};

export const rows: readonly FaultRow[] = [locked];
