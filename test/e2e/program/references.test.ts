/** The library of protected works through the real command line: filled, listed, read anew, emptied, and taken along in backups. */
import assert from 'node:assert/strict';
import { mkdir, rename, rm, symlink, unlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openPixels } from '#src/finish/raw-pixels.ts';
import type { ListedWork } from '#core/reference-library-port.ts';
import { SqliteStore } from '#src/store/sqlite.ts';
import { artwork } from '../../bench/similarity/art.ts';
import { animation, announceFrames, pngBomb } from '../../finish/files.ts';
import { patienceMs, sentence, Workplace, type Outcome } from './program.ts';

const png = async (index: number): Promise<Buffer> =>
  openPixels(await artwork(index))
    .png()
    .toBuffer();

describe('blitzbild references', { concurrency: 1, timeout: 4 * patienceMs }, () => {
  let place: Workplace;
  before(async () => {
    place = await Workplace.open({ modelFolders: ['models-of-nobody'] });
    await mkdir(place.path('works', 'more'), { recursive: true });
    await writeFile(place.path('works', 'a.png'), await png(0));
    await writeFile(place.path('works', 'b.png'), await png(1));
    await writeFile(place.path('works', 'more', 'c.png'), await png(2));
    await writeFile(
      place.path('works', 'references.csv'),
      'file;title;holder;licence\na.png;"Shapes; many";ACME;all rights reserved\nmore/c.png;From the table;;\n',
    );
    await writeFile(place.path('works', 'b.yaml'), 'title: "Hills\\u202e\\u0007 at dusk"\nlicense: CC BY 4.0\n');
    await writeFile(place.path('works', 'more', 'c.png.json'), '{"holder": "Grace"}');
  });
  after(async () => place?.[Symbol.asyncDispose]());

  const run = async (...args: readonly string[]): Promise<Outcome> => place.run(['references', ...args]);
  const listed = async (): Promise<readonly ListedWork[]> => JSON.parse((await run('list', '--json')).stdout) as readonly ListedWork[];
  const about = async (): Promise<readonly (readonly (string | undefined)[])[]> =>
    (await listed()).map(({ id, title, rightsHolder, licence }) => [id, title, rightsHolder, licence]);

  test('an empty library says that nothing is compared', async () => {
    assert.deepEqual(await run(), { exitCode: 0, stdout: 'The library is empty: pictures are not compared with anything.\n', stderr: '' });
  });

  test('a folder is read with what is known about its works, and not twice', async () => {
    const first = await run('add', place.path('works'));
    assert.equal(first.exitCode, 0, first.stderr);
    assert.equal(
      first.stdout,
      '3 added.\nThe library has 3 works, compared by file and by perceptual hash; no copy-detection model is installed.\n',
    );
    const works = [
      ['1', 'Shapes; many', 'ACME', 'all rights reserved'],
      ['2', 'Hills at dusk', undefined, 'CC BY 4.0'],
      ['3', 'From the table', 'Grace', undefined],
    ];
    assert.deepEqual(await about(), works);
    assert.match((await run('add', place.path('works'))).stdout, /^3 unchanged\./);
    assert.match((await run('add', place.path('works', 'a.png'), '--title', 'Shapes', '--licence', 'CC0')).stdout, /^1 described anew\./);
    assert.deepEqual((await about())[0], ['1', 'Shapes', 'ACME', 'CC0']);
  });

  test('what is no work is named with its reason, and the rest goes on', async () => {
    const at = (name: string): string => place.path('odd', name);
    await mkdir(at('folder'), { recursive: true });
    const good = await png(3);
    await writeFile(at('broken.png'), good.subarray(0, good.length / 2));
    await writeFile(at('empty.png'), '');
    await writeFile(at('notes.txt'), 'no picture');
    await writeFile(at('moving.gif'), await animation('gif'));
    await writeFile(at('moving.png'), announceFrames(good, 2));
    await writeFile(at('huge.png'), await pngBomb(12_000));
    await writeFile(at('copy.png'), await png(0));
    await writeFile(
      at('same.webp'),
      await openPixels(await artwork(1))
        .webp({ lossless: true })
        .toBuffer(),
    );
    await writeFile(at('untold.png'), await png(4));
    await writeFile(at('untold.json'), '{"title": ');
    await symlink(place.path('works', 'b.png'), at('link.png'));
    await writeFile(at('zz good.png'), good);
    const { exitCode, stdout, stderr } = await run('add', place.path('odd'));
    assert.equal(exitCode, 1, 'a script sees that something is missing');
    assert.match(stderr, sentence);
    assert.match(stderr, /5 files are not in the library; the reasons stand above, and the rest is\./);
    const said = (name: string): string => new RegExp(`^(\\w+) +\\S*${name}: (.*)$`, 'm').exec(stdout)?.slice(1).join(': ') ?? '';
    assert.equal(said('broken.png'), 'failed: a broken picture');
    assert.equal(said('empty.png'), 'skipped: an empty file');
    assert.equal(said('notes.txt'), 'skipped: no PNG, JPEG, WebP, AVIF or GIF picture');
    for (const name of ['moving.gif', 'moving.png']) assert.match(said(name), /^failed: animated/);
    assert.equal(said('huge.png'), 'failed: 12000×12000 pixels; at most 100 million are read');
    assert.match(said('copy.png'), /^duplicate: the same file as work 1, /);
    assert.match(said('same.webp'), /^duplicate: the same picture as work 2, /);
    assert.match(said('untold.png'), /^failed: untold\.json must hold title, holder and licence as JSON/);
    assert.match(said('link.png'), /^skipped: a link/);
    assert.match(stdout, /^1 added, 2 duplicates, 3 skipped, 5 failed\.$/m);
    assert.deepEqual((await about()).at(-1), ['4', 'zz good', undefined, undefined]);
  });

  test('a file that was moved is the same work, one that was changed is read anew, one that is gone stays', async () => {
    await rename(place.path('works', 'a.png'), place.path('works', 'moved.png'));
    assert.match((await run('add', place.path('works'))).stdout, /^1 found in another place, 2 unchanged\./);
    assert.equal((await listed())[0]?.path, place.path('works', 'moved.png'));
    await writeFile(place.path('works', 'b.png'), await png(5));
    await utimes(place.path('works', 'b.png'), new Date(), new Date(0));
    await unlink(place.path('odd', 'zz good.png'));
    const { stdout, exitCode } = await run('reindex');
    assert.equal(exitCode, 0);
    assert.match(stdout, /^1 read anew, 2 unchanged, 1 skipped\.$/m);
    assert.match(stdout, /zz good\.png: the file of work 4 is gone; .*blitzbild references remove 4/);
    assert.match((await run('reindex', place.path('works'), '--all')).stdout, /^3 read anew\.$/m);
    assert.match((await run('list')).stdout, /^ +4 {2}zz good {2}\(.*, gone\)$/m);
  });

  test('a backup takes the library along', async () => {
    new SqliteStore(place.path('data', 'blitzbild.sqlite')).close();
    const made = await place.run(['backup', place.path('backup')]);
    if (made.exitCode !== 0) assert.fail(made.stderr);
    const before = await about();
    await rm(place.path('data'), { recursive: true });
    assert.equal((await place.run(['restore', place.path('backup')])).exitCode, 0);
    assert.deepEqual(await about(), before);
  });

  test('works are taken out by number and by folder', async () => {
    assert.match((await run('remove', '#4', place.path('works', 'more'))).stdout, /^2 removed\.\nThe library has 2 works/);
    assert.deepEqual(
      (await about()).map(([id]) => id),
      ['1', '2'],
    );
    const unknown = await run('remove', '99');
    assert.deepEqual([unknown.exitCode, unknown.stdout], [1, '']);
    assert.match(unknown.stderr, /Nothing was removed: there is no work 99\./);
  });

  test('a model that is installed later looks at the works once, and is used from then on', async () => {
    const settings = { providers: ['cpu'], modelFolders: [join(import.meta.dirname, '../../golden/fixtures/picture-models')] };
    await writeFile(place.path('blitzbild.yaml'), JSON.stringify(settings));
    assert.match(
      (await run()).stdout,
      /^The library has 2 works; 2 of them lack what the model \S+ compares, so it is not used\. .*references reindex$/m,
    );
    const { stdout, stderr } = await run('reindex');
    assert.match(stdout, /^2 read anew\.\nThe library has 2 works, compared by file, by perceptual hash and by the model \S+\.\n$/, stderr);
    assert.match((await run('reindex')).stdout, /^2 unchanged\./);
  });

  for (const [args, words] of [
    [['add'], /Name a folder of works or single files/],
    [['add', 'nowhere'], /nowhere is not there/],
    [['add', '.', '--title', 'All'], /--title names one work/],
    [['remove'], /Name works by number, file or folder/],
    [['ad'], /did you mean «references add»/],
    [['list', '--jsn'], /the options are: --json/],
  ] as const)
    test(`«references ${args.join(' ')}» says what is meant`, async () => {
      const { exitCode, stderr } = await run(...args);
      assert.equal(exitCode, 2);
      assert.match(stderr, words);
    });
});
