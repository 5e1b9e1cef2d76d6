import { UsageError, type Io } from '#src/cli/io.ts';
import { activeName, openPlace, type ModelsPlace } from '#src/cli/models/workplace.ts';
import { readOptions } from '#src/cli/options.ts';
import { formatBytes } from '#src/weights/store/bytes.ts';
import type { PictureModelKind } from '#src/weights/picture-manifests.ts';
import { findPictureModels } from '#src/weights/picture-models.ts';
import type { CuratedModel } from '#src/weights/store/curated.ts';
import { readReceipt, type Receipt } from '#src/weights/store/receipt.ts';
import { folderBytes } from '#src/weights/store/remove.ts';

/** What `--json` prints, as one object. Sizes in bytes. */
export type ModelsOutput = {
  readonly installed: readonly {
    readonly name: string;
    readonly title: string;
    readonly licence: string;
    readonly active: boolean;
    readonly bytes: number;
    readonly folder: string;
    readonly repo?: string;
    readonly commit?: string;
    readonly pulledAt?: string;
  }[];
  /** Those that look at pictures; `hash`: of all their files. */
  readonly lookingAtPictures: readonly {
    readonly kind: PictureModelKind;
    readonly name: string;
    readonly title: string;
    readonly licence: string;
    readonly bytes: number;
    readonly folder: string;
    readonly hash: string;
  }[];
  readonly broken: readonly { readonly name: string; readonly reason: string }[];
  readonly available: readonly (Pick<CuratedModel, 'name' | 'title' | 'repo' | 'goodFor' | 'steps' | 'memory' | 'downloadGigabytes'> & {
    readonly licence: string;
  })[];
  /** A bot runs on this data folder: which model it draws with, only it knows. */
  readonly botIsRunning: boolean;
};

/** `blitzbild models list`: what is installed, and what can be. */
export async function list(args: readonly string[], { stdout, root }: Io): Promise<void> {
  const { values, positionals } = readOptions(args, { json: { type: 'boolean', default: false } });
  if (positionals.length > 0) throw new UsageError('«models list» takes no names; «models verify NAME» looks at one.');
  const place = await openPlace({ root });
  const { name: active, isRunning } = activeName(place);
  const installed = await lookAt(place, active);
  const { models: looking, broken: brokenLooking } = await lookForPictureModels(place);
  const broken = [...place.catalogue.broken, ...brokenLooking].map(({ name, reason }) => ({ name, reason }));
  const available = place.curated.filter(({ name }) => !installed.some((one) => one.name === name));
  if (values.json) {
    const output: ModelsOutput = {
      installed: installed.map(({ receipt, ...model }) => ({
        ...model,
        ...(receipt === undefined ? {} : { repo: receipt.repo, commit: receipt.commit, pulledAt: receipt.pulledAt }),
      })),
      lookingAtPictures: looking,
      broken,
      available: available.map(({ name, title, repo, goodFor, steps, memory, downloadGigabytes, licence }) => ({
        name,
        title,
        repo,
        goodFor,
        steps,
        memory,
        downloadGigabytes,
        licence: licence.name,
      })),
      botIsRunning: isRunning,
    };
    return void stdout.write(`${JSON.stringify(output)}\n`);
  }
  const lines = ['Installed:', ...installed.flatMap(shown)];
  if (looking.length > 0) lines.push('', 'Looking at pictures:', ...looking.map(shownLooking));
  for (const { name, reason } of broken) lines.push(`  ${name}  can't be used: ${reason.replace(/\.$/, '')}.`);
  if (isRunning) lines.push('', 'A bot is running: it may draw with another model than the configuration says. Ask it: !img models');
  if (available.length > 0) lines.push('', 'To be had with «blitzbild models pull NAME»:', ...available.flatMap(offered));
  lines.push('', 'Any other ONNX export in the Diffusers layout: blitzbild models pull OWNER/REPOSITORY', '');
  stdout.write(lines.join('\n'));
}

type Installed = Omit<ModelsOutput['installed'][number], 'repo' | 'commit' | 'pulledAt'> & { readonly receipt: Receipt | undefined };

async function lookAt(place: ModelsPlace, active: string): Promise<readonly Installed[]> {
  return Promise.all(
    place.catalogue.list().map(async ({ name, title, licence }) => {
      const folder = place.catalogue.folder(name) ?? '';
      const [bytes, receipt] = await Promise.all([folderBytes(folder), readReceipt(folder)]);
      return { name, title, licence: receipt?.licence ?? licence, active: name === active, bytes, folder, receipt };
    }),
  );
}

async function lookForPictureModels({ config }: ModelsPlace) {
  const { similarity, classifier, broken } = await findPictureModels(config.modelFolders);
  const found = [similarity, classifier].filter((model) => model !== undefined);
  const models = await Promise.all(
    found.map(async ({ kind, name, title, licence, folder, hash }) => ({
      kind,
      name,
      title,
      licence,
      bytes: await folderBytes(folder),
      folder,
      hash,
    })),
  );
  return { models, broken };
}

const purposes: Readonly<Record<PictureModelKind, string>> = { similarity: 'finds copies', classifier: 'says what pictures show' };

const shownLooking = ({ kind, name, title, licence, bytes, hash }: ModelsOutput['lookingAtPictures'][number]): string =>
  `  ${name} (${purposes[kind]}, ${hash})  ${formatBytes(bytes)}  ${title}; ${licence}`;

const shown = ({ name, title, licence, active, bytes, receipt }: Installed): readonly string[] => [
  `  ${name}${active ? ' (active)' : ''}  ${formatBytes(bytes)}  ${title}; ${licence}`,
  ...(receipt === undefined ? [] : [`      from ${receipt.repo} at ${receipt.commit.slice(0, 8)}, ${receipt.pulledAt.slice(0, 10)}; ${hashState(receipt)}`]),
];

const offered = ({ name, title, goodFor, licence, downloadGigabytes, steps, memory }: CuratedModel): readonly string[] => [
  `  ${name}  ${downloadGigabytes} GB  ${title}`,
  `      ${goodFor}`,
  `      ${steps} steps; memory: ${memory}`,
  `      ${licence.name}: ${licence.summary}`,
];

/** Who vouches for how many files. */
export function hashState({ files }: Pick<Receipt, 'files'>): string {
  const count = (by: Receipt['files'][number]['checkedBy']): number => files.filter(({ checkedBy }) => checkedBy === by).length;
  const plural = (number: number): string => (number === 1 ? '1 file' : `${number} files`);
  const [pinned, byHub, unchecked] = [count('list'), count('hub'), count('none')];
  return [
    ...(pinned > 0 ? [`${plural(pinned)} checked by the hashes in config/models.json`] : []),
    ...(byHub > 0 ? [`${plural(byHub)} checked by the hub's own hashes`] : []),
    ...(unchecked > 0 ? [`${plural(unchecked)} that nobody gives a hash for`] : []),
  ].join(', ');
}
