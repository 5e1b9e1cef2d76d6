import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const here = import.meta.dirname;
const cacheDirectory = resolve(here, '../../../.cache');
const environment = join(cacheDirectory, 'synapse-venv');
const lockFile = join(cacheDirectory, 'synapse-venv.lock');
/** Written last: an environment without it is half made and is made again. */
const stampFile = join(environment, 'complete');
const environmentPython = process.platform === 'win32' ? join(environment, 'Scripts', 'python.exe') : join(environment, 'bin', 'python');

/** The interpreter that runs Synapse, or why this machine can't. */
export type SynapseSetup = { readonly python: string } | { readonly skip: string };

/**
 * Makes `.cache/synapse-venv` with the pinned Synapse once (about a minute, 150 MB) and returns its interpreter.
 * Safe to call from several processes at once.
 */
export async function ensureSynapse(tell: (line: string) => void = () => {}): Promise<SynapseSetup> {
  const requirements = await readFile(join(here, 'requirements.txt'));
  const wanted = createHash('sha256').update(requirements).digest('hex');
  if (await isComplete(wanted)) return { python: environmentPython };
  const found = await findPython();
  if ('skip' in found) return found;
  await mkdir(cacheDirectory, { recursive: true });
  await using _lock = await takeLock();
  if (await isComplete(wanted)) return { python: environmentPython };
  tell(`Installing the Matrix homeserver for the tests (Synapse, from PyPI) into ${environment}, once …`);
  await rm(environment, { recursive: true, force: true });
  const problem = await install(found.python);
  if (problem) return { skip: problem };
  await writeFile(stampFile, wanted);
  return { python: environmentPython };
}

const isComplete = async (wanted: string): Promise<boolean> => (await readFile(stampFile, 'utf8').catch(() => '')) === wanted;

async function findPython(): Promise<SynapseSetup> {
  const names = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python'];
  let withoutVenv = false;
  for (const name of names) {
    try {
      const { stdout } = await run(name, ['-c', 'import sys; print(sys.version_info >= (3, 10))'], { timeout: 20_000 });
      if (stdout.trim() !== 'True') continue;
      await run(name, ['-c', 'import venv, ensurepip'], { timeout: 20_000 }).catch(() => {
        withoutVenv = true;
        throw new Error('no venv');
      });
      return { python: name };
    } catch {
      continue;
    }
  }
  return {
    skip: withoutVenv
      ? 'Python has no venv module here (on Debian: apt install python3-venv), so no Synapse could be installed'
      : 'no Python 3.10 or newer was found, so no Synapse could be installed',
  };
}

/** Words of pip that mean the registry can't be reached, as opposed to a fault of ours. */
const registryTrouble =
  /connection|temporary failure|name or service|timed? ?out|max retries|no matching distribution|could not find a version|proxy|ssl/i;

async function install(python: string): Promise<string | undefined> {
  await run(python, ['-m', 'venv', environment], { timeout: 120_000 });
  const pip = spawn(
    environmentPython,
    ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--only-binary', ':all:', '-r', join(here, 'requirements.txt')],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let complaints = '';
  pip.stderr.setEncoding('utf8').on('data', (chunk: string) => (complaints += chunk));
  const exitCode = await new Promise<number | null>((done, fail) => pip.on('error', fail).on('close', done));
  if (exitCode === 0) return undefined;
  if (registryTrouble.test(complaints)) return `PyPI could not deliver Synapse: ${complaints.trim().split('\n').at(-1)}`;
  throw new Error(`pip failed with exit code ${exitCode}:\n${complaints}`);
}

async function takeLock(): Promise<AsyncDisposable> {
  for (;;) {
    try {
      const file = await open(lockFile, 'wx');
      await file.writeFile(String(process.pid));
      await file.close();
      return { [Symbol.asyncDispose]: () => unlink(lockFile).catch(() => {}) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = Number(await readFile(lockFile, 'utf8').catch(() => ''));
    if (holder > 0 && !isAlive(holder)) await unlink(lockFile).catch(() => {});
    await delay(500);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
