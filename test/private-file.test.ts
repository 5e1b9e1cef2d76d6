import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { PrivateFileError, readPrivateFile, writePrivateFile, type PrivateFileReason } from '#src/private-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'blitzbild-private-'));
after(() => rmSync(folder, { recursive: true }));

const refused =
  (reason: PrivateFileReason, says: RegExp) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof PrivateFileError);
    assert.equal(error.reason, reason);
    assert.match(error.message, says);
    assert.doesNotMatch(error.message, /secret words/u);
    return true;
  };

test('a key is written for its owner alone, whatever the umask', () => {
  const before = process.umask(0o000);
  try {
    const file = join(folder, 'made/deep/key');
    writePrivateFile(file, 'secret words');
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(statSync(join(folder, 'made/deep')).mode & 0o777, 0o700);
    assert.equal(readPrivateFile(file).toString(), 'secret words');
    assert.deepEqual(readdirSync(join(folder, 'made/deep')), ['key']);
  } finally {
    process.umask(before);
  }
});

test('a key is never written over', () => {
  const file = join(folder, 'twice');
  writePrivateFile(file, 'first');
  assert.throws(() => writePrivateFile(file, 'second'), refused('exists', /exists already/u));
  assert.equal(readPrivateFile(file).toString(), 'first');
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith('twice')),
    ['twice'],
  );
});

test('a file that any other user has a right to is refused, with the command that helps', () => {
  const file = join(folder, 'it’s wide');
  writeFileSync(file, 'secret words');
  for (const mode of [0o640, 0o604, 0o644, 0o660, 0o610, 0o666, 0o602]) {
    chmodSync(file, mode);
    assert.throws(() => readPrivateFile(file), refused('open-to-others', new RegExp(`mode ${mode.toString(8)}.*chmod 600 '.*wide'$`, 'u')));
  }
  for (const mode of [0o600, 0o400]) {
    chmodSync(file, mode);
    assert.equal(readPrivateFile(file).toString(), 'secret words');
  }
});

test('a link is judged by what it leads to', () => {
  const [file, link] = [join(folder, 'target'), join(folder, 'link')];
  writeFileSync(file, 'secret words', { mode: 0o600 });
  chmodSync(file, 0o640);
  symlinkSync(file, link);
  assert.throws(() => readPrivateFile(link), refused('open-to-others', /chmod 600/u));
});

test('a missing file, a folder and a name inside of a file are told in a sentence', () => {
  assert.throws(() => readPrivateFile(join(folder, 'nowhere')), refused('missing', /is missing/u));
  const inner = join(folder, 'closed');
  writePrivateFile(join(inner, 'key'), 'x');
  assert.throws(() => readPrivateFile(inner), refused('inaccessible', /can't be read/u));
  assert.throws(() => writePrivateFile(join(inner, 'key/more'), 'x'), refused('inaccessible', /can't be written/u));
});
