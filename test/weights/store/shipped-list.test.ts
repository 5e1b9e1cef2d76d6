/** The list that comes with the program, pulled from a hub that has the files it names: what comes out are models. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { openCatalogue } from '#src/weights/catalogue.ts';
import { readCurated, wantedFiles } from '#src/weights/store/curated.ts';
import { bytesOf, openWorld } from './store-world.ts';

/** Where the list leaves a configuration to the repository: as Optimum exports SDXL-Turbo. */
const configurations: Readonly<Record<string, object>> = {
  'model_index.json': { _class_name: 'StableDiffusionXLPipeline' },
  'scheduler/scheduler_config.json': { _class_name: 'EulerAncestralDiscreteScheduler', timestep_spacing: 'trailing' },
};

for (const model of await readCurated(join(import.meta.dirname, '../../../config/models.json')))
  test(`${model.name} becomes a model, with and without its optional files`, async (t) => {
    for (const withOptional of [true, false]) {
      const { hub, pull, models } = await openWorld(t);
      const wanted = wantedFiles(model).filter(({ optional }) => withOptional || !optional);
      const content = (path: string): Buffer => {
        if (configurations[path] !== undefined) return Buffer.from(JSON.stringify(configurations[path]));
        return path.endsWith('.json') ? Buffer.from('{}') : bytesOf(3000, path.length);
      };
      hub.commit(
        model.repo,
        Object.fromEntries([...wanted.map(({ from }) => [from, content(from)] as const), ['README.md', Buffer.from('#')]]),
      );
      // The commit and the sizes are those of the real repository.
      const files = wantedFiles(model).map(({ from, to, optional }) => ({ from, to, optional }));
      const { receipt } = await pull({ model: { ...model, revision: 'main', files } });
      const catalogue = await openCatalogue({ folders: [models], active: model.name });
      assert.deepEqual(catalogue.broken, []);
      const [info] = catalogue.list();
      assert.equal(info?.name, model.name);
      assert.ok(info.licence.length > 0 && info.licence !== 'not stated');
      assert.ok(receipt.files.every(({ path }) => path !== 'README.md'));
    }
  });
