/** What of a repository is taken, and what each file must be. */
import type { ExpectedHash } from '#src/weights/store/content-hash.ts';
import { wantedFiles, type CuratedModel, type WantedFile } from '#src/weights/store/curated.ts';
import type { HubFile } from '#src/weights/store/hub-listing.ts';
import { isPickle, isSafetensors } from '#src/weights/store/pickle.ts';
import { checkPaths } from '#src/weights/store/safe-path.ts';
import { ModelStoreError } from '#src/weights/store/store-error.ts';

/** Who says what a file hashes to: our list, the hub's metadata, or nobody. */
export type HashSource = 'list' | 'hub' | 'none';

export type PlannedFile = {
  readonly from: string;
  readonly to: string;
  readonly size: number;
  readonly expected?: ExpectedHash;
  readonly hashSource: HashSource;
};

/** A folder as Optimum exports it: graphs with their weights, configurations, tokenizers. Names and licences are not taken from it. */
const layout =
  /^(model_index\.json|scheduler\/scheduler_config\.json|tokenizer(_\d)?\/[\w.-]+\.(json|txt|model)|(text_encoder(_\d)?|unet|transformer|vae_decoder|vae_encoder)\/([\w.-]+\.(onnx|onnx_data(_\d+)?|onnx\.data|data|pb|json))|vae\/config\.json)$/;

/**
 * The files of one curated model.
 * @throws ModelStoreError where the repository lacks one, or names one that must not be taken
 */
export function planCurated(model: CuratedModel, listed: readonly HubFile[]): readonly PlannedFile[] {
  const byPath = new Map(listed.map((file) => [file.path, file]));
  const missing = wantedFiles(model).find(({ from, optional }) => !optional && !byPath.has(from));
  if (missing !== undefined)
    throw new ModelStoreError(
      'files_missing',
      `${model.repo} has no ${missing.from}, which ${model.name} needs: the repository has changed. Take an earlier state with --revision COMMIT, or another model.`,
    );
  const planned = wantedFiles(model).flatMap((wanted) => {
    const file = byPath.get(wanted.from);
    return file === undefined ? [] : [plan(wanted, file)];
  });
  return checked(planned);
}

/**
 * The files of any repository that has the layout of a Diffusers/Optimum ONNX export.
 * @throws ModelStoreError where it has another
 */
export function planRepository(repo: string, listed: readonly HubFile[]): readonly PlannedFile[] {
  const planned = listed
    .filter(({ path }) => layout.test(path))
    .map((file) => plan({ from: file.path, to: file.path, optional: false }, file));
  if (planned.some(({ from }) => from === 'model_index.json') && planned.some(({ from }) => from.endsWith('.onnx')))
    return checked(planned);
  const weights = listed.find(({ path }) => isSafetensors(path)) ?? listed.find(({ path }) => isPickle(path));
  if (weights !== undefined && !isPickle(weights.path))
    throw new ModelStoreError(
      'files_missing',
      `${repo} holds weights for PyTorch (${weights.path}) and no ONNX export. Download the Diffusers folder with safetensors yourself and run: blitzbild models convert FOLDER`,
    );
  if (weights !== undefined)
    throw new ModelStoreError(
      'pickle',
      `${repo} holds its weights as Python pickles (${weights.path}), which can run code and are never downloaded. Look for the same model as a Diffusers folder with safetensors and run: blitzbild models convert FOLDER`,
    );
  throw new ModelStoreError(
    'files_missing',
    `${repo} is no model folder in the Diffusers/Optimum ONNX layout (model_index.json, unet/model.onnx, …). «blitzbild models list» shows models that are.`,
  );
}

function plan({ from, to, bytes, sha256 }: WantedFile, { size, sha256: listed, gitOid }: HubFile): PlannedFile {
  if (isPickle(from))
    throw new ModelStoreError(
      'pickle',
      `${from} is a Python pickle, which can run code when it is read; such files are never downloaded. Convert a folder with safetensors instead: blitzbild models convert FOLDER`,
    );
  if (bytes !== undefined && bytes !== size)
    throw new ModelStoreError(
      'hub_lies',
      `The hub says that ${from} has ${size} bytes, and config/models.json knows it with ${bytes}. Nothing was downloaded; do not trust this hub or mirror, unless you asked for another revision.`,
    );
  if (sha256 !== undefined) return { from, to, size, expected: { kind: 'sha256', hex: sha256 }, hashSource: 'list' };
  if (listed !== undefined) return { from, to, size, expected: { kind: 'sha256', hex: listed }, hashSource: 'hub' };
  if (gitOid !== undefined) return { from, to, size, expected: { kind: 'git-sha1', hex: gitOid }, hashSource: 'hub' };
  return { from, to, size, hashSource: 'none' };
}

function checked(files: readonly PlannedFile[]): readonly PlannedFile[] {
  checkPaths(files.map(({ from }) => from));
  checkPaths(files.map(({ to }) => to));
  return files;
}
