#!/usr/bin/env node
// The one door to everything that runs our TypeScript. Works on Node 20 and later without any package: installs the
// packages when they are missing or out of date, finds Node 24 (the running one, or the one that came with the
// packages) and goes on there.
//
//   launch.mjs start|chat|generate|doctor …   the command line
//   launch.mjs --test [files]                 the tests
//   launch.mjs --check                        the static checks
//   launch.mjs --run FILE [arguments]         any other script of this repository
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { programFlags, quietFlags } from './node-flags.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const CLI = join('src', 'cli.ts');
const NEEDED_MAJOR = 24;
const LOWEST_MAJOR = 20;

const major = (version) => Number(version.replace(/^v/, '').split('.')[0]);

function fail(sentence) {
  process.stderr.write(`blitzbild: ${sentence}\n`);
  process.exit(1);
}

if (major(process.version) < LOWEST_MAJOR) {
  fail(`Node ${process.version} is too old: install Node ${NEEDED_MAJOR}, or any Node from ${LOWEST_MAJOR} on.`);
}

/** The packages are right when they were installed from this very lock file. */
function ensurePackages() {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const stamp = join(root, 'node_modules', '.blitzbild-lock');
  const areRight = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === lock;
  if (areRight()) return;
  const turn = waitForTurn();
  if (!areRight()) install();
  writeFileSync(stamp, lock);
  rmSync(turn, { force: true });
}

/** Two that install into one folder at once break each other's packages. @returns the file that holds the turn */
function waitForTurn() {
  const file = join(root, '.cache', 'installing');
  mkdirSync(dirname(file), { recursive: true });
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      return file;
    } catch (error) {
      if (error.code !== 'EEXIST') fail(`${dirname(file)} can't be written: give this user the right to write there.`);
    }
    if (isRunning(file)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
    else rmSync(file, { force: true });
  }
}

function isRunning(pidFile) {
  try {
    return process.kill(Number(readFileSync(pidFile, 'utf8')), 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function install() {
  process.stderr.write('Installing the packages (once, about half a minute) …\n');
  const npm = process.env.npm_execpath;
  const options = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status, error } =
    npm?.endsWith('npm-cli.js') === true
      ? spawnSync(process.execPath, [npm, ...options], { cwd: root, stdio: ['ignore', 2, 2] })
      : spawnSync('npm', options, { cwd: root, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' });
  if (status !== 0) {
    fail(
      `the packages could not be installed (${error?.message ?? `npm ended with ${status}`}): check that the package registry can be reached, then try again.`,
    );
  }
}

/** Node 24: the running one, else the one that the packages brought for this platform. */
function findNode() {
  if (major(process.version) >= NEEDED_MAJOR) return process.execPath;
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const file = process.platform === 'win32' ? 'node.exe' : 'node';
  const bundled = join(root, 'node_modules', `node-${platform}-${process.arch}`, 'bin', file);
  if (existsSync(bundled)) return bundled;
  return fail(
    `Node ${NEEDED_MAJOR} is needed, this is ${process.version}, and no package brings it for ${platform}-${process.arch}: install Node ${NEEDED_MAJOR}.`,
  );
}

function scriptFor([first, ...rest]) {
  if (first === '--test') return [join('test', 'run.ts'), ...rest];
  if (first === '--check') return [join('test', 'check.ts'), ...rest];
  if (first === '--run' && rest.length > 0) return rest;
  return [CLI, ...(first === undefined ? [] : [first]), ...rest];
}

ensurePackages();
const [script, ...args] = scriptFor(process.argv.slice(2));
const flags = script === CLI ? programFlags : quietFlags;
const child = spawn(findNode(), [...flags, join(root, script), ...args], {
  // The channel carries no messages: its end tells the program that this process was killed.
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  env: {
    ...process.env,
    ORT_DISABLE_TELEMETRY: '1',
    // Types are stripped once, not at every start (measured: half of what a start computes). Where it can't be written, nothing is kept.
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(root, '.cache', 'compiled'),
  },
});
// The child decides how to stop; this process only waits for it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => fail(error.message));
child.on('exit', (code, signal) => {
  if (signal === null) process.exit(code ?? 1);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
