/** Folders as they lie about: what is no file or can't be read is named or left out, and the rest is read. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { candidates, type Candidate } from '#src/cli/references/files.ts';
import { Sidecars } from '#src/cli/references/sidecar.ts';
import { Tally } from '#src/cli/references/tally.ts';

const folder = (t: TestContext): string => {
  const made = mkdtempSync(join(tmpdir(), 'blitzbild-odd-'));
  t.after(() => rmSync(made, { recursive: true }));
  return made;
};

test('a pipe and a folder with the name of a table or of a file of words are no such files', { timeout: 5000 }, (t) => {
  const top = folder(t);
  execFileSync('mkfifo', [join(top, 'references.csv'), join(top, 'a.yaml')]);
  assert.deepEqual(new Sidecars().of(join(top, 'a.png'), top), {});
  const other = folder(t);
  mkdirSync(join(other, 'references.csv'));
  mkdirSync(join(other, 'a.png.json'));
  writeFileSync(join(other, 'a.yaml'), 'title: A');
  assert.deepEqual(new Sidecars().of(join(other, 'a.png'), other), { title: 'A' });
});

test('a folder that can’t be read is named, and those beside it are read', async (t) => {
  const top = folder(t);
  for (const name of ['a', 'closed', 'z']) mkdirSync(join(top, name));
  for (const name of ['a', 'closed', 'z']) writeFileSync(join(top, name, '1.png'), '');
  const closed = join(top, 'closed');
  chmodSync(closed, 0);
  const found: Candidate[] = [];
  // The superuser may read everything: a name that is too long for the system can be read by nobody.
  const unreadable = process.getuid?.() === 0 ? join(top, 'n'.repeat(300)) : closed;
  for await (const one of candidates([top, unreadable])) found.push(one);
  chmodSync(closed, 0o700);
  const failed = found.filter((one) => 'failure' in one);
  assert.ok(failed.length > 0 && failed.every(({ path }) => path === unreadable), JSON.stringify(found));
  for (const name of ['a', 'z'])
    assert.ok(
      found.some((one) => one.path === join(top, name, '1.png') && 'top' in one),
      name,
    );
  const lines: string[] = [];
  const tally = new Tally((line) => lines.push(line));
  for (const { path, failure } of failed) tally.failed(path, failure);
  assert.match(lines[0] ?? '', /^failed {5}\S+: can't be (?:opened: check its permissions|read \(ENAMETOOLONG\))$/u);
  assert.throws(() => tally.assertAll(), /not in the library/u);
});

test('any error of the system is said in a line, and any other one ends the run', () => {
  const lines: string[] = [];
  const tally = new Tally((line) => lines.push(line));
  const error = (code: string): Error => Object.assign(new Error(code), { code, errno: -5, syscall: 'read' });
  for (const code of ['ENOENT', 'EPERM', 'EIO', 'EISDIR', 'ELOOP']) tally.failed('a', error(code));
  assert.deepEqual(lines, [
    'failed     a: is gone',
    "failed     a: can't be opened: check its permissions",
    "failed     a: can't be read (EIO)",
    "failed     a: can't be read (EISDIR)",
    "failed     a: can't be read (ELOOP)",
  ]);
  assert.throws(() => tally.failed('a', Object.assign(new Error('disk is full'), { code: 'ERR_SQLITE_ERROR', errcode: 13 })), /full/u);
  assert.throws(() => tally.failed('a', new TypeError('a mistake')), TypeError);
});
