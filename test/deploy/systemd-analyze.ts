/** Brings `systemd-analyze`, which reads unit files as systemd does. No systemd has to run for that. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const folder = resolve(import.meta.dirname, '../../.cache/systemd');
/** The program, the libraries of its own and the units that others refer to, such as network-online.target. */
const packages = ['systemd', 'libsystemd0', 'libsystemd-shared'];

export type Analyzer = {
  readonly run: (args: readonly string[]) => Promise<{ readonly status: number; readonly output: string }>;
};

/** The system's own, or Debian's package unpacked into a folder of the repository, for which nobody needs to be root; or why neither is there. */
export async function ensureSystemdAnalyze(): Promise<Analyzer | { readonly skip: string }> {
  const own = analyzer('systemd-analyze', {});
  if ((await own.run(['--version'])).status === 0) return own;
  if (process.platform !== 'linux') return { skip: 'systemd-analyze exists on Linux alone' };
  try {
    if (!existsSync(join(folder, 'usr/bin/systemd-analyze'))) await unpack();
  } catch {
    return { skip: 'systemd-analyze is not installed, and apt-get could not bring the Debian package systemd (is the network there?)' };
  }
  const unpacked = analyzer(join(folder, 'usr/bin/systemd-analyze'), {
    LD_LIBRARY_PATH: ['usr/lib/systemd', 'lib/systemd', `usr/lib/${triplet}`, `lib/${triplet}`].map((path) => join(folder, path)).join(':'),
    SYSTEMD_UNIT_PATH: `${join(folder, 'usr/lib/systemd/system')}:${join(folder, 'lib/systemd/system')}:`,
  });
  return (await unpacked.run(['--version'])).status === 0
    ? unpacked
    : { skip: 'the systemd-analyze of Debian’s package does not run here' };
}

const triplet = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';

/** Beside its place first, so that a download that ends early is no half of a program. */
async function unpack(): Promise<void> {
  const gathering = `${folder}.${process.pid}`;
  await mkdir(gathering, { recursive: true });
  try {
    await run('apt-get', ['download', ...packages], { cwd: gathering, timeout: 120_000 });
    for (const name of await readdir(gathering))
      if (name.endsWith('.deb')) await run('dpkg-deb', ['-x', join(gathering, name), gathering], { timeout: 60_000 });
    await rm(folder, { recursive: true, force: true });
    await rename(gathering, folder);
  } finally {
    await rm(gathering, { recursive: true, force: true });
  }
}

const analyzer = (program: string, environment: Readonly<Record<string, string>>): Analyzer => ({
  run: (args) =>
    run(program, [...args], { env: { ...process.env, ...environment, SYSTEMD_COLORS: '0' }, timeout: 60_000 }).then(
      ({ stdout, stderr }) => ({ status: 0, output: stdout + stderr }),
      (error: { code?: unknown; stdout?: string; stderr?: string }) => ({
        status: typeof error.code === 'number' ? error.code : 127,
        output: `${error.stdout ?? ''}${error.stderr ?? ''}`,
      }),
    ),
});
