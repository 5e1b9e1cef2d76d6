/** Brings `strace`, which sees every system call of a program and of all that it starts; and says whether a network can be taken from a program here. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const folder = resolve(import.meta.dirname, '../../.cache/strace');
const unpacked = join(folder, 'usr/bin/strace');

export type Strace = { readonly program: string; readonly libraries: string };

/** What is needed to look, or why it can't be had here. */
export async function ensureStrace(): Promise<Strace | { readonly skip: string }> {
  if (process.platform !== 'linux') return { skip: 'network namespaces and strace exist on Linux alone' };
  const refusal = await namespaceRefusal();
  if (refusal !== undefined) return { skip: refusal };
  const own = { program: 'strace', libraries: '' };
  if (await traces(own)) return own;
  try {
    if (!existsSync(unpacked)) await unpack();
  } catch {
    return { skip: 'strace is not installed, and apt-get could not bring the Debian package (is the network there?)' };
  }
  const brought = { program: unpacked, libraries: ['usr/lib', 'lib'].map((path) => join(folder, path, triplet)).join(':') };
  return (await traces(brought)) ? brought : { skip: 'strace may not trace programs here (a container without ptrace, for instance)' };
}

/** The same, as the `skip` option of a suite. */
export async function straceSkipReason(): Promise<string | undefined> {
  const strace = await ensureStrace();
  return 'skip' in strace ? strace.skip : undefined;
}

/** Networks, processes and users of its own, so that the end of the first process is the end of all. */
export const unshare = ['unshare', '--map-root-user', '--net', '--pid', '--fork', '--kill-child', '--mount-proc'] as const;

/** Loopback is there and down at first. */
export const loopbackUp = ['ip', 'link', 'set', 'lo', 'up'] as const;

async function namespaceRefusal(): Promise<string | undefined> {
  const [program, ...args] = unshare;
  try {
    await run(program, [...args, ...loopbackUp], { timeout: 20_000 });
    return undefined;
  } catch (error) {
    const reason = error instanceof Error && 'stderr' in error ? String(error.stderr).trim().split('\n').at(-1) : String(error);
    return `no network namespace can be made here (${reason}); it takes util-linux, iproute2 and a kernel that lets users make namespaces`;
  }
}

const traces = async ({ program, libraries }: Strace): Promise<boolean> =>
  run(program, ['-f', '--seccomp-bpf', '-o', '/dev/null', '-e', 'trace=connect', 'true'], {
    timeout: 20_000,
    env: { ...process.env, ...(libraries === '' ? {} : { LD_LIBRARY_PATH: libraries }) },
  }).then(
    () => true,
    () => false,
  );

const triplet = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';

/** Beside its place first, so that a download that ends early is no half of a program. */
async function unpack(): Promise<void> {
  const gathering = `${folder}.${process.pid}`;
  await mkdir(gathering, { recursive: true });
  try {
    await run('apt-get', ['download', 'strace', 'libunwind8'], { cwd: gathering, timeout: 120_000 });
    for (const name of await readdir(gathering))
      if (name.endsWith('.deb')) await run('dpkg-deb', ['-x', join(gathering, name), gathering], { timeout: 60_000 });
    await rm(folder, { recursive: true, force: true });
    await rename(gathering, folder);
  } finally {
    await rm(gathering, { recursive: true, force: true });
  }
}
