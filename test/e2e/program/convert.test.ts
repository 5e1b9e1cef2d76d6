/**
 * `blitzbild models convert`. The real export takes a Python with Optimum and about half a minute, so it runs only where
 * BLITZBILD_TEST_OPTIMUM names such a Python (`…/bin/python`, with the packages of src/weights/store/convert-plan.ts); everything
 * else runs everywhere.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { access, cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { GenerateOutput } from '#src/cli/generate.ts';
import { sentence, Workplace } from './program.ts';

const root = join(import.meta.dirname, '../../..');
const tokenizer = join(root, 'test/golden/fixtures/models/sd-epsilon/tokenizer');
const python = process.env['BLITZBILD_TEST_OPTIMUM'];

const place = await Workplace.open();
after(() => place[Symbol.asyncDispose]());
await writeFile(place.path('blitzbild.yaml'), JSON.stringify({ providers: ['cpu'], modelFolders: [place.path('models')], model: 'mine' }));

/** Looks like a Diffusers folder, and holds nothing. */
async function hollowFolder(name: string, weights: string): Promise<string> {
  const folder = place.path(name);
  await mkdir(join(folder, 'unet'), { recursive: true });
  await writeFile(join(folder, 'model_index.json'), JSON.stringify({ _class_name: 'X', unet: ['diffusers', 'UNet2DConditionModel'] }));
  await writeFile(join(folder, 'unet', weights), '');
  return folder;
}

describe('convert', { concurrency: 1 }, () => {
  test('--dry-run prints the commands and does nothing', async (t) => {
    const folder = await hollowFolder('my model', 'diffusion_pytorch_model.safetensors');
    const own = await place.run(['models', 'convert', folder, '--name', 'mine', '--dry-run', '--python', '/opt/python']);
    assert.equal(own.exitCode, 0, own.stderr);
    assert.match(
      own.stdout,
      /^HF_HUB_OFFLINE=1 \S+ \S+ \/opt\/python -m optimum\.commands\.optimum_cli export onnx --model '\S+\/my model' --task text-to-image \S+\/models\/\.converting\/mine\nmv \S+ \S+\/models\/mine\n$/,
    );
    const { stdout, stderr, exitCode } = await place.run(['models', 'convert', folder, '--name', 'mine', '--dry-run']);
    if (exitCode === 1 && /none was found|venv module/.test(stderr)) return t.skip('this machine has no Python that can make environments');
    assert.match(
      stdout,
      /^\S*python\S* -m venv \S+\/data\/convert-environment\n\S+ -m pip install .*--only-binary :all: optimum==\S+ optimum-onnx==/,
    );
    await assert.rejects(access(place.path('data/convert-environment')));
    await assert.rejects(access(place.path('models')));
  });

  test('pickles are refused before anything is installed', async () => {
    const folder = await hollowFolder('pickled', 'diffusion_pytorch_model.bin');
    const { exitCode, stderr } = await place.run(['models', 'convert', folder]);
    assert.equal(exitCode, 1);
    assert.match(stderr, sentence);
    assert.match(stderr, /unet\/diffusion_pytorch_model\.bin is a Python pickle, which can run code/);
    await assert.rejects(access(place.path('data/convert-environment')));
  });

  test('an export that fails installs nothing and says why', async () => {
    const folder = await hollowFolder('hollow', 'diffusion_pytorch_model.safetensors');
    const { exitCode, stderr } = await place.run(['models', 'convert', folder, '--python', process.execPath]);
    assert.equal(exitCode, 1);
    assert.match(stderr, /blitzbild: The export failed \(exit code \d+\): .*Its whole output stands above\.\n$/s);
    assert.deepEqual(
      (await readdir(place.path('models'))).filter((name) => !name.startsWith('.')),
      [],
    );
    assert.deepEqual(await readdir(place.path('models/.converting')), []);
  });

  test('an export that can not be loaded installs nothing and says why', async () => {
    const folder = await hollowFolder('half', 'diffusion_pytorch_model.safetensors');
    // Stands in for an Optimum that writes half a model: the last argument is where.
    const script = place.path('half-optimum');
    await writeFile(script, '#!/bin/sh\nfor out; do :; done\nmkdir -p "$out"\necho {} > "$out/model_index.json"\n', { mode: 0o755 });
    const { exitCode, stderr } = await place.run(['models', 'convert', folder, '--python', script]);
    assert.equal(exitCode, 1, stderr);
    assert.match(stderr, /The export was made and can't be loaded: .*Nothing was installed\./);
    assert.deepEqual(
      (await readdir(place.path('models'))).filter((name) => !name.startsWith('.')),
      [],
    );
  });

  // Only where it is asked for: the packages take 7 GB.
  if (python !== undefined)
    test('a real export draws a picture', async () => {
      const folder = place.path('tiny-diffusers');
      execFileSync(python, [join(root, 'test/weights/store/make/tiny_diffusers.py'), folder, tokenizer], { stdio: 'ignore' });
      const converted = await place.run(['models', 'convert', folder, '--name', 'mine', '--python', python]);
      assert.equal(converted.exitCode, 0, converted.stderr);
      assert.match(converted.stdout, /mine is installed: .* Draw with it: blitzbild models use mine\n$/);
      const drawn = await place.run(['generate', 'a red fox', '--steps', '2', '--seed', '7', '--json', '--out', 'pictures']);
      assert.equal(drawn.exitCode, 0, drawn.stderr);
      const { images, model } = JSON.parse(drawn.stdout) as GenerateOutput;
      assert.deepEqual([model, images.length], ['mine', 1]);
      await cp(images[0]?.file ?? '', place.path('drawn.png'));
    });
});
