/** Listing a repository of a hub, and everything that may answer instead of one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listRepository } from '#src/weights/store/hub-listing.ts';
import { ModelStoreError, type StoreErrorCode } from '#src/weights/store/store-error.ts';
import { freePort } from '../../free-port.ts';
import { modelFiles, openWorld, repo, shortPatience } from './store-world.ts';

const rejectsWith = (work: Promise<unknown>, code: StoreErrorCode, says: RegExp): Promise<void> =>
  assert.rejects(work, (error: unknown) => {
    assert.ok(error instanceof ModelStoreError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, says);
    return true;
  });

test('a listing has the commit, the licence and what each file hashes to', async (t) => {
  const { asking } = await openWorld(t);
  const { commit, licence, files } = await listRepository(repo, 'main', asking());
  assert.match(commit, /^[0-9a-f]{40}$/);
  assert.equal(licence, 'apache-2.0');
  assert.deepEqual(new Set(files.map(({ path }) => path)), new Set(Object.keys(modelFiles)), 'folders are no files');
  const of = (path: string) => files.find((file) => file.path === path);
  assert.match(of('unet/model.onnx')?.sha256 ?? '', /^[0-9a-f]{64}$/);
  assert.deepEqual(
    [of('unet/model.onnx')?.size, of('unet/model.onnx')?.gitOid],
    [30_000, undefined],
    'the size of the content, not of its pointer',
  );
  assert.match(of('README.md')?.gitOid ?? '', /^[0-9a-f]{40}$/);
});

test('a long listing comes page by page, whole', async (t) => {
  const { hub, asking } = await openWorld(t);
  hub.pageSize = 50;
  const id = hub.commit(
    'makers/many',
    Object.fromEntries(Array.from({ length: 1234 }, (_, index) => [`folder/${index}.json`, Buffer.from('{}')])),
  );
  const { files, commit } = await listRepository('makers/many', 'main', asking());
  assert.equal(commit, id);
  assert.equal(files.length, 1234);
  assert.equal(hub.seen.filter(({ kind }) => kind === 'tree').length, 25);
});

test('a listing without an end is given up', async (t) => {
  const { hub, asking } = await openWorld(t);
  hub.lie = () => Array.from({ length: 25_000 }, (_, index) => ({ type: 'file', path: `${index}.json`, size: 1 }));
  hub.pageSize = 10_000;
  await rejectsWith(listRepository(repo, 'main', asking()), 'hub_answer', /more than 20000 files/);
});

test('the next page is never asked for on another host', async (t) => {
  const { hub, asking } = await openWorld(t);
  hub.token = 'hf_secret';
  hub.fault = ({ kind }) =>
    kind === 'tree' ? { status: 200, headers: { link: '<http://evil.example/api/models/a/b/tree/x>; rel="next"' }, body: '[]' } : undefined;
  await rejectsWith(listRepository(repo, 'main', asking({ token: 'hf_secret' })), 'hub_answer', /on another host, evil\.example/);
});

for (const [what, answer] of [
  ['a web page', { status: 200, headers: { 'content-type': 'text/html' }, body: '<html><form>Log in' }],
  ['JSON of another kind', { status: 200, body: '{"error":"hello"}' }],
  ['a commit that is none', { status: 200, body: '{"sha":"../../etc"}' }],
  ['nothing', { status: 200, body: '' }],
] as const)
  test(`${what} instead of an answer is told in one sentence`, async (t) => {
    const { hub, asking } = await openWorld(t);
    hub.fault = () => answer;
    await rejectsWith(listRepository(repo, 'main', asking()), 'hub_answer', /does not answer as a model hub does .*check «hub»/);
  });

test('an answer that stops in the middle is told', async (t) => {
  const { hub, asking } = await openWorld(t);
  hub.fault = ({ kind }) => (kind === 'tree' ? { stallAfter: 10 } : undefined);
  await rejectsWith(
    listRepository(repo, 'main', asking({ patience: { pieceMs: 100, answerMs: 100 } })),
    'unreachable',
    /stopped in the middle/,
  );
});

test('a name or a revision that does not exist', async (t) => {
  const { asking } = await openWorld(t);
  await rejectsWith(listRepository('makers/nothing', 'main', asking()), 'not_found', /has no makers\/nothing at «main»/);
  await rejectsWith(listRepository(repo, 'v9', asking()), 'not_found', /at «v9»/);
});

test('no internet, no server and a redirect in a circle are one sentence each', async (t) => {
  const { hub } = await openWorld(t);
  const asking = (address: string) => ({
    hub: { address },
    patience: { ...shortPatience, answerMs: 1000 },
    signal: new AbortController().signal,
  });
  await rejectsWith(
    listRepository(repo, 'main', asking(`http://127.0.0.1:${await freePort()}`)),
    'unreachable',
    /the connection was refused\. Check the connection, or set «hub»/,
  );
  await rejectsWith(
    listRepository(repo, 'main', asking('http://no-such-name.invalid')),
    'unreachable',
    /no-such-name\.invalid can't be reached/,
  );
  hub.fault = ({ path }) => ({ status: 302, headers: { location: path } });
  await rejectsWith(listRepository(repo, 'main', asking(hub.address)), 'hub_answer', /redirects in a circle/);
});

test('what is stopped is not tried again', async (t) => {
  const { hub, asking } = await openWorld(t);
  hub.fault = () => ({ status: 503 });
  const stopping = new AbortController();
  const listing = listRepository(repo, 'main', asking({ signal: stopping.signal, patience: { waitMs: 60_000 } }));
  setTimeout(() => stopping.abort(), 50);
  await assert.rejects(listing, { name: 'AbortError' });
  assert.equal(hub.seen.length, 1);
});
