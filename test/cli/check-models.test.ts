/** What `doctor` says of models that it does not draw with, with real folders. */
import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkModels } from '#src/cli/check-models.ts';
import { openCatalogue } from '#src/weights/catalogue.ts';

const fixtures = join(import.meta.dirname, '../golden/fixtures');

test('a damaged model is found without being drawn with, and the file is named', async (context) => {
  const shelf = await mkdtemp(join(tmpdir(), 'blitzbild-check-models-'));
  context.after(() => rm(shelf, { recursive: true }));
  for (const name of ['active', 'whole', 'cut', 'odd', 'page'])
    await cp(join(fixtures, 'models/sd-epsilon'), join(shelf, name), { recursive: true });
  await cp(join(fixtures, 'models/sdxl'), join(shelf, 'pair'), { recursive: true });
  await cp(join(fixtures, 'flow-models/frames'), join(shelf, 'flow'), { recursive: true });
  for (const name of ['active', 'cut']) {
    const graph = join(shelf, name, 'unet/model.onnx');
    await writeFile(graph, (await readFile(graph)).subarray(0, 5000));
  }
  await writeFile(join(shelf, 'odd/scheduler/scheduler_config.json'), '{"_class_name": "FooScheduler"}');
  await writeFile(join(shelf, 'page/tokenizer/vocab.json'), '<html>');

  const catalogue = await openCatalogue({ folders: [shelf], active: 'active' });
  const found = checkModels(catalogue, 'cpu').map(({ ok, what }) => `${ok ? 'ok' : 'WRONG'} ${what}`);
  assert.deepEqual(
    found.map((line) => line.split(':')[0]),
    ['ok Model active', 'WRONG Model cut', 'ok Model flow', 'WRONG Model odd', 'WRONG Model page', 'ok Model pair', 'ok Model whole'],
  );
  assert.match(found[1]!, /^WRONG Model cut: unet\/model\.onnx is cut off or damaged \(5000 bytes\); download it again$/);
  assert.match(found[3]!, /FooScheduler is not supported/);
  assert.match(found[4]!, /tokenizer\/vocab\.json is not valid JSON/);
});
