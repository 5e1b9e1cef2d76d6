import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Device } from './device.ts';

const work = join(import.meta.dirname, 'store-full-work.ts');

type Seen = {
  readonly identity: string;
  readonly rejected: string | undefined;
  readonly later: readonly string[];
  readonly contents: readonly string[];
  readonly written: number;
  readonly writeErrors: readonly { readonly reason: string; readonly message: string }[];
};

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'crypto-full-'));
});
after(async () => rm(folder, { recursive: true, force: true }));

const system = (program: string, ...args: readonly string[]): Buffer => execFileSync(program, args, { stdio: 'pipe' });

/** Runs the child under a limit of the shell, such as `ulimit -f 800`. */
async function workUntilFull(file: string, limit: string): Promise<Seen> {
  const child = spawn('sh', ['-c', `${limit}; exec "$@"`, 'sh', process.execPath, work, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.on('data', (chunk) => (out += String(chunk)));
  const [code] = await once(child, 'close');
  assert.equal(code, 0);
  return JSON.parse(out) as Seen;
}

async function assertFailedOnceAndWhole(file: string, seen: Seen, says: RegExp): Promise<void> {
  assert.ok(seen.rejected !== undefined && seen.written > 3, `${seen.written} messages before ${seen.rejected}`);
  assert.deepEqual(seen.later, ['rejected', 'rejected'], 'nothing seems to be stored after the first failure');
  assert.equal(seen.writeErrors.length, 1);
  assert.equal(seen.writeErrors[0]?.reason, 'write-failed');
  assert.match(seen.writeErrors[0]?.message ?? '', says);
  // With room again the device is the same, and every message that was handed out can be read.
  using again = await Device.open(file);
  assert.equal(again.identity, seen.identity);
  assert.match(await again.decrypt(seen.contents[0]!), /^text \d+$/u);
  await again.encrypt('goes on');
  assert.deepEqual(again.writeErrors, []);
}

test('a write that fails rejects the call that wrote, is told once, and harms nothing that was stored', async () => {
  const file = join(folder, 'limit', 'crypto.sqlite');
  // Blocks of 512 bytes: files of this process may not become larger.
  const seen = await workUntilFull(file, 'ulimit -f 1200');
  await assertFailedOnceAndWhole(file, seen, /can't be written: /u);
});

test('a disk that is full is told as that', async (t) => {
  const disk = join(folder, 'disk');
  await mkdir(disk);
  try {
    system('mount', '-t', 'tmpfs', '-o', 'size=900k', 'tmpfs', disk);
  } catch {
    t.skip('this user may not mount a small file system');
    return;
  }
  try {
    const file = join(disk, 'crypto.sqlite');
    const seen = await workUntilFull(file, 'true');
    system('mount', '-o', 'remount,size=20m', disk);
    await assertFailedOnceAndWhole(file, seen, /can't be written: the disk is full, make room on it\./u);
  } finally {
    system('umount', disk);
  }
});
