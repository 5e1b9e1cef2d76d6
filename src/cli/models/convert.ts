import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { UsageError, type Io } from '#src/cli/io.ts';
import { untilStopped } from '#src/cli/models/stop-signal.ts';
import { openPlace, oneName, type ModelsPlace } from '#src/cli/models/workplace.ts';
import { readOptions } from '#src/cli/options.ts';
import { AppError } from '#core/errors.ts';
import { createLog } from '#src/log.ts';
import { createEngine } from '#src/main.ts';
import { catalogueOf } from '#src/weights/catalogue.ts';
import { modelName } from '#src/weights/manifest.ts';
import { formatBytes } from '#src/weights/store/bytes.ts';
import { checkDiffusersFolder, converterBytes, converterPackages, exportArguments, exportEnvironment } from '#src/weights/store/convert-plan.ts';
import { checkSpace, freeSpace } from '#src/weights/store/disk-space.ts';
import { takeLock } from '#src/weights/store/lock.ts';
import { ensureEnvironment, findPython, pipArguments, pythonIn, runTo, type Running } from '#src/weights/store/python.ts';
import { folderBytes } from '#src/weights/store/remove.ts';
import { ModelStoreError } from '#src/weights/store/store-error.ts';

/** Below the folder of models, one level deeper than models are looked for. */
const convertingFolder = '.converting';

/**
 * `blitzbild models convert FOLDER`: Optimum's export of a Diffusers folder with safetensors, in a Python environment of its own below
 * the data folder. The result is a model only when it has been loaded once.
 */
export async function convert(args: readonly string[], io: Io): Promise<void> {
  const { values, positionals } = readOptions(args, {
    name: { type: 'string' },
    'dry-run': { type: 'boolean', default: false },
    python: { type: 'string' },
  });
  const from = resolve(oneName(positionals, 'convert path/to/diffusers-folder'));
  const name = values.name ?? basename(from).toLowerCase();
  if (!modelName.test(name)) throw new UsageError(`«${name}» can't be the name of a model: give it one of letters, digits, dots and dashes with --name NAME.`);
  await checkDiffusersFolder(from);
  const place = await openPlace(io);
  const target = join(place.modelsFolder, name);
  if (place.catalogue.get(name) !== undefined || existsSync(target))
    throw new ModelStoreError('installed', `There is a model ${name} already. Give this one another name: --name ${name}-2.`);
  const venv = join(place.config.dataFolder, 'convert-environment');
  const staging = join(place.modelsFolder, convertingFolder, name);
  await untilStopped(async (signal) => {
    const running: Running = {
      signal,
      environment: { ...place.config.environment, ...exportEnvironment },
      onOutput: (text) => void io.stderr.write(text),
    };
    if (values['dry-run']) return void io.stdout.write(dryRun(from, staging, target, venv, values.python ?? (await findPython(place.config.environment)), values.python !== undefined));
    await mkdir(join(place.modelsFolder, convertingFolder), { recursive: true });
    await using held = new AsyncDisposableStack();
    held.use(await takeLock(`${staging}.lock`, `${name} is being converted by another command right now. Wait for it, or stop that one first.`));
    await rm(staging, { recursive: true, force: true });
    held.defer(() => rm(staging, { recursive: true, force: true }));
    // Weights in fp32 on both sides, at most twice what fp16 files take.
    await checkSpace(place.modelsFolder, 2 * (await folderBytes(from)), freeSpace);
    const python = values.python ?? (await environment(venv, place, io, running));
    io.stdout.write(`Exporting ${from} …\n`);
    await runTo(python, ['-m', 'optimum.commands.optimum_cli', ...exportArguments(from, staging)], 'The export', running);
    await checkOpens(staging, place);
    await rename(staging, target);
    io.stdout.write(`${name} is installed: ${formatBytes(await folderBytes(target))}. Draw with it: blitzbild models use ${name}\n`);
  });
}

async function environment(venv: string, { config }: ModelsPlace, { stdout }: Io, running: Running): Promise<string> {
  if (!existsSync(join(venv, 'complete'))) {
    await mkdir(config.dataFolder, { recursive: true });
    await checkSpace(config.dataFolder, converterBytes, freeSpace);
    stdout.write(`Installing PyTorch and Optimum into ${venv}, once (about ${formatBytes(converterBytes)}) …\n`);
  }
  return ensureEnvironment(venv, converterPackages, await findPython(config.environment), { ...running, environment: config.environment });
}

/** Loading alone proves that every graph and tokenizer is there and fits; a folder that can't be loaded is no model. */
async function checkOpens(folder: string, { config }: ModelsPlace): Promise<void> {
  try {
    const catalogue = await catalogueOf(folder, []);
    const engine = createEngine({ ...config, providers: ['cpu'] }, catalogue, createLog('silent'));
    try {
      await engine.start(catalogue.active);
    } finally {
      await engine.close();
    }
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { detail } = error.params;
    throw new ModelStoreError(
      'unusable',
      `The export was made and can't be loaded: ${typeof detail === 'string' ? detail.replace(/\.$/, '') : error.code}. Nothing was installed.`,
      { cause: error },
    );
  }
}

const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

function dryRun(from: string, staging: string, target: string, venv: string, python: string, isOwn: boolean): string {
  const inside = isOwn ? python : pythonIn(venv);
  const lines = [
    ...(isOwn
      ? []
      : [
          [python, '-m', 'venv', venv],
          [inside, '-m', 'pip', ...pipArguments(converterPackages)],
        ]),
    [...Object.entries(exportEnvironment).map(([key, value]) => `${key}=${value}`), inside, '-m', 'optimum.commands.optimum_cli', ...exportArguments(from, staging)],
    ['mv', staging, target],
  ];
  return `${lines.map((words) => words.map(quoted).join(' ')).join('\n')}\n`;
}
