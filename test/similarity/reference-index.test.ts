import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { hashForm } from '#src/similarity/fingerprints.ts';
import { hashWords } from '#src/similarity/perceptual-hash.ts';
import { ReferenceIndex } from '#src/similarity/reference-index.ts';
import { windows } from '#src/similarity/windows.ts';
import { ReferenceLibrary } from '#src/store/reference-library.ts';

const model = { hash: 'm', dimensions: 2 };

const put = (library: ReferenceLibrary, title: string): string =>
  library.put({
    path: title,
    title,
    bytes: 1,
    modifiedMs: 1,
    sha256: title,
    pixelsSha256: title,
    widthPx: 1,
    heightPx: 1,
    hashes: new Uint8Array(windows.length * hashWords * 4),
    hashForm,
    vectors: { model: model.hash, values: Float32Array.from([0.6, 0.8]) },
  });

/** Puts a work in, from a connection of its own, between the hashes and the vectors that are read. */
class FilledMeanwhile extends ReferenceLibrary {
  meanwhile: () => void = () => {};

  override *vectorsAfter(id: number, hash: string): ReturnType<ReferenceLibrary['vectorsAfter']> {
    this.meanwhile();
    yield* super.vectorsAfter(id, hash);
  }
}

test('a work that is put in while the index is read takes the model from no search', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'blitzbild-index-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'references.sqlite');
  const writer = new ReferenceLibrary(path);
  const reader = new FilledMeanwhile(path);
  put(writer, 'first');
  let last = '1';
  reader.meanwhile = () => (last = put(writer, `work ${Number(last) + 1}`));
  const index = new ReferenceIndex(reader, model);
  const search = { hashes: [], vectors: [Float32Array.from([0.6, 0.8])] };
  for (const works of [1, 2, 3]) {
    const found = index.search(search);
    assert.deepEqual([found.works, found.embedding?.id], [works, 1]);
  }
  assert.equal(last, '4');
  for (const library of [reader, writer]) library.close();
});
