import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test, type TestContext } from 'node:test';
import type { ReferenceRecord } from '#core/reference-library-port.ts';
import { copyLibrary } from '#src/store/copy-library.ts';
import { ReferenceLibrary } from '#src/store/reference-library.ts';
import { StoreError } from '#src/store/store-error.ts';

const folder = (t: TestContext): string => {
  const made = mkdtempSync(join(tmpdir(), 'blitzbild-library-'));
  t.after(() => rmSync(made, { recursive: true }));
  return made;
};

const record = (name: string, changes: Partial<ReferenceRecord> = {}): ReferenceRecord => ({
  path: `/works/${name}.png`,
  title: name,
  bytes: 10,
  modifiedMs: 1_700_000_000_000.5,
  sha256: `file of ${name}`,
  pixelsSha256: `pixels of ${name}`,
  widthPx: 4,
  heightPx: 3,
  hashes: Uint8Array.from([1, 2, 3]),
  hashForm: 1,
  ...changes,
});

describe('the library', () => {
  test('tells a work as it was put in, with and without what is optional', () => {
    const library = new ReferenceLibrary(':memory:');
    const bare = library.put(record('bare'));
    const full = library.put(
      record('full', { rightsHolder: 'ACME', licence: 'CC-BY', vectors: { model: 'm', values: Float32Array.from([0.6, 0.8]) } }),
    );
    assert.deepEqual(library.work(Number(bare)), { id: bare, title: 'bare' });
    assert.deepEqual(library.workOfFile('file of full'), { id: full, title: 'full', rightsHolder: 'ACME', licence: 'CC-BY' });
    assert.deepEqual(library.workOfFile('file of nobody'), undefined);
    const { hashes: _, vectors: __, pixelsSha256: ___, ...listed } = { ...record('bare'), vectors: undefined };
    assert.deepEqual(library.list()[0], { id: bare, ...listed });
    assert.deepEqual(library.counts(1, 'm'), { works: 2, outdated: 0, withVectors: 1 });
    assert.deepEqual(library.counts(2), { works: 2, outdated: 2, withVectors: 0 });
    assert.deepEqual([...library.hashesAfter(Number(bare), 1)], [{ id: Number(full), hashes: Uint8Array.from([1, 2, 3]) }]);
    assert.deepEqual([...library.vectorsAfter(0, 'm')], [{ id: Number(full), values: Float32Array.from([0.6, 0.8]) }]);
    library.close();
  });

  test('a file that has changed keeps its number, loses the vectors of before, and is told as rewritten', () => {
    const library = new ReferenceLibrary(':memory:');
    const id = library.put(record('a', { vectors: { model: 'm', values: Float32Array.from([1]) } }));
    const rewrites = library.rewrites();
    assert.equal(library.put(record('a', { sha256: 'another file', pixelsSha256: 'others', hashes: Uint8Array.from([9]) })), id);
    assert.deepEqual(library.counts(1, 'm'), { works: 1, outdated: 0, withVectors: 0 });
    assert.deepEqual([...library.hashesAfter(0, 1)], [{ id: Number(id), hashes: Uint8Array.from([9]) }]);
    assert.ok(library.rewrites() > rewrites);
    library.close();
  });

  test('what was removed is gone with its vectors, and its number is not given again', () => {
    const library = new ReferenceLibrary(':memory:');
    const id = library.put(record('a', { vectors: { model: 'm', values: Float32Array.from([1]) } }));
    const rewrites = library.rewrites();
    library.remove([id]);
    assert.deepEqual(library.counts(1, 'm'), { works: 0, outdated: 0, withVectors: 0 });
    assert.ok(library.rewrites() > rewrites);
    assert.notEqual(library.put(record('a')), id);
    library.close();
  });

  test('the same file is not taken twice, and what failed has changed nothing', () => {
    const library = new ReferenceLibrary(':memory:');
    library.put(record('a'));
    assert.throws(() => library.put(record('b', { sha256: 'file of a' })));
    assert.equal(library.list().length, 1);
    library.close();
  });

  test('one connection reads while another writes, and a copy of both is whole', async (t) => {
    const path = join(folder(t), 'data', 'references.sqlite');
    assert.equal(ReferenceLibrary.openExisting(path), undefined);
    const writer = new ReferenceLibrary(path);
    const reader = ReferenceLibrary.openExisting(path)!;
    writer.transaction(() => {
      writer.put(record('a'));
      assert.equal(reader.counts(1).works, 0, 'not before it is done');
    });
    assert.equal(reader.counts(1).works, 1);
    const target = join(folder(t), 'copy.sqlite');
    await copyLibrary(path, target);
    const copy = new ReferenceLibrary(target);
    assert.deepEqual(copy.works(), writer.works());
    for (const library of [copy, reader, writer]) library.close();
  });

  test('it is its owner’s alone from the first byte on', (t) => {
    const path = join(folder(t), 'references.sqlite');
    const library = new ReferenceLibrary(path);
    library.put(record('a'));
    for (const file of [path, `${path}-wal`]) assert.equal(statSync(file).mode & 0o777, 0o600, file);
    library.close();
  });

  test('a snapshot is of one moment while another connection writes', (t) => {
    const path = join(folder(t), 'references.sqlite');
    const [writer, reader] = [new ReferenceLibrary(path), new ReferenceLibrary(path)];
    reader.snapshot(() => {
      assert.equal(reader.counts(1).works, 0);
      writer.put(record('a'));
      assert.equal(reader.counts(1).works, 0);
    });
    assert.equal(reader.counts(1).works, 1);
    for (const library of [reader, writer]) library.close();
  });

  test('a file of a newer version and one that is no database are refused in a sentence', (t) => {
    const place = folder(t);
    const newer = join(place, 'newer.sqlite');
    const sqlite = new DatabaseSync(newer);
    sqlite.exec('PRAGMA user_version = 99');
    sqlite.close();
    assert.throws(
      () => new ReferenceLibrary(newer),
      (error) => error instanceof StoreError && /newer Blitzbild/.test(error.message),
    );
    const text = join(place, 'text.sqlite');
    writeFileSync(text, 'no database, but long enough to be read as one. '.repeat(40));
    assert.throws(
      () => new ReferenceLibrary(text),
      (error) => error instanceof StoreError && /damaged or no database/.test(error.message),
    );
  });
});
