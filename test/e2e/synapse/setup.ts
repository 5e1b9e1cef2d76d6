import { join, resolve } from 'node:path';
import { ensurePythonEnvironment, type PythonSetup } from '../../python-environment.ts';

const here = import.meta.dirname;

/** The same, as the `skip` reason of a suite. */
export async function synapseOrSkip(): Promise<{ readonly skip: string | undefined }> {
  const setup = await ensureSynapse();
  return { skip: 'skip' in setup ? setup.skip : undefined };
}

/** Makes `.cache/synapse-venv` with the pinned Synapse once (about half a minute, 150 MB) and returns its interpreter. */
export async function ensureSynapse(tell: (line: string) => void = () => {}): Promise<PythonSetup> {
  return ensurePythonEnvironment({
    directory: resolve(here, '../../../.cache/synapse-venv'),
    requirementsFile: join(here, 'requirements.txt'),
    what: 'Synapse, the Matrix homeserver for the tests',
    tell,
  });
}
