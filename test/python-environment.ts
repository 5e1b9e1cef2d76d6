import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The environment's interpreter, or why this machine can't have it. */
export type PythonSetup = { readonly python: string } | { readonly skip: string };

/** A Python virtual environment and the packages in it. */
export type EnvironmentOptions = {
  readonly directory: string;
  /** A pip requirements file; another content makes the environment anew. */
  readonly requirementsFile: string;
  /** What the packages are, for the person who waits. */
  readonly what: string;
  readonly tell: (line: string) => void;
};

/** Makes the environment once and returns its interpreter. Safe to call from several processes at once. */
export async function ensurePythonEnvironment(options: EnvironmentOptions): Promise<PythonSetup> {
  const { directory, tell } = options;
  const wanted = createHash('sha256')
    .update(await readFile(options.requirementsFile))
    .digest('hex');
  const python = process.platform === 'win32' ? join(directory, 'Scripts', 'python.exe') : join(directory, 'bin', 'python');
  // Written last: an environment without it is half made and is made again.
  const stampFile = join(directory, 'complete');
  const isComplete = async (): Promise<boolean> => (await readFile(stampFile, 'utf8').catch(() => '')) === wanted;
  if (await isComplete()) return { python };
  const found = await findPython(options.what);
  if ('skip' in found) return found;
  await mkdir(dirname(directory), { recursive: true });
  return holding(`${directory}.lock`, async () => {
    if (await isComplete()) return { python };
    tell(`Installing ${options.what} into ${directory}, once …`);
    await rm(directory, { recursive: true, force: true });
    await run(found.python, ['-m', 'venv', directory], { timeout: 120_000 });
    const problem = await install(python, options);
    if (problem) return { skip: problem };
    await writeFile(stampFile, wanted);
    return { python };
  });
}

async function findPython(what: string): Promise<PythonSetup> {
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
      ? `Python has no venv module here (on Debian: apt install python3-venv), so ${what} could not be installed`
      : `no Python 3.10 or newer was found, so ${what} could not be installed`,
  };
}

/** Words of pip that mean the registry can't be reached, as opposed to a fault of ours. */
const registryTrouble =
  /connection|temporary failure|name or service|timed? ?out|max retries|no matching distribution|could not find a version|proxy|ssl/i;

/** What is wrong with the registry, if anything is. */
async function install(python: string, { requirementsFile, what }: EnvironmentOptions): Promise<string | undefined> {
  const pip = spawn(
    python,
    ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--only-binary', ':all:', '-r', requirementsFile],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let complaints = '';
  pip.stderr.setEncoding('utf8').on('data', (chunk: string) => (complaints += chunk));
  const exitCode = await new Promise<number | null>((done, fail) => pip.on('error', fail).on('close', done));
  if (exitCode === 0) return undefined;
  if (registryTrouble.test(complaints)) return `PyPI could not deliver ${what}: ${complaints.trim().split('\n').at(-1)}`;
  throw new Error(`pip failed with exit code ${exitCode}:\n${complaints}`);
}

/** Does `work` while no other process does; a lock whose holder died is taken over. */
async function holding<Result>(lockFile: string, work: () => Promise<Result>): Promise<Result> {
  while (!(await tryLock(lockFile))) {
    if (await isAbandoned(lockFile)) await unlink(lockFile).catch(() => {});
    await delay(500);
  }
  try {
    return await work();
  } finally {
    await unlink(lockFile).catch(() => {});
  }
}

async function tryLock(lockFile: string): Promise<boolean> {
  try {
    await writeFile(lockFile, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function isAbandoned(lockFile: string): Promise<boolean> {
  try {
    const holder = Number(await readFile(lockFile, 'utf8'));
    if (holder > 0) return !isAlive(holder);
    // Its maker died between creating the file and writing into it.
    return Date.now() - (await stat(lockFile)).mtimeMs > 60_000;
  } catch {
    return false;
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
