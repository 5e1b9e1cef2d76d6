/**
 * `npm test`: sets up the real parts that tests talk to (a homeserver, a browser, a metadata reader), then runs every
 * test file. A part that can't be had here is skipped with its reason; that reason is printed again at the end.
 *
 * Arguments: test files or globs, to run only those.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { quietFlags } from '#src/node-flags.mjs';
import { ensureHadolint } from './container/hadolint.ts';
import { ensureSystemdAnalyze } from './deploy/systemd-analyze.ts';
import { ensureStrace } from './egress/strace.ts';
import { ensureExiftool } from './finish/exiftool.ts';
import { ensureChromium } from './e2e/room-page/chromium.ts';
import { ensureSynapse } from './e2e/synapse/setup.ts';

const root = join(import.meta.dirname, '..');
const wanted = process.argv.slice(2);

const parts = [
  ['Synapse, a real Matrix homeserver', ensureSynapse],
  ['Chromium, a real browser', ensureChromium],
  ['hadolint, a linter of Dockerfiles', ensureHadolint],
  ['systemd-analyze, the reader of systemd units', ensureSystemdAnalyze],
  ['strace and a network without an outside', ensureStrace],
  ['ExifTool, an independent metadata reader', ensureExiftool],
] as const;

const missing: string[] = [];
for (const [name, ensure] of wanted.length > 0 ? [] : parts) {
  process.stderr.write(`Setting up ${name} …\n`);
  const outcome = await ensure();
  if ('skip' in outcome) missing.push(`${name}: ${outcome.skip}`);
}

const { status, signal } = spawnSync(
  process.execPath,
  [
    ...quietFlags,
    '--test',
    // Two cores and real servers: more files at once only make timings worse.
    '--test-concurrency=2',
    '--test-timeout=300000',
    ...(wanted.length > 0 ? wanted : ['test/**/*.test.ts']),
  ],
  { cwd: root, stdio: 'inherit', env: { ...process.env, ORT_DISABLE_TELEMETRY: '1', LOG_LEVEL: 'silent' } },
);
for (const line of missing) process.stderr.write(`Skipped on this machine: ${line}\n`);
process.exitCode = signal === null ? (status ?? 1) : 1;
