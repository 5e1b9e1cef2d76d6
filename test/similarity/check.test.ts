import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import type { Pixels } from '#core/ports.ts';
import type { PictureEmbedder, SimilarityVerdict } from '#core/similarity-port.ts';
import { createPictureModels } from '#src/picture-models.ts';
import { createSimilarityCheck, libraryPath, type OpenSimilarityCheck } from '#src/similarity-check.ts';
import { hashForm, referenceHashes, referenceVectors } from '#src/similarity/fingerprints.ts';
import { IndexThread } from '#src/similarity/index-thread.ts';
import { ReferenceLibrary } from '#src/store/reference-library.ts';
import { fixturePath } from '../golden/fixtures.ts';
import { artwork, edited, plain } from './pictures.ts';

type Opened = {
  readonly check: OpenSimilarityCheck;
  readonly dataFolder: string;
  readonly errors: object[];
  readonly library: () => ReferenceLibrary;
};

const open = (t: TestContext, embedder?: PictureEmbedder): Opened => {
  const dataFolder = mkdtempSync(join(tmpdir(), 'blitzbild-check-'));
  const errors: object[] = [];
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: (fields: object) => void errors.push(fields) };
  const check = createSimilarityCheck({ dataFolder, log, ...(embedder === undefined ? {} : { embedder }) });
  let opened: ReferenceLibrary | undefined;
  t.after(async () => {
    await check.close();
    opened?.close();
    rmSync(dataFolder, { recursive: true });
  });
  return { check, dataFolder, errors, library: () => (opened ??= new ReferenceLibrary(libraryPath(dataFolder))) };
};

const put = async (library: ReferenceLibrary, title: string, picture: Pixels, embedder?: PictureEmbedder): Promise<string> =>
  library.put({
    path: `/works/${title}.png`,
    title,
    bytes: 1,
    modifiedMs: 1,
    sha256: createHash('sha256').update(title).digest('hex'),
    pixelsSha256: title,
    widthPx: picture.widthPx,
    heightPx: picture.heightPx,
    hashes: await referenceHashes(picture),
    hashForm,
    ...(embedder === undefined ? {} : { vectors: { model: embedder.hash, values: await referenceVectors(picture, embedder) } }),
  });

const compared = (verdict: SimilarityVerdict): Extract<SimilarityVerdict, { state: 'compared' }> => {
  assert.equal(verdict.state, 'compared');
  return verdict;
};

describe('a picture is compared with the library', () => {
  test('an empty one says that nothing was compared', async (t) => {
    const { check, library } = open(t);
    assert.deepEqual(await check.check(await artwork(0)), { state: 'not_checked', reason: 'no_works' });
    library();
    assert.deepEqual(await check.check(await artwork(0)), { state: 'not_checked', reason: 'no_works' });
    assert.deepEqual(check.status(), { works: 0, stages: ['file', 'hash'] });
    assert.deepEqual(check.works(), []);
  });

  test('a work that is added, renamed or removed while it runs counts from the next picture on', async (t) => {
    const { check, library, errors } = open(t);
    const works = await Promise.all([0, 1, 2, 3].map(artwork));
    const copy = await edited(works[1]!, 'crop', 1);
    await put(library(), 'first', works[0]!);
    assert.equal(compared(await check.check(copy)).isMatch, false);
    const id = await put(library(), 'second', works[1]!);
    const found = compared(await check.check(copy));
    assert.deepEqual([found.works, found.isMatch, found.stages], [2, true, ['hash']]);
    assert.deepEqual([found.nearest?.work, found.nearest?.stage, found.nearest?.isMatch], [{ id, title: 'second' }, 'hash', true]);
    assert.ok(found.nearest!.similarity >= found.nearest!.threshold && found.tookMs > 0);
    await put(library(), 'second', works[2]!);
    assert.equal(compared(await check.check(copy)).isMatch, false, 'the file shows another picture now');
    await put(library(), 'third', works[1]!);
    library().remove([id]);
    assert.equal(compared(await check.check(copy)).nearest?.work.title, 'third');
    assert.deepEqual(errors, []);
  });

  test('every symmetry and a frame are seen through', async (t) => {
    const { check, library } = open(t);
    for (const index of [0, 1, 2]) await put(library(), String(index), await artwork(index));
    const work = await artwork(1);
    for (const [name, strength] of [
      ['flip', 0],
      ['flip', 2],
      ['quarter turn', 0],
      ['quarter turn', 2],
      ['pad', 2],
      ['border', 1],
    ] as const) {
      const { nearest } = compared(await check.check(await edited(work, name, strength)));
      assert.deepEqual([nearest?.work.title, nearest?.isMatch], ['1', true], name);
    }
  });

  test('the very same file is known by its bytes, whatever it shows', async (t) => {
    const { check, library } = open(t);
    await put(library(), 'white', plain(255));
    const file = new TextEncoder().encode('white');
    const found = compared(await check.check(plain(255), file));
    assert.deepEqual([found.nearest?.stage, found.nearest?.similarity, found.isMatch, found.stages], ['file', 1, true, ['file', 'hash']]);
    const other = compared(await check.check(plain(255), new TextEncoder().encode('black')));
    assert.equal(other.isMatch, false, 'a white picture is nobody’s copy');
    assert.equal(other.nearest, undefined);
  });

  test('works that an older version has read are no comparison', async (t) => {
    const { check, library, errors } = open(t);
    const work = await artwork(0);
    library().put({
      path: 'a',
      title: 'a',
      bytes: 1,
      modifiedMs: 1,
      sha256: 'a',
      pixelsSha256: 'a',
      widthPx: 1,
      heightPx: 1,
      hashes: new Uint8Array(8),
      hashForm: hashForm - 1,
    });
    assert.deepEqual(await check.check(work), { state: 'not_checked', reason: 'failed' });
    assert.deepEqual(check.status(), { works: 0, outdated: 1, stages: ['file', 'hash'] });
    assert.deepEqual(errors, []);
  });

  test('a damaged library fails with a word in the log and without a rejection', async (t) => {
    const { check, dataFolder, errors } = open(t);
    writeFileSync(libraryPath(dataFolder), 'this is no database at all, and long enough to be taken for one'.repeat(20));
    assert.deepEqual(await check.check(await artwork(0)), { state: 'not_checked', reason: 'failed' });
    assert.equal(check.status().works, 0);
    assert.equal(errors.length, 2);
  });

  test('a check that nobody waits for any more ends, and the next one works', async (t) => {
    const { check, library, errors } = open(t);
    await put(library(), 'a', await artwork(0));
    assert.deepEqual(await check.check(await artwork(0), undefined, AbortSignal.abort()), { state: 'not_checked', reason: 'failed' });
    assert.equal(compared(await check.check(await artwork(0))).isMatch, true);
    assert.deepEqual(errors, []);
  });
});

describe('with a model that looks at pictures', () => {
  test('its nearest work is named, and it counts only where it has looked at all works', async (t) => {
    const models = await createPictureModels({ folders: [fixturePath('picture-models')], environment: {} });
    t.after(() => models.close());
    const embedder = models.embedder!;
    const { check, library, errors } = open(t, embedder);
    const red = { ...plain(0), pixels: plain(0).pixels.map((_, at) => (at % 3 === 0 ? 250 : 10)) };
    const id = await put(library(), 'red', red, embedder);
    const found = compared(await check.check(red));
    assert.deepEqual([found.nearest?.work.id, found.nearest?.stage, found.stages], [id, 'embedding', ['hash', 'embedding']]);
    assert.ok(found.nearest!.similarity > 0.999 && found.nearest!.threshold === embedder.threshold && found.isMatch);
    assert.deepEqual(check.status(), {
      works: 1,
      stages: ['file', 'hash', 'embedding'],
      model: { name: embedder.name, hash: embedder.hash },
    });
    await put(library(), 'not looked at', await artwork(0));
    assert.deepEqual(compared(await check.check(red)).stages, ['hash']);
    assert.deepEqual(check.status(), { works: 2, withoutVectors: 1, stages: ['file', 'hash'] }, 'a model that is not used is not named');
    assert.deepEqual(errors, []);
  });

  test('where it can’t be had, what the hash finds is found, and nothing else is said', async (t) => {
    const broken: PictureEmbedder = {
      name: 'broken',
      hash: 'b',
      dimensions: 2,
      threshold: 0.5,
      embed: async () => Promise.reject(new Error('the process has ended')),
    };
    const { check, library, errors } = open(t, broken);
    await put(library(), 'a', await artwork(0));
    assert.equal(compared(await check.check(await artwork(0))).isMatch, true);
    assert.deepEqual(await check.check(await artwork(1)), { state: 'not_checked', reason: 'failed' });
    assert.equal(errors.length, 1);
  });
});

describe('the thread that searches', () => {
  const search = { hashes: [], vectors: [] };
  const dataOf = (code: string): URL => new URL(`data:text/javascript,${encodeURIComponent(code)}`);

  test('is started anew after it has ended, and asked no longer than it may take', async () => {
    const ends = new IndexThread(dataOf('process.exit(3)'), { path: '' });
    for (let time = 0; time < 2; time++) await assert.rejects(ends.search(search), /has ended/);
    const hangs = new IndexThread(
      dataOf("import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => {})"),
      { path: '' },
      300,
    );
    await assert.rejects(hangs.search(search), /not searched within 300 ms/);
    await Promise.all([ends.close(), hangs.close()]);
  });

  test('answers an error of its own with its sentence', async () => {
    const fails = new IndexThread(new URL('../../src/similarity-worker.ts', import.meta.url), { path: '/dev/null/references.sqlite' });
    await assert.rejects(fails.search(search), /can't be written/);
    await fails.close();
  });
});
