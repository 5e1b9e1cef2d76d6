import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { activeModel } from '#src/app/active-model.ts';
import { UsageError, type Io } from '#src/cli/io.ts';
import { askYes, isInteractive } from '#src/cli/models/ask.ts';
import { untilStopped } from '#src/cli/models/stop-signal.ts';
import { installedName, oneName, openPlace, withBotStore, type ModelsPlace } from '#src/cli/models/workplace.ts';
import { readOptions } from '#src/cli/options.ts';
import type { SqliteStore } from '#src/store/sqlite.ts';
import { modelName } from '#src/weights/manifest.ts';
import { formatBytes } from '#src/weights/store/bytes.ts';
import { takeLock } from '#src/weights/store/lock.ts';
import { pullingFolder } from '#src/weights/store/pull-state.ts';
import { folderBytes, removeModel } from '#src/weights/store/remove.ts';
import { ModelStoreError } from '#src/weights/store/store-error.ts';

const embedded = 'embedded';

/** `blitzbild models remove NAME`: asks, unless `--yes`; never what somebody draws with. */
export async function remove(args: readonly string[], io: Io): Promise<void> {
  const { values, positionals } = readOptions(args, {
    yes: { type: 'boolean', default: false },
    force: { type: 'boolean', default: false },
  });
  const place = await openPlace(io);
  const typed = oneName(positionals, 'remove sd-turbo');
  const begun = modelName.test(typed) ? join(place.modelsFolder, pullingFolder, typed) : undefined;
  const isInstalled = place.catalogue.get(typed) !== undefined;
  if (!isInstalled && begun !== undefined && existsSync(begun)) return removeBegun(typed, begun, io);
  const name = installedName(place, typed);
  if (name === embedded)
    throw new ModelStoreError('in_use', 'The embedded model comes with Blitzbild and stays, so that there is always one that draws.');
  checkUnused(place, name, values.force);
  const folder = place.catalogue.folder(name) ?? place.catalogue.broken.find((one) => one.name === name)?.folder ?? '';
  const bytes = await folderBytes(folder);
  if (!values.yes) {
    if (!isInteractive(io)) throw new UsageError(`Nothing was removed: nobody is here to be asked. Add --yes to delete ${folder}.`);
    if (!(await untilStopped((signal) => askYes(io, `Delete ${folder} (${formatBytes(bytes)})?`, signal))))
      throw new ModelStoreError('stopped', 'Nothing was removed.');
  }
  await removeModel(folder);
  io.stdout.write(`${name} is removed; ${formatBytes(bytes)} are free again.\n`);
}

async function removeBegun(name: string, folder: string, { stdout }: Io): Promise<void> {
  await using held = new AsyncDisposableStack();
  held.use(await takeLock(`${folder}.lock`, `${name} is being downloaded by another command right now. Stop that one first.`));
  const bytes = await folderBytes(folder);
  await rm(folder, { recursive: true, force: true });
  stdout.write(`What an interrupted download of ${name} had left is removed; ${formatBytes(bytes)} are free again.\n`);
}

/**
 * A running bot holds its store, and what it draws with only it knows: so it must not run. Without one, the store says what waits.
 * @throws ModelStoreError `in_use`
 */
function checkUnused({ config, catalogue }: ModelsPlace, name: string, force: boolean): void {
  if (config.model === name)
    throw new ModelStoreError('in_use', `${name} is the model that config/blitzbild.yaml names. Set «model» to another one first, such as: model: embedded.`);
  if (!existsSync(join(config.dataFolder, 'blitzbild.sqlite'))) return;
  const found = withBotStore(config, (store) => ({ active: activeModel({ store, models: catalogue }), waiting: waitingFor(store, name) }));
  if (found === 'running')
    throw new ModelStoreError('in_use', `A bot is running on this data folder and may be drawing with ${name}. Stop it first, then run this again.`);
  if (found.active === name)
    throw new ModelStoreError('in_use', `${name} is the model that draws. Choose another one first: blitzbild models use ${embedded}.`);
  if (found.waiting > 0 && !force)
    throw new ModelStoreError(
      'in_use',
      `${found.waiting === 1 ? 'A job that waits was' : `${found.waiting} jobs that wait were`} accepted for ${name}. Start the bot and let it draw first; or add --force, and whoever asked is told that the model is gone.`,
    );
}

const waitingFor = (store: SqliteStore, name: string): number =>
  store.jobs.open().filter(({ request: { model, variants = [] } }) => [model, ...variants.map((variant) => variant.model)].includes(name)).length;
