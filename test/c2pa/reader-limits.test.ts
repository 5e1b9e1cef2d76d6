/** What a crafted manifest may cost. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { ManifestReader } from '#src/c2pa/reading/manifest-reader.ts';
import { ReaderProcess } from '#src/c2pa/reading/reader-process.ts';
import { storeBytes } from '#src/c2pa/reading/store-size.ts';
import { withArrays } from './bomb.ts';
import { facts, formats, mimeTypes, organisation, picture } from './organisation.ts';

const request = { mimeType: 'image/png', anchors: '', trusted: '' };
const onLinux = process.platform === 'linux';

test('whatever a manifest holds, the process that reads it sends a few words', async () => {
  using ours = await organisation();
  await using child = closing(new ReaderProcess());
  const outcome = await child.read({ ...request, file: withArrays(await picture('png'), 500_000, ours.folder) });
  assert.equal(outcome.kind, 'read');
  assert.ok(JSON.stringify(outcome).length < 1000, JSON.stringify(outcome).slice(0, 1000));
});

test('a process that takes too much memory is ended, not tried again, and the next file is read', { skip: !onLinux }, async () => {
  using ours = await organisation();
  await using child = closing(new ReaderProcess({ memoryLimitBytes: 250 * 1024 ** 2 }));
  const heavy = withArrays(await picture('png'), 2_000_000, ours.folder);
  const reading = child.read({ ...request, file: heavy });
  assert.deepEqual(await reading, { kind: 'failed', reason: 'too_large' });
  assert.equal(child.pid, undefined);
  const small = await child.read({ ...request, file: await ours.signer.sign(await picture('png'), facts('png')) });
  assert.equal(small.kind, 'read');
  // It is the first to go where the machine's memory runs out.
  assert.equal(readFileSync(`/proc/${child.pid}/oom_score_adj`, 'utf8').trim(), '1000');
});

test('a manifest of more than two megabytes is not given to the reader', async () => {
  using ours = await organisation();
  await using reader = new ManifestReader({ anchors: () => [], trusted: () => [] });
  const large = withArrays(await picture('png'), 2_200_000, ours.folder);
  assert.deepEqual(await reader.read(large), { state: 'not_checked', reason: 'too_large' });
  assert.equal(reader.pid, undefined);
});

test('how long a manifest is, is known without reading it', async () => {
  using ours = await organisation();
  for (const format of formats) {
    const plain = await picture(format);
    const signed = await ours.signer.sign(plain, facts(format));
    const added = signed.length - plain.length;
    const bytes = storeBytes(signed, mimeTypes[format]);
    assert.ok(bytes > 1000 && bytes <= added && bytes > added - 60, `${format}: ${bytes} of ${added}`);
    assert.equal(storeBytes(plain, mimeTypes[format]), 0);
    // Cut short, it counts as what it says.
    assert.ok(storeBytes(signed.subarray(0, signed.length - 1), mimeTypes[format]) >= bytes);
  }
  const box = (type: string, content: Buffer): Buffer => {
    const head = Buffer.from(`0000${type}`, 'latin1');
    head.writeUInt32BE(8 + content.length);
    return Buffer.concat([head, content]);
  };
  const media = [box('ftyp', Buffer.from('avif')), box('uuid', Buffer.alloc(3000)), box('mdat', Buffer.alloc(500))];
  assert.equal(storeBytes(Buffer.concat(media), 'image/avif'), 3008);
  assert.equal(storeBytes(Buffer.concat([...media, Buffer.alloc(4000)]), 'image/avif'), 3008 + 4000);
  assert.equal(storeBytes(Buffer.alloc(77), 'image/gif'), 77);
});

test('only a reader that is not there, or not for this machine, counts as missing', async (t) => {
  using ours = await organisation();
  const signed = await ours.signer.sign(await picture('png'), facts('png'));
  for (const [index, reason] of [
    ["throw Object.assign(new Error('cannot open shared object'), { code: 'ERR_DLOPEN_FAILED' });", 'reader_missing'],
    [
      "export const Reader = { fromAsset: async () => { throw Object.assign(new Error(), { code: 'ERR_DLOPEN_FAILED' }); } };",
      'reader_missing',
    ],
    ["throw Object.assign(new Error('too many open files'), { code: 'EMFILE' });", 'failed'],
  ] as const) {
    await using reader = new ManifestReader({ anchors: () => [], trusted: () => [], modulePath: childWith(t, index) });
    assert.deepEqual(await reader.read(signed), { state: 'not_checked', reason }, index);
  }
});

/** The process in a folder where the package of the reader is this. */
function childWith(t: TestContext, index: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'blitzbild-reader-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const path of ['package.json', 'src/c2pa/reading', 'src/core'])
    cpSync(join(import.meta.dirname, '../..', path), join(folder, path), { recursive: true });
  const place = join(folder, 'node_modules/@contentauth/c2pa-node');
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, 'package.json'), '{ "type": "module", "exports": "./index.js" }');
  writeFileSync(join(place, 'index.js'), index);
  return join(folder, 'src/c2pa/reading/child.ts');
}

const closing = (child: ReaderProcess): ReaderProcess & AsyncDisposable =>
  Object.assign(child, { [Symbol.asyncDispose]: async () => child.close() });
