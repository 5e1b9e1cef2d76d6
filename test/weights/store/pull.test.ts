/** Pulling a model from a hub that speaks the protocol: all of it or nothing, and never a byte twice. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { access, mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { readReceipt } from '#src/weights/store/receipt.ts';
import { ModelStoreError, type StoreErrorCode } from '#src/weights/store/store-error.ts';
import { verifyModel } from '#src/weights/store/verify.ts';
import { filesOf } from '../../hub/small-hub.ts';
import { curated, modelFiles, openWorld, repo, taken, takenBytes, type StoreWorld } from './store-world.ts';

const rejectsWith = (work: Promise<unknown>, code: StoreErrorCode, says: RegExp): Promise<void> =>
  assert.rejects(work, (error: unknown) => {
    assert.ok(error instanceof ModelStoreError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, says);
    return true;
  });

/** Nothing that looks installed, whatever is kept in hiding. */
const assertNothing = async ({ installed }: StoreWorld): Promise<void> => assert.deepEqual(await installed(), []);

async function assertWhole({ models }: StoreWorld, name = 'small'): Promise<void> {
  const found = await filesOf(join(models, name));
  for (const path of taken) assert.ok(found[path]?.equals(modelFiles[path] ?? Buffer.alloc(0)), path);
  assert.equal(found['README.md'], undefined);
  assert.equal(found['unet/diffusion_pytorch_model.bin'], undefined);
}

test('a model comes whole, with who vouches for each file, and nothing else is left', async (t) => {
  const world = await openWorld(t);
  const { receipt, fetchedBytes } = await world.pull();
  await assertWhole(world);
  assert.equal(fetchedBytes, takenBytes);
  assert.equal(world.hub.bytesSent, takenBytes);
  assert.deepEqual(await readdir(join(world.models, '.pulling')), []);
  const by = (path: string): string | undefined => receipt.files.find((file) => file.path === path)?.checkedBy;
  assert.deepEqual([by('unet/model.onnx'), by('tokenizer/vocab.json'), by('blitzbild.json')], ['hub', 'hub', 'written']);
  const sha256 = receipt.files.find(({ path }) => path === 'tokenizer/vocab.json')?.sha256;
  assert.equal(
    sha256,
    createHash('sha256')
      .update(modelFiles['tokenizer/vocab.json'] ?? '')
      .digest('hex'),
  );
  assert.deepEqual(await readReceipt(join(world.models, 'small')), receipt);
  assert.deepEqual((await verifyModel(join(world.models, 'small'))).differences, []);
});

test('a token goes to the hub and never to the host that it redirects to', async (t) => {
  const world = await openWorld(t);
  world.hub.token = 'hf_secret';
  await world.pull({ asking: world.asking({ token: 'hf_secret' }) });
  const toCdn = world.hub.seen.filter(({ server }) => server === 'cdn');
  assert.equal(toCdn.length, 4);
  assert.deepEqual(new Set(toCdn.map(({ authorization }) => authorization)), new Set([undefined]));
  assert.ok(world.hub.seen.filter(({ server }) => server === 'hub').every(({ authorization }) => authorization === 'Bearer hf_secret'));
});

test('a model that wants a token says where to get one, and a wrong token is not told to anybody', async (t) => {
  const world = await openWorld(t);
  world.hub.token = 'hf_secret';
  await rejectsWith(world.pull(), 'not_allowed', /accept its terms at http:\/\/127[^ ]+\/makers\/small-model.*BLITZBILD_HUB_TOKEN_FILE/);
  const wrong = world.pull({ asking: world.asking({ token: 'hf_mistyped' }) });
  await assert.rejects(wrong, (error: Error) => error.message.includes('token') && !error.message.includes('hf_mistyped'));
  await assertNothing(world);
});

test('a hub that is busy is asked again after the time that it names', async (t) => {
  const world = await openWorld(t);
  let refusals = 0;
  const at: number[] = [];
  world.hub.fault = ({ kind }) => {
    if (kind !== 'tree') return undefined;
    at.push(performance.now());
    return refusals++ < 1 ? { status: 429, headers: { 'retry-after': '0.3' } } : undefined;
  };
  await world.pull();
  await assertWhole(world);
  assert.ok((at[1] ?? 0) - (at[0] ?? 0) >= 290, `${(at[1] ?? 0) - (at[0] ?? 0)} ms`);
});

test('a hub that names hours is not waited for', async (t) => {
  const world = await openWorld(t);
  world.hub.fault = ({ kind }) => (kind === 'revision' ? { status: 429, headers: { 'retry-after': '7200' } } : undefined);
  await rejectsWith(world.pull(), 'unreachable', /no more requests for 120 minutes/);
});

test('errors of the server are tried again, and told when they stay', async (t) => {
  const world = await openWorld(t);
  let answers = 0;
  world.hub.fault = ({ kind }) => (kind === 'bytes' && answers++ < 3 ? { status: 503 } : undefined);
  await world.pull();
  await assertWhole(world);
  world.hub.fault = ({ kind }) => (kind === 'revision' ? { status: 500 } : undefined);
  await rejectsWith(world.pull({ model: { name: 'other', repo } }), 'unreachable', /answers with an error \(500\)/);
});

test('a body that ends early is taken up where it ended', async (t) => {
  const world = await openWorld(t);
  let cuts = 0;
  world.hub.fault = ({ kind, file }) =>
    kind === 'bytes' && file === 'unet/model.onnx_data' && cuts++ < 6 ? { cutAfter: 130_000 } : undefined;
  const { fetchedBytes } = await world.pull();
  await assertWhole(world);
  assert.equal(fetchedBytes, takenBytes);
  assert.equal(world.hub.bytesSent, takenBytes, 'no byte twice');
  const ranges = world.hub.seen.filter(({ kind, file }) => kind === 'bytes' && file === 'unet/model.onnx_data').map(({ range }) => range);
  assert.deepEqual(ranges, [undefined, ...[1, 2, 3, 4, 5, 6].map((n) => `bytes=${n * 130_000}-`)]);
});

test('a line that breaks without a byte ends with a sentence', async (t) => {
  const world = await openWorld(t);
  world.hub.fault = ({ kind, file }) => (kind === 'bytes' && file === 'unet/model.onnx' ? { cutAfter: 0 } : undefined);
  await rejectsWith(world.pull(), 'unreachable', /kept/);
  await assertNothing(world);
});

test('a server that falls silent is asked anew', async (t) => {
  const world = await openWorld(t);
  let stalls = 0;
  world.hub.fault = ({ kind, file }) =>
    kind === 'bytes' && file === 'unet/model.onnx_data' && stalls++ < 1 ? { stallAfter: 400_000 } : undefined;
  const { fetchedBytes } = await world.pull({ asking: world.asking({ patience: { pieceMs: 300 } }) });
  await assertWhole(world);
  assert.equal(fetchedBytes, takenBytes);
});

test('a server that never answers ends with a sentence, within the patience that there is', async (t) => {
  const world = await openWorld(t);
  world.hub.fault = ({ kind }) => (kind === 'revision' ? { delayMs: 9000 } : undefined);
  const startedAt = performance.now();
  await rejectsWith(world.pull({ asking: world.asking({ patience: { answerMs: 80, tries: 3 } }) }), 'unreachable', /can't be reached/);
  assert.ok(performance.now() - startedAt < 8000);
});

test('a server without ranges begins anew, and the result is right', async (t) => {
  const world = await openWorld(t);
  let cuts = 0;
  world.hub.fault = ({ kind, file }) => {
    if (kind !== 'bytes' || file !== 'unet/model.onnx_data') return undefined;
    return { withoutRanges: true, ...(cuts++ < 1 ? { cutAfter: 500_000 } : {}) };
  };
  await world.pull();
  await assertWhole(world);
});

test('wrong content is deleted and told, and nothing is installed', async (t) => {
  const world = await openWorld(t);
  const change = (content: Buffer): Buffer => Buffer.from(content.map((byte, index) => (index === 70_000 ? byte ^ 1 : byte)));
  world.hub.fault = ({ kind, file }) => (kind === 'bytes' && file === 'vae_decoder/model.onnx' ? { change } : undefined);
  await rejectsWith(
    world.pull(),
    'wrong_hash',
    /vae_decoder\/model\.onnx is not what it should be: its SHA-256 is \w{12}…, not \w{12}…\. It was deleted/,
  );
  await assertNothing(world);
  assert.ok(!(await readdir(join(world.models, '.pulling/small/parts'))).some((name) => name.startsWith('vae_decoder')));
  world.hub.fault = () => undefined;
  await world.pull();
  await assertWhole(world);
});

test('a small file is checked by its git hash', async (t) => {
  const world = await openWorld(t);
  world.hub.fault = ({ kind, file }) =>
    kind === 'resolve' && file === 'tokenizer/vocab.json' ? { change: () => Buffer.from('{"b":0}') } : undefined;
  await rejectsWith(world.pull(), 'wrong_hash', /tokenizer\/vocab\.json is not what it should be: its git hash/);
});

test('a hub that announces another file is told so before its bytes come', async (t) => {
  const world = await openWorld(t);
  world.hub.fault = ({ kind, file }) =>
    kind === 'resolve' && file === 'unet/model.onnx_data' ? { headers: { 'x-linked-etag': `"${'c'.repeat(64)}"` } } : undefined;
  await rejectsWith(world.pull(), 'wrong_hash', /the hub gives one with the SHA-256 cccccccccccc…/);
  await assertNothing(world);
});

test('a hash in the list wins over what the hub says', async (t) => {
  const world = await openWorld(t);
  const right = createHash('sha256')
    .update(modelFiles['unet/model.onnx'] ?? '')
    .digest('hex');
  const listed = (sha256: string) => curated({ files: taken.map((path) => (path === 'unet/model.onnx' ? { from: path, sha256 } : path)) });
  await rejectsWith(world.pull({ model: listed('0'.repeat(64)) }), 'wrong_hash', /unet\/model\.onnx/);
  const { receipt } = await world.pull({ model: listed(right) });
  assert.equal(receipt.files.find(({ path }) => path === 'unet/model.onnx')?.checkedBy, 'list');
});

for (const [what, fault, says] of [
  ['in the linked header', { headers: { 'x-linked-size': '12' } }, /has 30000 bytes and gives 12/],
  ['by sending less and calling it all', { change: (content: Buffer) => content.subarray(0, 1000) }, /has 30000 bytes and gives 1000/],
  ['by sending more', { change: (content: Buffer) => Buffer.concat([content, content]) }, /has 30000 bytes and gives 60000/],
] as const)
  test(`a hub that lies about size ${what} is told so`, async (t) => {
    const world = await openWorld(t);
    const kind = 'headers' in fault ? 'resolve' : 'bytes';
    world.hub.fault = (seen) => (seen.kind === kind && seen.file === 'unet/model.onnx' ? fault : undefined);
    await rejectsWith(world.pull(), 'hub_lies', says);
    await assertNothing(world);
  });

test('a hub that sends without an end is stopped at the size that it listed', async (t) => {
  const world = await openWorld(t);
  const change = (content: Buffer): Buffer => Buffer.concat([content, content, content]);
  world.hub.fault = ({ kind, file }) => (kind === 'bytes' && file === 'unet/model.onnx' ? { change, withoutLength: true } : undefined);
  await rejectsWith(world.pull(), 'hub_lies', /has 30000 bytes and gives more/);
  await assertNothing(world);
});

test('a branch that moves during a pull is noticed, where the hub follows the branch', async (t) => {
  const world = await openWorld(t);
  world.hub.fault = ({ kind, file }) =>
    kind === 'resolve' && file === 'unet/model.onnx' ? { headers: { 'x-repo-commit': 'b'.repeat(40) } } : undefined;
  await rejectsWith(world.pull(), 'hub_lies', /has moved on: the hub gives files of bbbbbbbb.*--restart/);
  await assertNothing(world);
});

test('an interrupted pull goes on with its own commit when the branch has moved, and --restart takes the newest', async (t) => {
  const world = await openWorld(t);
  world.hub.fault = ({ kind, file }) => (kind === 'bytes' && file === 'vae_decoder/model.onnx' ? { status: 404, delayMs: 300 } : undefined);
  await rejectsWith(world.pull(), 'not_found', /lists vae_decoder/);
  world.hub.fault = () => undefined;
  const newer = world.hub.commit(repo, { ...modelFiles, 'unet/model.onnx': Buffer.from('newer') });
  const before = world.hub.bytesSent;
  const { receipt } = await world.pull();
  await assertWhole(world);
  assert.notEqual(receipt.commit, newer);
  assert.ok(world.hub.bytesSent - before < takenBytes, 'only the rest');
  const again = await world.pull({ model: curated({ name: 'small-2', write: {} }), restart: true });
  assert.equal(again.receipt.commit, newer);
});

test('Ctrl-C keeps what is there, and the next run fetches only the rest', async (t) => {
  const world = await openWorld(t);
  const stopping = new AbortController();
  world.hub.fault = ({ kind, file }) => (kind === 'bytes' && file === 'unet/model.onnx_data' ? { stallAfter: 600_000 } : undefined);
  const watch = { onProgress: (done: number) => void (done >= takenBytes - 300_000 && stopping.abort()) };
  const stopped = world.pull({ asking: world.asking({ signal: stopping.signal }), watch });
  await rejectsWith(stopped, 'stopped', /Stopped\. .* of 1\.1 MB are kept: the same command goes on from there\./);
  await assertNothing(world);
  const before = world.hub.bytesSent;
  world.hub.fault = () => undefined;
  let had = 0;
  const { fetchedBytes } = await world.pull({ watch: { onPlan: ({ haveBytes }) => (had = haveBytes) } });
  await assertWhole(world);
  assert.ok(had >= 600_000, `${had} bytes were kept`);
  assert.equal(fetchedBytes, takenBytes - had);
  assert.equal(world.hub.bytesSent - before, takenBytes - had, 'no byte twice');
});

test('a part that an earlier run left damaged is thrown away and fetched anew', async (t) => {
  const world = await openWorld(t);
  let cuts = 0;
  world.hub.fault = ({ kind, file }) => {
    if (kind !== 'bytes' || file !== 'unet/model.onnx_data') return undefined;
    return cuts++ === 0 ? { cutAfter: 400_000 } : { status: 404 };
  };
  await assert.rejects(world.pull());
  const parts = join(world.models, '.pulling/small/parts');
  const [part = ''] = (await readdir(parts)).filter((name) => name.startsWith('unet__model.onnx_data'));
  const content = await readFile(join(parts, part));
  content[5] = (content[5] ?? 0) ^ 1;
  await writeFile(join(parts, part), content);
  world.hub.fault = () => undefined;
  await world.pull();
  await assertWhole(world);
});

test('of two pulls at once, the second is told', async (t) => {
  const world = await openWorld(t);
  world.hub.fault = ({ kind }) => (kind === 'bytes' ? { delayMs: 1500 } : undefined);
  const first = world.pull();
  await new Promise((done) => setTimeout(done, 100));
  await rejectsWith(world.pull(), 'busy', /small is being downloaded by another command right now/);
  await first;
  await assertWhole(world);
  await rejectsWith(world.pull(), 'installed', /installed already/);
});

test('the lock of a process that is gone holds nobody up', async (t) => {
  const world = await openWorld(t);
  await mkdir(join(world.models, '.pulling'), { recursive: true });
  const lock = join(world.models, '.pulling/small.lock');
  // The highest pid there is on Linux is 4194304.
  await writeFile(lock, JSON.stringify({ pid: 4_194_305, host: hostname() }));
  await world.pull();
  await assertWhole(world);
  await writeFile(join(world.models, '.pulling/other.lock'), JSON.stringify({ pid: process.pid, host: 'another-machine' }));
  const long = new Date(Date.now() - 120_000);
  await rejectsWith(world.pull({ model: { name: 'other', repo } }), 'busy', /another command/);
  await utimes(join(world.models, '.pulling/other.lock'), long, long);
  await world.pull({ model: { name: 'other', repo } });
  assert.deepEqual(await world.installed(), ['other', 'small']);
});

test('too small a disk is said before the first byte, with both sizes', async (t) => {
  const world = await openWorld(t);
  const watch = { free: () => Promise.resolve(1000) };
  await rejectsWith(world.pull({ watch }), 'disk_full', /1\.1 MB are still to come .* only 1\.0 kB are/);
  assert.equal(world.hub.bytesSent, 0);
});

test('a folder that is whole and no model is not installed', async (t) => {
  const world = await openWorld(t);
  const model = curated({ files: taken.filter((path) => !path.startsWith('vae_decoder')) });
  await rejectsWith(world.pull({ model }), 'unusable', /can't be used as small: .*vae_decoder/);
  await assertNothing(world);
});

test('a repository whose configuration is of no family is not installed', async (t) => {
  const world = await openWorld(t);
  world.hub.commit(repo, { ...modelFiles, 'model_index.json': Buffer.from('{"_class_name":"WhisperPipeline"}') });
  await rejectsWith(world.pull({ model: { name: 'no-family', repo } }), 'unusable', /WhisperPipeline/);
  await assertNothing(world);
});

test('a file that the list needs and the repository lacks is named', async (t) => {
  const world = await openWorld(t);
  await rejectsWith(world.pull({ model: curated({ files: [...taken, 'unet/other.onnx'] }) }), 'files_missing', /has no unet\/other\.onnx/);
});

test('a mirror at an address with a path works the same', async (t) => {
  const world = await openWorld(t);
  const mirror = await mirrorOf(t, world.hub.address);
  const { receipt } = await world.pull({ asking: world.asking({ address: `${mirror}/hub` }) });
  await assertWhole(world);
  assert.equal(receipt.hub, `${mirror}/hub`);
});

/** Passes everything below `/hub` on. @returns its address */
async function mirrorOf(t: TestContext, address: string): Promise<string> {
  const { createServer } = await import('node:http');
  const server = createServer((request, response) => {
    void fetch(`${address}${(request.url ?? '').replace(/^\/hub/, '')}`, {
      redirect: 'manual',
      ...(request.headers.range === undefined ? {} : { headers: { range: request.headers.range } }),
    }).then(async (answer) => {
      const link = answer.headers.get('link');
      const headers = { ...Object.fromEntries(answer.headers), ...(link === null ? {} : { link: link.replace(address, `${own()}/hub`) }) };
      response.writeHead(answer.status, headers).end(Buffer.from(await answer.arrayBuffer()));
    });
  }).listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  t.after(() => server.close());
  const own = (): string => `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  return own();
}

test('what the catalogue reads never holds half a model', async (t) => {
  const world = await openWorld(t);
  const looks: string[][] = [];
  const watch = { onProgress: () => {}, onFile: async () => void looks.push([...(await world.installed())]) };
  await world.pull({ watch });
  assert.ok(looks.every((names) => names.length === 0 || names[0] === 'small'));
  await access(join(world.models, 'small/model_index.json'));
});
