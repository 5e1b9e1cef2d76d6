import { basename, join } from 'node:path';
import { existsSync } from 'node:fs';
import { UsageError, type Io } from '#src/cli/io.ts';
import { askYes, isInteractive } from '#src/cli/models/ask.ts';
import { hashState } from '#src/cli/models/list.ts';
import { PullLines } from '#src/cli/models/pull-lines.ts';
import { untilStopped } from '#src/cli/models/stop-signal.ts';
import { makeActive } from '#src/cli/models/use.ts';
import { oneName, openPlace, type ModelsPlace } from '#src/cli/models/workplace.ts';
import { readOptions } from '#src/cli/options.ts';
import { formatDuration } from '#core/format.ts';
import { suggest } from '#core/suggest.ts';
import { modelName } from '#src/weights/manifest.ts';
import { formatBytes } from '#src/weights/store/bytes.ts';
import { repositoryName, type CuratedModel } from '#src/weights/store/curated.ts';
import { usualPatience, type Asking } from '#src/weights/store/hub-request.ts';
import { isAccepted, rememberAcceptance } from '#src/weights/store/licences.ts';
import { preparePull, type PreparedPull } from '#src/weights/store/prepare-pull.ts';
import { pullModel } from '#src/weights/store/pull.ts';
import { ModelStoreError } from '#src/weights/store/store-error.ts';

type Wanted = CuratedModel | { readonly name: string; readonly repo: string };

/** `blitzbild models pull NAME`: lists, asks about the licence once, downloads, checks, installs. */
export async function pull(args: readonly string[], io: Io): Promise<void> {
  const { values, positionals } = readOptions(args, {
    'accept-licence': { type: 'boolean', default: false },
    'accept-license': { type: 'boolean', default: false },
    revision: { type: 'string' },
    as: { type: 'string' },
    restart: { type: 'boolean', default: false },
    use: { type: 'boolean', default: false },
  });
  const place = await openPlace(io);
  const model = wanted(oneName(positionals, 'pull sd-turbo'), place, values.as);
  await untilStopped(async (signal) => {
    const { modelsFolder, config } = place;
    if (place.catalogue.get(model.name) !== undefined || existsSync(join(modelsFolder, model.name)))
      throw new ModelStoreError('installed', `${model.name} is installed already. «blitzbild models verify ${model.name}» checks its files.`);
    const asking: Asking = { hub: config.hub, patience: usualPatience, signal };
    const revision = values.revision === undefined ? {} : { revision: values.revision };
    const prepared = await preparePull({ modelsFolder, model, restart: values.restart, ...revision }, asking);
    if (prepared.moved !== undefined)
      io.stdout.write(
        `${prepared.repo} has changed since this download began: it goes on with ${prepared.moved.from.slice(0, 8)}, so that the files fit together. For ${prepared.moved.to.slice(0, 8)}, add --restart.\n`,
      );
    await agree(model, prepared, { accepted: values['accept-licence'] || values['accept-license'], place, io, signal });
    await download(prepared, asking, io);
    if (values.use) io.stdout.write(makeActive(place, model.name));
    else io.stdout.write(`Draw with it: blitzbild models use ${model.name}. A bot that runs knows it after its next start.\n`);
  });
}

/** By name from the list, or any repository under its own name. */
function wanted(typed: string, { curated, config, catalogue }: ModelsPlace, as: string | undefined): Wanted {
  const listed = curated.find(({ name, repo }) => [name.toLowerCase(), repo.toLowerCase()].includes(typed.toLowerCase()));
  if (listed !== undefined) {
    if (as !== undefined && as !== listed.name) throw new UsageError(`${listed.name} is installed under its own name: leave out --as.`);
    return listed;
  }
  if (!repositoryName.test(typed)) {
    if (catalogue.get(typed) !== undefined) throw new UsageError(`${typed} is installed already.`);
    const names = curated.map(({ name }) => name);
    const near = suggest(typed, names);
    throw new UsageError(
      near === undefined
        ? `There is no model «${typed}» in the list; these are: ${names.join(', ')}. Any other is named as on ${new URL(config.hub.address).host}: OWNER/REPOSITORY.`
        : `There is no model «${typed}» in the list; did you mean «${near}»?`,
    );
  }
  const name = as ?? basename(typed).toLowerCase();
  if (!modelName.test(name)) throw new UsageError(`«${name}» can't be the name of a model: give it one of letters, digits, dots and dashes with --as NAME.`);
  return { name, repo: typed };
}

type Agreeing = { readonly accepted: boolean; readonly place: ModelsPlace; readonly io: Io; readonly signal: AbortSignal };

/** Once for a model and its licence; remembered with the date. */
async function agree(model: Wanted, prepared: PreparedPull, { accepted, place: { config }, io, signal }: Agreeing): Promise<void> {
  const acceptance = { model: model.repo, licence: prepared.licence };
  if (await isAccepted(config.dataFolder, acceptance)) return;
  const page = `${config.hub.address}/${model.repo}`;
  const { name, summary, url = page } =
    'licence' in model ? model.licence : { name: prepared.licence, summary: `Blitzbild's list does not know this model: read its licence before the team uses it.` };
  const bytes = prepared.files.reduce((sum, { size }) => sum + size, 0);
  io.stdout.write(`${'title' in model ? model.title : model.repo}, ${formatBytes(bytes)}\nLicence: ${name} (${url})\n  ${summary}\n`);
  if (!accepted) {
    if (!isInteractive(io)) throw new UsageError('Nothing was downloaded: nobody is here to accept the licence. Read it, and add --accept-licence.');
    if (!(await askYes(io, 'Accept this licence?', signal)))
      throw new ModelStoreError('licence', 'Nothing was downloaded: the licence was not accepted.');
  }
  await rememberAcceptance(config.dataFolder, acceptance, Date.now());
}

async function download(prepared: PreparedPull, asking: Asking, { stdout, stderr }: Io): Promise<void> {
  const lines = new PullLines(prepared.name, { stdout, stderr });
  const startedAtMs = performance.now();
  try {
    const { receipt, fetchedBytes } = await pullModel(prepared, asking, lines);
    lines.clear();
    const took = formatDuration(performance.now() - startedAtMs, 'en');
    stdout.write(`${prepared.name} is installed: ${formatBytes(fetchedBytes)} downloaded in ${took}; ${hashState(receipt)}.\n`);
  } finally {
    lines.clear();
  }
}
