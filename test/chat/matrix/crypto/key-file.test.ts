import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { parseStoreKey, readStoreKey } from '#src/chat/matrix/crypto/key-file.ts';
import { CryptoStoreError } from '#src/chat/matrix/crypto/store-error.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'store-key-'));
});
after(async () => rm(folder, { recursive: true, force: true }));

const problemOf = (keyFile: string | undefined, at = folder): CryptoStoreError => {
  try {
    readStoreKey({ keyFile, folder: at });
  } catch (error) {
    assert.ok(error instanceof CryptoStoreError);
    return error;
  }
  return assert.fail('was read');
};

test('32 bytes are read as hex or base64, in either alphabet, with or without the end of the line', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.constantFrom('', '\n', '\r\n'), (bytes, end) => {
      const key = Buffer.from(bytes);
      const base64 = key.toString('base64');
      const texts = [key.toString('hex'), key.toString('hex').toUpperCase(), base64, base64.replaceAll('+', '-').replaceAll('/', '_')];
      for (const text of texts) assert.deepEqual(parseStoreKey(text + end), bytes);
    }),
  );
});

test('all else is no key', () => {
  const hex = 'ab'.repeat(32);
  const wrong = [
    '',
    '\n',
    hex.slice(1),
    `${hex}0`,
    `${hex}\n${hex}`,
    `${hex.slice(0, 63)}g`,
    'A'.repeat(44),
    `${'A'.repeat(42)}==`,
    'secret',
  ];
  for (const text of wrong) assert.equal(parseStoreKey(text), undefined, JSON.stringify(text));
});

test('a named file: its content or one sentence how to make one, never what stands in it', async () => {
  const file = join(folder, 'named.key');
  await writeFile(file, 'ab'.repeat(32));
  assert.deepEqual(readStoreKey({ keyFile: file, folder }), new Uint8Array(32).fill(0xab));
  await writeFile(file, 'canary-secret');
  const wrong = problemOf(file);
  assert.equal(wrong.reason, 'bad-key-file');
  assert.match(wrong.message, /64 hex digits or 44 characters of base64 \(32 bytes\): make one with «openssl rand -hex 32» > /u);
  assert.doesNotMatch(wrong.message, /canary/u);
  const absent = problemOf(join(folder, 'absent.key'));
  assert.equal(absent.reason, 'inaccessible');
  assert.match(absent.message, /absent\.key can't be read: .*openssl rand -hex 32/u);
  assert.deepEqual(await readdir(folder), ['named.key'], 'none is made in place of one that was named');
});

test('without a name one is made once, for its owner alone', async () => {
  const own = join(folder, 'new', 'matrix');
  const first = readStoreKey({ keyFile: undefined, folder: own });
  assert.equal(first.length, 32);
  assert.ok(new Set(first).size > 8, 'random');
  assert.deepEqual(readStoreKey({ keyFile: undefined, folder: own }), first);
  assert.deepEqual(await readdir(own), ['store.key']);
  assert.equal((await stat(join(own, 'store.key'))).mode & 0o777, 0o600);
  assert.match(await readFile(join(own, 'store.key'), 'utf8'), /^[0-9a-f]{64}\n$/u);
});

test('one that was made and is damaged is not replaced: the store would be lost', async () => {
  const own = join(folder, 'damaged');
  readStoreKey({ keyFile: undefined, folder: own });
  await writeFile(join(own, 'store.key'), '');
  const problem = problemOf(undefined, own);
  assert.equal(problem.reason, 'bad-key-file');
  assert.match(problem.message, /is damaged.*backup/u);
});

test('one that was made and is gone is not replaced while the store that it opens is there', async () => {
  const own = join(folder, 'lost');
  const first = readStoreKey({ keyFile: undefined, folder: own });
  await writeFile(join(own, 'crypto.sqlite'), 'keys');
  assert.deepEqual(readStoreKey({ keyFile: undefined, folder: own }), first);
  await rm(join(own, 'store.key'));
  const problem = problemOf(undefined, own);
  assert.equal(problem.reason, 'bad-key-file');
  assert.match(problem.message, /store\.key, .* is missing: put it back from a backup.*move .*crypto\.sqlite away and give the bot a new/u);
  assert.deepEqual(await readdir(own), ['crypto.sqlite'], 'none is made');
  await rm(join(own, 'crypto.sqlite'));
  assert.notDeepEqual(readStoreKey({ keyFile: undefined, folder: own }), first);
});

test('a folder where nothing can be written is said', async (t) => {
  if (process.getuid?.() === 0) {
    // The rights of folders do not bind root, a file in their place does.
    await writeFile(join(folder, 'a-file'), '');
    assert.match(problemOf(undefined, join(folder, 'a-file')).message, /can't be (?:read|written): give this user the right/u);
    return;
  }
  await chmod(folder, 0o500);
  t.after(() => chmod(folder, 0o700));
  assert.match(problemOf(undefined, join(folder, 'closed')).message, /can't be written: give this user the right/u);
});
