import { renameSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { migrations } from '#src/store/schema.ts';
import { until } from '../../e2e/program/program.ts';
import { synapseSkipReason } from '../../e2e/synapse/server.ts';
import { fox, FaultPlace } from '../place.ts';
import type { FaultRow } from '../row.ts';

const killedWhileMigrating: FaultRow = {
  number: 7,
  title: 'Killed while an update changes the tables',
  injected: 'SIGKILL inside the migration of a store of the first version, with a job that waits in it',
  runs: { bounded: 1, full: 10 },
  skip: synapseSkipReason,
  inject: async ({ runs, random }) => {
    await using place = await FaultPlace.open();
    for (let run = 1; run <= runs; run += 1) {
      const waiting = await place.say(fox(run, 3));
      await until('the job is taken', () => {
        if (!place.program.isRunning) throw new Error(`The program ended:\n${place.program.stderr.slice(-2000)}`);
        return place.verdicts().find(({ command }) => command === waiting)?.acknowledgements ? true : undefined;
      });
      await place.program.kill();
      const file = place.workplace.path('data', 'blitzbild.sqlite');
      await asOfTheFirstVersion(file);
      await place.say(fox(1000 + run));
      await place.dieAt(`migration.middle:kill@${1 + Math.floor(random() * (migrations.length - 1))}`);
      if (versionOf(file) !== 1) throw new Error('Half a migration was kept.');
      await place.start();
    }
    return await place.reckon(runs);
  },
};

/** What a store of that time could hold: tables and columns that came later are left out. */
async function asOfTheFirstVersion(file: string): Promise<void> {
  const old = new DatabaseSync(`${file}.old`);
  old.exec(`PRAGMA foreign_keys = OFF; ${migrations[0]}; PRAGMA user_version = 1`);
  old.prepare('ATTACH ? AS newer').run(file);
  const columnsOf = (schema: string, table: string): readonly string[] =>
    old
      .prepare('SELECT name FROM pragma_table_info(?, ?)')
      .all(table, schema)
      .map(({ name }) => String(name));
  for (const { name } of old.prepare(`SELECT name FROM main.sqlite_master WHERE type = 'table'`).all()) {
    const table = String(name);
    const newer = columnsOf('newer', table);
    const columns = columnsOf('main', table)
      .filter((column) => newer.includes(column))
      .join(', ');
    old.exec(`INSERT INTO main.${table} (${columns}) SELECT ${columns} FROM newer.${table}`);
  }
  old.exec('DETACH newer');
  old.close();
  for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
  renameSync(`${file}.old`, file);
}

function versionOf(file: string): number {
  const store = new DatabaseSync(file);
  const version = Number(store.prepare('PRAGMA user_version').get()?.['user_version']);
  store.close();
  return version;
}

export const rows: readonly FaultRow[] = [killedWhileMigrating];
