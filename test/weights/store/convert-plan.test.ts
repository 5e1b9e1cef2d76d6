/** Which folders can be exported to ONNX, and what is said about the others. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { checkDiffusersFolder, converterPackages, exportArguments } from '#src/weights/store/convert-plan.ts';
import { ModelStoreError } from '#src/weights/store/store-error.ts';

const index = JSON.stringify({
  _class_name: 'StableDiffusionPipeline',
  unet: ['diffusers', 'UNet2DConditionModel'],
  text_encoder: ['transformers', 'CLIPTextModel'],
  vae: ['diffusers', 'AutoencoderKL'],
  safety_checker: [null, null],
});

async function folderWith(t: TestContext, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'blitzbild-convert-'));
  t.after(() => rm(folder, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return folder;
}

const safe = {
  'model_index.json': index,
  'unet/diffusion_pytorch_model.safetensors': '',
  'text_encoder/model.safetensors': '',
  'vae/diffusion_pytorch_model.safetensors': '',
};
const { 'vae/diffusion_pytorch_model.safetensors': vae, ...withoutVae } = safe;

test('a Diffusers folder with safetensors can be converted, pickles beside them or not', async (t) => {
  await checkDiffusersFolder(await folderWith(t, safe));
  await checkDiffusersFolder(await folderWith(t, { ...safe, 'unet/diffusion_pytorch_model.bin': '', 'safety_checker/model.bin': vae }));
});

for (const [what, files, code, says] of [
  [
    'a network that is a pickle',
    { ...withoutVae, 'vae/diffusion_pytorch_model.bin': '' },
    'pickle',
    /vae\/diffusion_pytorch_model\.bin is a Python pickle/,
  ],
  ['a network without weights', withoutVae, 'files_missing', /vae has no weights/],
  ['an ONNX folder', { ...withoutVae, 'vae/model.onnx': '' }, 'files_missing', /ONNX folder already/],
  ['a single checkpoint', { 'model.ckpt': '' }, 'files_missing', /single file \(model\.ckpt\)/],
  ['an empty folder', {}, 'files_missing', /no model_index\.json/],
  ['an index that is no JSON', { 'model_index.json': '{' }, 'files_missing', /no model_index\.json that names/],
] as const)
  test(`${what} is refused in one sentence`, async (t) => {
    const folder = await folderWith(t, files);
    await assert.rejects(checkDiffusersFolder(folder), (error: unknown) => {
      assert.ok(error instanceof ModelStoreError);
      assert.equal(error.code, code);
      assert.match(error.message, says);
      return true;
    });
  });

test('a folder that is not there', async () => {
  await assert.rejects(checkDiffusersFolder('/no/such/folder'), { code: 'files_missing', message: /There is no folder/ });
});

test('every package is pinned, and the export reads the folder that was named', () => {
  for (const wanted of converterPackages) assert.match(wanted, /^[a-z-]+==\d+\.\d+\.\d+$/);
  assert.deepEqual(exportArguments('/a/b', '/c'), ['export', 'onnx', '--model', '/a/b', '--task', 'text-to-image', '/c']);
});
