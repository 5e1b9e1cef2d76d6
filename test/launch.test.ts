import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';

/** An npm that takes a while and notes that it was run. */
const slowNpm = `
  import { appendFileSync, mkdirSync } from 'node:fs';
  appendFileSync('installs', process.argv[2] + '\\n');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400);
  mkdirSync('node_modules', { recursive: true });
`;

function checkout(t: TestContext): { readonly folder: string; readonly launch: () => Promise<number | null> } {
  const folder = mkdtempSync(join(tmpdir(), 'blitzbild-launch-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'src'));
  for (const file of ['launch.mjs', 'node-flags.mjs']) copyFileSync(join(import.meta.dirname, '../src', file), join(folder, 'src', file));
  writeFileSync(join(folder, 'src/cli.ts'), '');
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  writeFileSync(join(folder, 'package-lock.json'), '{}');
  writeFileSync(join(folder, 'npm-cli.js'), slowNpm);
  const launch = async (): Promise<number | null> => {
    const env = { ...process.env, npm_execpath: join(folder, 'npm-cli.js') };
    const [exitCode] = (await once(spawn(process.execPath, [join(folder, 'src/launch.mjs')], { env, stdio: 'ignore' }), 'exit')) as [
      number | null,
    ];
    return exitCode;
  };
  return { folder, launch };
}

test('two that start at once on a fresh checkout install the packages once', async (t) => {
  const { folder, launch } = checkout(t);
  assert.deepEqual(await Promise.all([launch(), launch()]), [0, 0]);
  assert.equal(readFileSync(join(folder, 'installs'), 'utf8'), 'ci\n');
});

test('an installation that was killed does not stop the next one', async (t) => {
  const { folder, launch } = checkout(t);
  const killed = spawn(process.execPath, ['-e', '']);
  await once(killed, 'exit');
  mkdirSync(join(folder, '.cache'));
  writeFileSync(join(folder, '.cache/installing'), String(killed.pid));
  assert.equal(await launch(), 0);
  assert.equal(readFileSync(join(folder, 'installs'), 'utf8'), 'ci\n');
});
