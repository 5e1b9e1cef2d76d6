/** Folders with a network that looks at pictures → what may be run, or the sentence that says why not. */
import { createHash } from 'node:crypto';
import { basename, dirname, join, resolve } from 'node:path';
import { hashFile } from '#src/weights/fingerprint.ts';
import { foldersIn } from '#src/weights/folders-in.ts';
import { isFile, readJson } from '#src/weights/manifest-file.ts';
import {
  manifestFileOf,
  parseClassifierManifest,
  parseSimilarityManifest,
  pictureModelKinds,
  type ClassifierManifest,
  type PictureInput,
  type PictureModelKind,
  type SimilarityManifest,
} from '#src/weights/picture-manifests.ts';
import { inputOfPreprocessor, labelsOfConfig, modelConfigFile, preprocessorFile } from '#src/weights/preprocessor-config.ts';

type Common = {
  readonly name: string;
  readonly title: string;
  readonly licence: string;
  /** Absolute. */
  readonly folder: string;
  /** Short hash of all that decides what comes out: the graph, its weights, how pictures are made ready. Texts and thresholds are not in it. */
  readonly hash: string;
  /** The graph's path below the folder. */
  readonly file: string;
  readonly input: PictureInput;
  readonly output: string | undefined;
  readonly threshold: number;
};

export type SimilarityModel = Common & { readonly kind: 'similarity'; readonly dimensions: number };

export type ClassifierModel = Common & {
  readonly kind: 'classifier';
  readonly label: string;
  readonly labels: readonly string[];
  readonly activation: 'softmax' | 'sigmoid' | 'none';
};

export type PictureModel = SimilarityModel | ClassifierModel;

export type BrokenPictureModel = {
  readonly kind: PictureModelKind;
  readonly name: string;
  readonly folder: string;
  readonly reason: string;
};

export type FoundPictureModels = {
  readonly similarity?: SimilarityModel;
  readonly classifier?: ClassifierModel;
  /** Those that would be used and can't be, with the reason. */
  readonly broken: readonly BrokenPictureModel[];
};

/**
 * The model of each kind that is used: the first in `folders`, each a model or a folder of such, by name; one that is a fallback only where
 * there is no other. A broken one is not passed over for the next: nobody would notice. Never rejects.
 */
export async function findPictureModels(folders: readonly string[]): Promise<FoundPictureModels> {
  const places = (
    await Promise.all(folders.map((folder) => resolve(folder)).map(async (root) => [root, ...(await foldersIn(root))]))
  ).flat();
  const read = await Promise.all(pictureModelKinds.map((kind) => firstOf(kind, places)));
  const found = read.filter((one) => one !== undefined);
  const models = found.filter((one) => !('reason' in one));
  return {
    ...Object.fromEntries(models.map((model) => [model.kind, model])),
    broken: found.filter((one) => 'reason' in one),
  };
}

async function firstOf(kind: PictureModelKind, places: readonly string[]): Promise<PictureModel | BrokenPictureModel | undefined> {
  let fallback: PictureModel | undefined;
  for (const folder of places) {
    if (!(await isFile(join(folder, manifestFileOf[kind])))) continue;
    try {
      const { model, isFallback } = await readPictureModel(kind, folder);
      if (!isFallback) return model;
      fallback ??= model;
    } catch (error) {
      return { kind, name: basename(folder), folder, reason: error instanceof Error ? error.message : String(error) };
    }
  }
  return fallback;
}

/** Rejects with an `Error` whose message is one sentence about the first thing that is wrong. */
export async function readPictureModel(
  kind: PictureModelKind,
  folder: string,
): Promise<{ readonly model: PictureModel; readonly isFallback: boolean }> {
  const json = await readJson(folder, manifestFileOf[kind]);
  if (kind === 'similarity') {
    const manifest = parseSimilarityManifest(json);
    const common = await readCommon(manifest, folder);
    return { model: { kind, ...common, dimensions: manifest.dimensions }, isFallback: manifest.isFallback };
  }
  const manifest = parseClassifierManifest(json);
  const config = await readJson(folder, modelConfigFile);
  const known = config === undefined ? {} : labelsOfConfig(config);
  const labels = manifest.labels ?? known.labels;
  if (labels === undefined)
    throw new Error(`labels are missing: write «labels» into ${manifestFileOf.classifier}, or add ${modelConfigFile}`);
  const [first, ...others] = labels.flatMap((label, index) => (label === manifest.label ? [index] : []));
  if (first === undefined || others.length > 0)
    throw new Error(`label: must be one of ${[...new Set(labels)].slice(0, 10).join(', ')}; it is ${manifest.label}`);
  const activation = manifest.activation ?? known.activation ?? 'softmax';
  return { model: { kind, ...(await readCommon(manifest, folder)), label: manifest.label, labels, activation }, isFallback: false };
}

async function readCommon(manifest: SimilarityManifest | ClassifierManifest, folder: string): Promise<Common> {
  const { name, title, licence, file, output, threshold } = manifest;
  if (!(await isFile(join(folder, file)))) throw new Error(`${file} is missing`);
  const input = manifest.input ?? (await readInput(folder));
  const hash = await hashOf(folder, file, { input, output });
  return { name, title, licence, folder, hash, file, input, output, threshold };
}

/** The graph is hashed with everything that begins with its name: weights beside it are called `model.onnx_data`, or `model.onnx.data`. */
async function hashOf(folder: string, file: string, settings: object): Promise<string> {
  const graph = join(folder, file);
  const parts = (await foldersIn(dirname(graph))).filter((path) => path.startsWith(graph));
  const total = createHash('sha256').update(JSON.stringify(settings));
  for (const path of parts) total.update(`\n${basename(path)} ${await hashFile(path)}`);
  return total.digest('hex').slice(0, 12);
}

async function readInput(folder: string): Promise<PictureInput> {
  const preprocessor = await readJson(folder, preprocessorFile);
  if (preprocessor !== undefined) return inputOfPreprocessor(preprocessor);
  throw new Error(`how pictures are made ready is missing: write «input» into the manifest, or add ${preprocessorFile}`);
}
