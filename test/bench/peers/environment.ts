import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ensurePythonEnvironment } from '../../python-environment.ts';
import { peersCache } from './cache-folder.ts';
import { missingForModels } from './model.ts';

const run = promisify(execFile);

export type PeerEnvironment = {
  readonly python: string;
  readonly device: 'cpu' | 'cuda';
  /** Such as `torch 2.15.0`, for the page. */
  readonly versions: string;
  /** Why torch.compile can't be measured here; `undefined` where it can. */
  readonly notCompiled: string | undefined;
};

let asked: Promise<PeerEnvironment | { readonly skip: string }> | undefined;

/** Installed once (some 6 GB: PyPI's torch for Linux brings CUDA's libraries), looked at once in a run. */
export const peerEnvironment = (): Promise<PeerEnvironment | { readonly skip: string }> => (asked ??= look());

/** What the peers are, as rows of name and value; empty where there are none. */
export async function describePeers(): Promise<readonly (readonly [string, string])[]> {
  const environment = await peerEnvironment();
  if ('skip' in environment) return [];
  const { versions, device } = environment;
  return [
    ['Compared with', versions],
    ['GPU', device === 'cuda' ? 'NVIDIA, by CUDA' : 'none was at hand for this run'],
  ];
}

async function look(): Promise<PeerEnvironment | { readonly skip: string }> {
  const missing = missingForModels();
  if (missing !== undefined) return { skip: missing };
  const hasNvidia = await works('nvidia-smi', ['-L']);
  const setup = await ensurePythonEnvironment({
    directory: join(peersCache(), 'venv'),
    requirementsFile: join(import.meta.dirname, hasNvidia ? 'requirements-cuda.txt' : 'requirements.txt'),
    what: 'PyTorch, diffusers and ONNX Runtime for Python, to compare with (6 GB)',
    tell: (line) => process.stderr.write(`${line}\n`),
  });
  if ('skip' in setup) return { skip: `no Python environment could be made (${setup.skip})` };
  const { python } = setup;
  const { stdout } = await run(python, ['-c', 'import torch; print(torch.cuda.is_available())'], { timeout: 120_000 });
  const device = stdout.trim() === 'True' ? 'cuda' : 'cpu';
  return { python, device, versions: await versionsOf(python), notCompiled: await missingCompiler(python) };
}

async function versionsOf(python: string): Promise<string> {
  const names = ['torch', 'diffusers', 'transformers', 'onnxruntime', 'onnxruntime-gpu'];
  const script =
    'import sys, platform\nfrom importlib.metadata import version, PackageNotFoundError\nprint("Python", platform.python_version(), end="")\n' +
    'for name in sys.argv[1:]:\n  try: print(",", name, version(name), end="")\n  except PackageNotFoundError: pass';
  return (await run(python, ['-c', script, ...names])).stdout.trim();
}

/** torch.compile writes C++ (for a GPU, Triton code with a launcher in C) and needs Python's headers for it. */
async function missingCompiler(python: string): Promise<string | undefined> {
  const compilers = process.env['CXX'] === undefined ? ['g++', 'clang++'] : [process.env['CXX']];
  const found = await Promise.all(compilers.map(async (compiler) => works(compiler, ['--version'])));
  if (!found.includes(true)) return 'there is no C++ compiler (g++ or clang++)';
  const headers = 'import os, sysconfig, sys; sys.exit(not os.path.exists(os.path.join(sysconfig.get_paths()["include"], "Python.h")))';
  return (await works(python, ['-c', headers])) ? undefined : 'Python’s headers are not installed (on Debian: apt install python3-dev)';
}

const works = async (command: string, argv: readonly string[]): Promise<boolean> =>
  run(command, argv, { timeout: 20_000 }).then(
    () => true,
    () => false,
  );
