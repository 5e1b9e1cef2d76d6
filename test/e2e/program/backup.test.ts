import assert from 'node:assert/strict';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { patienceMs, sentence, Workplace } from './program.ts';
import { RoomClient } from './room-client.ts';

const pageBytes = 4096;

/** Everything behind the first page becomes noise. */
function damage(path: string): void {
  const file = openSync(path, 'r+');
  const bytes = statSync(path).size - pageBytes;
  writeSync(file, Buffer.alloc(bytes, 0x5a), 0, bytes, pageBytes);
  closeSync(file);
}

describe('backup and restore', { concurrency: 1, timeout: 4 * patienceMs }, () => {
  let place: Workplace;
  before(async () => {
    place = await Workplace.open({ styles: { previews: false } });
  });
  after(async () => place?.[Symbol.asyncDispose]());

  const database = (): string => place.path('data', 'blitzbild.sqlite');
  const refused = async (args: readonly string[], exitCode: number, words: RegExp): Promise<void> => {
    const outcome = await place.run(args);
    assert.equal(outcome.exitCode, exitCode, outcome.stderr);
    assert.match(outcome.stderr, sentence);
    assert.match(outcome.stderr, words);
    assert.equal(outcome.stdout, '');
  };

  test('there is nothing to copy yet', async () => {
    await refused(['backup', place.path('nothing')], 1, /holds no data of a bot; BLITZBILD_DATA says/);
    await refused(['backup'], 2, /Name one new folder/);
    await refused(['restore'], 2, /Name the folder of one backup/);
  });

  test('while the bot draws: the copy is whole, the bot goes on; what was open goes on from the copy, elsewhere, with the same pictures', async () => {
    const program = await place.start();
    const ada = new RoomClient(program.url);
    await ada.finished(await ada.say('!img a red fox --steps 2 --seed 1'));
    const command = await ada.say('!img a blue bird --steps 12 --seed 5 --n 4');
    const { exitCode, stdout, stderr } = await place.run(['backup', place.path('backups', 'running'), '--pictures']);
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /^Backup: .*running \(\d+\.\d MB and \d+ files of pictures\), made while the bot runs, and checked\.$/m);
    const here = await ada.finished(command);
    assert.deepEqual(here.images.length, 4);
    assert.equal((await program.stop()).exitCode, 0);
    assert.deepEqual(
      readdirSync(place.path('data')).filter((name) => /backup|lease|wal/.test(name)),
      [],
      'nothing is left beside the data',
    );
    assert.equal(statSync(place.path('backups', 'running')).mode & 0o077, 0, 'for nobody else');

    await using other = await Workplace.open({ styles: { previews: false } });
    const restored = await other.run(['restore', place.path('backups', 'running')]);
    assert.equal(restored.exitCode, 0, restored.stderr);
    assert.match(restored.stdout, /^Restored: the backup of \d{4}-\d\d-\d\d \d\d:\d\d UTC is in .*, with \d+ files of pictures\.$/m);
    const again = await other.start();
    const there = await new RoomClient(again.url).finished(command);
    assert.deepEqual(
      there.images.map(({ key }) => key),
      here.images.map(({ key }) => key),
    );
    assert.equal(there.ends.length, 1);
    await again.stop();
  });

  test('while no bot runs', async () => {
    const { exitCode, stdout, stderr } = await place.run(['backup', place.path('backups', 'stopped')]);
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /made while no bot runs, and checked\.\nPictures are not in it; --pictures takes them along\.\n/);
    assert.deepEqual(readdirSync(place.path('backups', 'stopped')).toSorted(), ['backup.json', 'blitzbild.sqlite', 'keys']);
    await refused(['backup', place.path('backups', 'stopped')], 1, /is not empty: it holds a backup already; name a folder/);
    await refused(['backup', join(place.folder, 'blitzbild.yaml')], 1, /is a file: name a folder/);
  });

  test('a damaged original is refused by the bot and by backup, and a backup in its place works', async () => {
    damage(database());
    const { exitCode, stderr } = await place.run(['start']);
    assert.equal(exitCode, 1);
    assert.match(stderr, /blitzbild\.sqlite is damaged or no database: bring a backup back with «blitzbild restore FOLDER»/);
    await refused(
      ['backup', place.path('backups', 'damaged')],
      1,
      /blitzbild\.sqlite is damaged.*bring .* back with «blitzbild restore FOLDER»/,
    );
    assert.ok(!existsSync(place.path('backups', 'damaged')));
    await refused(['restore', place.path('backups', 'stopped')], 2, /holds the data of a bot already; add --yes/);
    const restored = await place.run(['restore', place.path('backups', 'stopped'), '--yes']);
    assert.equal(restored.exitCode, 0, restored.stderr);
    const [, aside = ''] = /^What was there is in (.*); remove it when all is well\.$/m.exec(restored.stdout) ?? [];
    assert.ok(existsSync(join(aside, 'blitzbild.sqlite')), 'what was there is kept');
    const program = await place.start();
    const ada = new RoomClient(program.url);
    assert.ok((await ada.events()).some(({ body }) => body.kind === 'message' && body.text.includes('a blue bird')));
    assert.equal((await ada.finished(await ada.say('!img a red fox --steps 2'))).images.length, 1);

    await refused(['restore', place.path('backups', 'stopped'), '--yes'], 1, /in use by another Blitzbild process: stop that one first/);
    assert.equal((await ada.finished(await ada.say('!img a red fox --steps 2'))).images.length, 1);
    await program.stop();
  });

  test('a backup that is not as it was made is refused, and nothing is touched', async () => {
    const bytes = readFileSync(database());
    const altered = async (name: string, alter: (folder: string) => void | Promise<void>, words: RegExp): Promise<void> => {
      const folder = place.path('backups', name);
      await cp(place.path('backups', 'running'), folder, { recursive: true });
      await alter(folder);
      await refused(['restore', folder, '--yes'], 1, words);
      assert.deepEqual(readFileSync(database()), bytes);
      assert.deepEqual(
        readdirSync(place.path('data')).filter((entry) => entry.startsWith('.restore')),
        [],
      );
    };
    const manifestOf = (folder: string): Record<string, unknown> =>
      JSON.parse(readFileSync(join(folder, 'backup.json'), 'utf8')) as Record<string, unknown>;
    const rewrite = (change: object) => (folder: string) =>
      writeFileSync(join(folder, 'backup.json'), JSON.stringify({ ...manifestOf(folder), ...change }));
    await altered('one-bit', (folder) => damage(join(folder, 'blitzbild.sqlite')), /blitzbild\.sqlite of the backup .* is not as it was/);
    await altered('no-file', (folder) => rm(join(folder, 'blitzbild.sqlite')), /lacks blitzbild\.sqlite/);
    await altered('no-list', (folder) => rm(join(folder, 'backup.json')), /is no backup: it has no backup\.json/);
    await altered('newer-form', rewrite({ format: 3 }), /made by a newer Blitzbild: update this one first/);
    await altered('newer-tables', rewrite({ schema: 99 }), /made by a newer Blitzbild: update this one first/);
    await altered('escape', rewrite({ files: [{ path: '../../etc/passwd', bytes: 1, sha256: '0'.repeat(64) }] }), /is not in its form/);
    await altered('half', (folder) => writeFileSync(join(folder, 'backup.json'), '{"format":1,'), /can't be read/);
  });

  test('a backup of an earlier version is brought to the tables of this one', async () => {
    const folder = place.path('backups', 'stopped');
    const { migrations } = await import('#src/store/schema.ts');
    await using other = await Workplace.open({ styles: { previews: false } });
    const old = other.path('old');
    await cp(folder, old, { recursive: true });
    await rm(join(old, 'blitzbild.sqlite'));
    const sqlite = new DatabaseSync(join(old, 'blitzbild.sqlite'));
    sqlite.exec(`${migrations[0]}; PRAGMA user_version = 1`);
    sqlite.close();
    const { hashOfFile } = await import('#src/backup/manifest.ts');
    const path = join(old, 'blitzbild.sqlite');
    const list = JSON.parse(readFileSync(join(old, 'backup.json'), 'utf8')) as object;
    writeFileSync(
      join(old, 'backup.json'),
      JSON.stringify({
        ...list,
        schema: 1,
        files: [{ path: 'blitzbild.sqlite', bytes: statSync(path).size, sha256: await hashOfFile(path) }],
      }),
    );
    const restored = await other.run(['restore', old]);
    assert.equal(restored.exitCode, 0, restored.stderr);
    const program = await other.start();
    const ada = new RoomClient(program.url);
    assert.equal((await ada.finished(await ada.say('!img a red fox --steps 2'))).images.length, 1);
    await program.stop();
  });
});
