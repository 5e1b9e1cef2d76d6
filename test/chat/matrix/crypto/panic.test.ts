import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';

const run = (...args: readonly string[]) =>
  spawnSync(process.execPath, [join(import.meta.dirname, 'panic-work.ts'), ...args], { encoding: 'utf8', timeout: 30_000 });

describe('a panic of the encryption', () => {
  it('ends the process at once, with one sentence that says so', () => {
    const { status, stdout } = run();
    assert.equal(status, 1, stdout);
    assert.match(stdout, /encryption of Matrix rooms broke off in the middle of its work.*start it again/);
    assert.doesNotMatch(stdout, /answered|canary/);
  });

  it('is somebody else’s when there is no connection to Matrix any more', () => {
    const { stdout } = run('closed');
    assert.doesNotMatch(stdout, /broke off/);
  });
});
