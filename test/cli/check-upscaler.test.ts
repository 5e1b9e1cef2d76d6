/** What `doctor` says of the upscaler, with real folders; the engine is the real one, or one that dies. */
import assert from 'node:assert/strict';
import { copyFile, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { ImageEngine } from '#core/ports.ts';
import { checkUpscaler } from '#src/cli/check-upscaler.ts';
import { ChildProcessEngine } from '#src/engine/child-process.ts';
import { openCatalogue } from '#src/weights/catalogue.ts';
import { readModelFolder } from '#src/weights/model-folder.ts';
import { request, scriptedEngine } from '../engine/engines.ts';

const fixtures = join(import.meta.dirname, '../golden/fixtures');

/** A shelf with a model that `--hq` enlarges four times. */
async function shelfWith(context: TestContext, { upscaler }: { readonly upscaler: boolean }): Promise<string> {
  const shelf = await mkdtemp(join(tmpdir(), 'blitzbild-doctor-'));
  context.after(() => rm(shelf, { recursive: true }));
  const folder = join(shelf, 'drawing');
  await cp(join(fixtures, 'models/sd-epsilon'), folder, { recursive: true });
  const manifest = { ...(await readModelFolder(folder)), hq: { steps: 2, guidanceScale: 2, upscale: 4 } };
  await writeFile(join(folder, 'blitzbild.json'), JSON.stringify(manifest));
  if (upscaler) await cp(join(fixtures, 'upscaler'), join(shelf, 'upscaler'), { recursive: true });
  return shelf;
}

async function findings(context: TestContext, shelf: string, dying?: Pick<ImageEngine, 'generate'>): Promise<string[]> {
  const catalogue = await openCatalogue({ folders: [shelf], active: 'drawing' });
  const { upscalerFolder } = catalogue;
  const engine = new ChildProcessEngine({
    folderOf: (model) => catalogue.folder(model),
    environment: process.env,
    providers: ['cpu'],
    upscalerFolder,
  });
  context.after(() => engine.close());
  const picture = request(dying === undefined ? 'a fox' : 'enlarge and exit', dying === undefined ? 'drawing' : 'works', {
    widthPx: 32,
    heightPx: 32,
    steps: 1,
  });
  const found = await checkUpscaler(catalogue, catalogue.get('drawing')!, { engine: dying ?? engine, request: picture });
  return found.map(({ ok, what, advice }) => `${ok ? 'ok' : 'WRONG'} ${what}${advice === undefined ? '' : ` → ${advice}`}`);
}

test('every factor that is offered is tried', async (context) => {
  const shelf = await shelfWith(context, { upscaler: true });
  const [two = '', four = '', ...others] = await findings(context, shelf);
  assert.match(two, /^ok Upscaler tiny ×2: MIT, a picture enlarged to 64×64 in /);
  assert.match(four, /^ok Upscaler tiny ×4: MIT, a picture enlarged to 128×128 in /);
  assert.deepEqual(others, []);
  await copyFile(join(shelf, 'upscaler/x4.onnx'), join(shelf, 'upscaler/x2.onnx'));
  const [broken = '', well = ''] = await findings(context, shelf);
  assert.match(broken, /^WRONG Upscaler tiny ×2: .*x2\.onnx made .*[^.]; pictures .* → Put the project’s/);
  assert.match(well, /^ok Upscaler tiny ×4/);
});

test('one that is not installed is missed, whatever else is broken', async (context) => {
  const shelf = await shelfWith(context, { upscaler: false });
  await mkdir(join(shelf, 'half'));
  await writeFile(join(shelf, 'half/blitzbild.json'), '{}');
  const found = await findings(context, shelf);
  assert.equal(found.length, 1);
  assert.match(found[0] ?? '', /^WRONG Upscaler: none is installed; pictures with --hq keep the size that the model draws → /);
});

test('one that is broken is told once, with its reason', async (context) => {
  const shelf = await shelfWith(context, { upscaler: true });
  await writeFile(join(shelf, 'upscaler/blitzbild-upscaler.json'), '{"name": "tiny"');
  const found = await findings(context, shelf);
  assert.equal(found.length, 1);
  assert.match(found[0] ?? '', /^WRONG Upscaler upscaler: blitzbild-upscaler\.json is no JSON; pictures with --hq keep/);
});

test('one that ends the engine is told, and where the reason is', async (context) => {
  const shelf = await shelfWith(context, { upscaler: true });
  const { engine } = await scriptedEngine(context, { upscalerFolder: join(shelf, 'upscaler') });
  for (const found of await findings(context, shelf, engine))
    assert.match(found, /^WRONG Upscaler tiny ×[24]: enlarging ended the engine \(.*exit code 9.*\); .* → The reason is in the bot's log/);
});
