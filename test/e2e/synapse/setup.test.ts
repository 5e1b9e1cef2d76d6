import assert from 'node:assert/strict';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';

import { ensurePythonEnvironment } from '../../python-environment.ts';
import { synapseOrSkip } from './setup.ts';

const { skip } = await synapseOrSkip();

it('an environment is made once, by one of several, and again when it is half made', { skip: skip ?? false }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'blitzbild-venv-'));
  try {
    const requirementsFile = join(folder, 'requirements.txt');
    await writeFile(requirementsFile, '# nothing\n');
    const directory = join(folder, 'venv');
    const told: string[] = [];
    const ensure = () => ensurePythonEnvironment({ directory, requirementsFile, what: 'nothing', tell: (line) => told.push(line) });

    const answers = await Promise.all([ensure(), ensure(), ensure()]);
    assert.equal(told.length, 1);
    for (const answer of answers) {
      assert.ok('python' in answer);
      await access(answer.python);
    }

    const leftover = join(directory, 'leftover');
    await writeFile(leftover, '');
    await rm(join(directory, 'complete'));
    // Its maker died: no such process.
    await writeFile(`${directory}.lock`, '999999999');
    await ensure();
    assert.equal(told.length, 2);
    await assert.rejects(access(leftover));

    await writeFile(requirementsFile, '# nothing at all\n');
    await ensure();
    assert.equal(told.length, 3, 'other requirements, another environment');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
