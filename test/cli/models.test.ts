/** What the model store says on a terminal, and what elsewhere. */
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { askYes, isInteractive } from '#src/cli/models/ask.ts';
import type { Io } from '#src/cli/io.ts';
import { hashState } from '#src/cli/models/list.ts';
import { PullLines } from '#src/cli/models/pull-lines.ts';
import { formatBytes } from '#src/weights/store/bytes.ts';

type Output = PassThrough & { isTTY: boolean; text: () => string };

function output(isTTY: boolean): Output {
  const stream = Object.assign(new PassThrough(), { isTTY, text: () => text });
  let text = '';
  stream.setEncoding('utf8').on('data', (piece: string) => (text += piece));
  return stream;
}

const io = (isTTY: boolean) => {
  const [stdin, stdout, stderr] = [output(isTTY), output(isTTY), output(isTTY)];
  return { stdin, stdout, stderr, asIo: { stdin, stdout, stderr, root: new URL('file:///') } as unknown as Io };
};

for (const [typed, is] of [
  ['y', true],
  ['YES', true],
  ['ja', true],
  ['', false],
  ['n', false],
  ['yesterday', false],
] as const)
  test(`«${typed}» ${is ? 'is' : 'is not'} a yes`, async () => {
    const { stdin, asIo, stdout } = io(true);
    const answer = askYes(asIo, 'Accept?', new AbortController().signal);
    stdin.write(`${typed}\n`);
    assert.equal(await answer, is);
    assert.ok(stdout.text().includes('Accept? [y/N] '));
  });

test('Ctrl-C at a question ends it', async () => {
  const stopping = new AbortController();
  const answer = askYes(io(true).asIo, 'Accept?', stopping.signal);
  stopping.abort();
  await assert.rejects(answer, { name: 'AbortError' });
});

test('Ctrl-C typed on a terminal reaches the question, and the end of the input is a no', async () => {
  const first = io(true);
  const stopped = askYes(first.asIo, 'Accept?', new AbortController().signal);
  first.stdin.write('\u0003');
  await assert.rejects(stopped, { name: 'AbortError' });
  const second = io(true);
  const ended = askYes(second.asIo, 'Accept?', new AbortController().signal);
  second.stdin.end();
  assert.equal(await ended, false);
});

test('a script is nobody to be asked', () => {
  assert.deepEqual([isInteractive(io(true).asIo), isInteractive(io(false).asIo)], [true, false]);
});

test('elsewhere than on a terminal there is a line for each tenth, and no more', async () => {
  const { asIo, stdout, stderr } = io(false);
  const lines = new PullLines('small', asIo);
  lines.onPlan({ totalBytes: 1e9, haveBytes: 2.5e8, files: 7 });
  for (let done = 2.5e8; done <= 1e9; done += 1e6) lines.onProgress(done, 1e9);
  lines.clear();
  await new Promise((done) => setImmediate(done));
  const said = stdout.text().trimEnd().split('\n');
  assert.equal(said[0], 'Downloading small: 7 files, 1.00 GB, 250 MB of them are here already');
  assert.deepEqual(said.slice(1), [
    '  30%  300 MB',
    '  40%  400 MB',
    '  50%  500 MB',
    '  60%  600 MB',
    '  70%  700 MB',
    '  80%  800 MB',
    '  90%  900 MB',
    '  100%  1.00 GB',
  ]);
  assert.equal(stderr.text(), '');
});

test('on a terminal there is a bar, drawn now and then', async () => {
  const { asIo, stdout, stderr } = io(true);
  const lines = new PullLines('small', asIo);
  lines.onPlan({ totalBytes: 1e9, haveBytes: 0, files: 7 });
  for (let done = 0; done <= 1e9; done += 1e5) lines.onProgress(done, 1e9);
  lines.clear();
  await new Promise((done) => setImmediate(done));
  assert.equal(stdout.text(), '');
  assert.match(stderr.text(), /▓{24} 100% {2}small {2}1\.00 GB of 1\.00 GB {2}\S+ [GMk]?B\/s/);
  assert.ok(stderr.text().split('\r').length < 40, 'ten times a second at most');
});

test('sizes are as disks count them', () => {
  assert.deepEqual([0, 999, 1500, 24_200_000, 681e6, 2.58e9, 13.2e9].map(formatBytes), [
    '0 bytes',
    '999 bytes',
    '1.5 kB',
    '24.2 MB',
    '681 MB',
    '2.58 GB',
    '13.2 GB',
  ]);
});

test('who vouches for the files is said for each kind', () => {
  const file = (checkedBy: 'list' | 'hub' | 'none' | 'written') => ({ path: 'x', size: 1, sha256: 'a'.repeat(64), checkedBy });
  assert.equal(
    hashState({ files: [file('list'), file('list'), file('hub'), file('none'), file('written')] }),
    "2 files checked by the hashes in config/models.json, 1 file checked by the hub's own hashes, 1 file that nobody gives a hash for",
  );
});
