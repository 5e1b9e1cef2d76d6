/** What all commands of the model store begin with. */
import { fileURLToPath } from 'node:url';
import { constants, existsSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { activeModel } from '#src/app/active-model.ts';
import { UsageError, type Io } from '#src/cli/io.ts';
import { readConfig, type Config } from '#src/config.ts';
import { suggest } from '#core/suggest.ts';
import { StoreInUseError } from '#src/store/store-error.ts';
import { SqliteStore } from '#src/store/sqlite.ts';
import { openCatalogue, type Catalogue } from '#src/weights/catalogue.ts';
import { readCurated, type CuratedModel } from '#src/weights/store/curated.ts';

export type ModelsPlace = {
  readonly config: Config;
  readonly catalogue: Catalogue;
  readonly curated: readonly CuratedModel[];
  /** Where new models go. */
  readonly modelsFolder: string;
};

export async function openPlace({ root }: Pick<Io, 'root'>): Promise<ModelsPlace> {
  const config = readConfig(fileURLToPath(root));
  const own = join(config.configFolder, 'models.json');
  const [catalogue, curated] = await Promise.all([
    openCatalogue({ folders: config.modelFolders, active: config.model }),
    readCurated(existsSync(own) ? own : new URL('config/models.json', root)),
  ]);
  return { config, catalogue, curated, modelsFolder: await firstWritable(config.modelFolders) };
}

/** The last one where none is: it is made, or the attempt says why not. */
async function firstWritable(folders: readonly string[]): Promise<string> {
  for (const folder of folders) {
    const existing = existsSync(folder) ? folder : dirname(folder);
    const canWrite = await access(existing, constants.W_OK).then(
      () => true,
      () => false,
    );
    if (canWrite) return folder;
  }
  return folders.at(-1) ?? 'models';
}

/** The one name that a command takes. */
export function oneName(positionals: readonly string[], example: string): string {
  const [name, ...more] = positionals;
  if (name === undefined || more.length > 0) throw new UsageError(`Name one model, such as: blitzbild models ${example}.`);
  return name;
}

/** @throws UsageError with the names there are */
export function installedName({ catalogue }: Pick<ModelsPlace, 'catalogue'>, typed: string): string {
  const names = [...catalogue.list().map(({ name }) => name), ...catalogue.broken.map(({ name }) => name)];
  const name = names.find((one) => one.toLowerCase() === typed.toLowerCase());
  if (name !== undefined) return name;
  const near = suggest(typed, names);
  throw new UsageError(
    near === undefined
      ? `«${typed}» is not installed; installed are: ${names.join(', ') || 'none'}.`
      : `«${typed}» is not installed; did you mean «${near}»?`,
  );
}

/**
 * Works on the bot's own store. While a bot runs, nobody else can open it.
 * @returns `running` then
 */
export function withBotStore<Result>(config: Config, work: (store: SqliteStore) => Result): Result | 'running' {
  let store: SqliteStore;
  try {
    store = new SqliteStore(join(config.dataFolder, 'blitzbild.sqlite'));
  } catch (error) {
    if (error instanceof StoreInUseError) return 'running';
    throw error;
  }
  try {
    return work(store);
  } finally {
    store.close();
  }
}

/** The model that draws where a command names none; what the chat chose can't be read while a bot runs. */
export function activeName({ config, catalogue }: ModelsPlace): { readonly name: string; readonly isRunning: boolean } {
  if (!existsSync(join(config.dataFolder, 'blitzbild.sqlite'))) return { name: config.model, isRunning: false };
  const name = withBotStore(config, (store) => activeModel({ store, models: catalogue }));
  return name === 'running' ? { name: config.model, isRunning: true } : { name, isRunning: false };
}
