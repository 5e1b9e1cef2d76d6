/** A Python with the packages that export models, in an environment of its own. */
import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { ModelStoreError } from '#src/weights/store/store-error.ts';

const run = promisify(execFile);
const names = ['python3.11', 'python3.12', 'python3.10', 'python3.13', 'python3', 'python'];

type Environment = Readonly<Record<string, string | undefined>>;

export type Running = {
  readonly signal: AbortSignal;
  readonly environment: Environment;
  /** What the program says, as it says it. */
  readonly onOutput: (text: string) => void;
};

/**
 * A Python from 3.10 to 3.13 with `venv`: those that today's PyTorch has packages for.
 * @returns how it is called
 * @throws ModelStoreError `python`
 */
export async function findPython(environment: Environment): Promise<string> {
  const env = { ...environment };
  let without: string | undefined;
  for (const name of names) {
    const version = await run(name, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], { timeout: 20_000, env }).then(
      ({ stdout }) => stdout.trim(),
      () => '',
    );
    if (!/^3\.1[0-3]$/.test(version)) continue;
    const hasVenv = await run(name, ['-c', 'import venv, ensurepip'], { timeout: 20_000, env }).then(
      () => true,
      () => false,
    );
    if (hasVenv) return name;
    without = version;
  }
  throw new ModelStoreError(
    'python',
    without === undefined
      ? 'Converting takes Python 3.10 to 3.13, and none was found. Install one (on Debian: apt install python3 python3-venv), or name one that has Optimum: --python /path/to/python.'
      : `Python ${without} is here without its venv module. Install it (on Debian: apt install python3-venv), or name another one: --python /path/to/python.`,
  );
}

export const pythonIn = (environment: string): string =>
  process.platform === 'win32' ? join(environment, 'Scripts', 'python.exe') : join(environment, 'bin', 'python');

/**
 * Makes the environment once; it is kept for the next model, and made anew where other packages are wanted.
 * @returns its interpreter
 * @throws ModelStoreError `python`
 */
export async function ensureEnvironment(folder: string, packages: readonly string[], python: string, running: Running): Promise<string> {
  const stamp = join(folder, 'complete');
  const wanted = createHash('sha256').update(packages.join('\n')).digest('hex');
  if ((await readFile(stamp, 'utf8').catch(() => '')) === wanted) return pythonIn(folder);
  await rm(folder, { recursive: true, force: true });
  await mkdir(dirname(folder), { recursive: true });
  await runTo(python, ['-m', 'venv', folder], 'making the environment', running);
  await runTo(pythonIn(folder), ['-m', 'pip', ...pipArguments(packages)], 'installing the packages', running);
  await writeFile(stamp, wanted);
  return pythonIn(folder);
}

/** Wheels only: nothing that comes as source runs its own setup. */
export const pipArguments = (packages: readonly string[]): readonly string[] => [
  'install',
  '--disable-pip-version-check',
  '--only-binary',
  ':all:',
  ...packages,
];

/**
 * Runs a program to its end.
 * @param what for the sentence where it fails
 * @throws ModelStoreError `python` with the last line that it said
 */
export async function runTo(
  program: string,
  args: readonly string[],
  what: string,
  { signal, environment, onOutput }: Running,
): Promise<void> {
  signal.throwIfAborted();
  const child = spawn(program, args, { signal, env: { ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  let last = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      onOutput(text);
      last = text.trim().split('\n').at(-1) ?? last;
    });
  }
  const exitCode = await new Promise<number | null>((done, fail) => {
    child.on('error', fail);
    child.on('close', done);
  });
  signal.throwIfAborted();
  if (exitCode !== 0)
    throw new ModelStoreError(
      'python',
      `${what} failed (exit code ${exitCode}): ${last.slice(0, 300).replace(/\.$/, '')}. Its whole output stands above.`,
    );
}
