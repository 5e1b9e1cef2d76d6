import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { z } from 'zod';
import { AppError } from '#core/errors.ts';
import type { ModelCatalogue } from '#core/ports.ts';
import type { ModelInfo, UpscalerInfo } from '#core/model-info.ts';
import { Fingerprints } from '#src/weights/fingerprint.ts';
import { foldersIn } from '#src/weights/folders-in.ts';
import { toModelInfo } from '#src/weights/manifest.ts';
import type { Manifest } from '#src/weights/manifest.ts';
import { isModelFolder, readModelFolder } from '#src/weights/model-folder.ts';
import { readReceipt } from '#src/weights/store/receipt.ts';
import { findUpscaler, readUpscaler } from '#src/weights/upscaler.ts';

export type BrokenModel = { readonly name: string; readonly folder: string; readonly reason: string };

type FoundUpscaler = { readonly info: UpscalerInfo; readonly folder: string };

/** Neither where there is none. */
type Upscaler = { readonly found?: FoundUpscaler; readonly broken?: BrokenModel };

type Entry = { readonly info: ModelInfo; readonly manifest: Manifest; readonly folder: string };

/** The installed models by name. A name is looked up here and never becomes a path. */
export class Catalogue implements ModelCatalogue {
  readonly active: string;
  /** Folders that look like models and can't be used, with the reason. */
  readonly broken: readonly BrokenModel[];
  /** The same of the upscaler. */
  readonly brokenUpscaler: BrokenModel | undefined;
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #upscaler: FoundUpscaler | undefined;
  readonly #fingerprints = new Fingerprints();

  constructor(
    entries: ReadonlyMap<string, Entry>,
    broken: readonly BrokenModel[],
    active: string,
    { found, broken: brokenUpscaler }: Upscaler,
  ) {
    this.#entries = entries;
    this.broken = broken;
    this.active = active;
    this.#upscaler = found;
    this.brokenUpscaler = brokenUpscaler;
    this.fingerprint(active);
    if (found !== undefined) this.#fingerprints.latest(found.folder);
  }

  get upscaler(): ModelCatalogue['upscaler'] {
    if (this.#upscaler === undefined) return undefined;
    const fingerprint = this.#fingerprints.latest(this.#upscaler.folder);
    return { ...this.#upscaler.info, ...(fingerprint === undefined ? {} : { fingerprint }) };
  }

  /** Absolute path. */
  get upscalerFolder(): string | undefined {
    return this.#upscaler?.folder;
  }

  list(): readonly ModelInfo[] {
    return [...this.#entries.values()].map(({ info }) => info);
  }

  get(name: string): ModelInfo | undefined {
    return this.#entries.get(name)?.info;
  }

  /** Absolute path of the model's folder. */
  folder(name: string): string | undefined {
    return this.#entries.get(name)?.folder;
  }

  manifest(name: string): Manifest | undefined {
    return this.#entries.get(name)?.manifest;
  }

  /** Short hash of the model's files; `undefined` for an unknown model and while it is computed for the first time. */
  fingerprint(name: string): string | undefined {
    const folder = this.folder(name);
    return folder === undefined ? undefined : this.#fingerprints.latest(folder);
  }
}

/**
 * Looks through `folders`, each a model folder or a folder of such, for models and for the upscaler. A folder that can't be
 * used is listed as broken; one that does not exist holds no models.
 */
export const openCatalogue = async ({
  folders,
  active,
}: {
  readonly folders: readonly string[];
  readonly active: string;
}): Promise<Catalogue> => {
  const entries = new Map<string, Entry>();
  const broken: BrokenModel[] = [];
  const upscaler = await openUpscaler(folders);
  for (const folder of (await Promise.all(folders.map(modelFoldersIn))).flat()) {
    try {
      const entry = await readEntry(folder, upscaler);
      const taken = entries.get(entry.info.name);
      if (taken) throw new Error(`the name ${entry.info.name} is taken by ${taken.folder}: give one of the two another name`);
      entries.set(entry.info.name, entry);
    } catch (error) {
      broken.push({ name: basename(folder), folder, reason: reasonOf(error) });
    }
  }
  return new Catalogue(entries, broken, active, upscaler);
};

/** The one model in `folder`, as the active one, and the upscaler among `others`. Rejects with `model_missing` or `model_broken`. */
export const catalogueOf = async (folder: string, others: readonly string[] = []): Promise<Catalogue> => {
  const path = resolve(folder);
  const found = await stat(path).catch(() => undefined);
  if (!found?.isDirectory()) throw new AppError('model_missing', { model: basename(path), detail: 'there is no such folder' });
  try {
    const upscaler = await openUpscaler(others);
    const entry = await readEntry(path, upscaler);
    return new Catalogue(new Map([[entry.info.name, entry]]), [], entry.info.name, upscaler);
  } catch (error) {
    throw new AppError('model_broken', { model: basename(path), detail: reasonOf(error) }, { cause: error });
  }
};

const openUpscaler = async (folders: readonly string[]): Promise<Upscaler> => {
  const folder = await findUpscaler(folders);
  if (folder === undefined) return {};
  try {
    return { found: { folder, info: await readUpscaler(folder) } };
  } catch (error) {
    return { broken: { name: basename(folder), folder, reason: reasonOf(error) } };
  }
};

const readEntry = async (folder: string, { found }: Upscaler): Promise<Entry> => {
  const manifest = await withLicence(await readModelFolder(folder), folder);
  return { folder, manifest, info: toModelInfo(manifest, found?.info.factors) };
};

/** As guessed manifests say it. */
const licenceNotStated = 'not stated';

/** What a guessed manifest does not know, a pull was told by the hub. */
const withLicence = async (manifest: Manifest, folder: string): Promise<Manifest> => {
  if (manifest.licence !== licenceNotStated) return manifest;
  const receipt = await readReceipt(folder);
  return receipt === undefined ? manifest : { ...manifest, licence: receipt.licence };
};

/** Absolute paths, by name. */
const modelFoldersIn = async (folder: string): Promise<readonly string[]> => {
  const root = resolve(folder);
  if (await isModelFolder(root)) return [root];
  const paths = await foldersIn(root);
  const areModels = await Promise.all(paths.map(isModelFolder));
  return paths.filter((_, index) => areModels[index]);
};

const reasonOf = (error: unknown): string => {
  if (error instanceof z.ZodError) return error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  return error instanceof Error ? error.message : String(error);
};
