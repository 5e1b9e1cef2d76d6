/** The models that look at pictures, wired: folders on the disk → the ports of the core. */
import type { Log } from '#src/app/log-port.ts';
import type { PictureClassifier } from '#core/safety-port.ts';
import type { PictureEmbedder } from '#core/similarity-port.ts';
import { ModelProcess, type ModelProcessOptions } from '#src/engine/model-process.ts';
import { pictureClassifier, pictureEmbedder } from '#src/engine/picture-models.ts';
import { findPictureModels, type BrokenPictureModel, type PictureModel } from '#src/weights/picture-models.ts';

export type PictureModels = {
  /** The copy-detection model; `undefined` where none is installed. */
  readonly embedder: PictureEmbedder | undefined;
  /** The image classifier; `undefined` where none is installed. One that is installed and can't be used refuses every picture. */
  readonly classifier: PictureClassifier | undefined;
  /** Both as they were found, with title, licence, folder and hash. */
  readonly installed: readonly PictureModel[];
  /** Folders that would be used and can't be, with the reason. */
  readonly broken: readonly BrokenPictureModel[];
  /** Ends the process that computes, if there is one. */
  close(): Promise<void>;
};

export type PictureModelOptions = Pick<ModelProcessOptions, 'environment' | 'threads' | 'idleMs'> & {
  /** As `modelFolders` of the configuration: each a model, or a folder of such. */
  readonly folders: readonly string[];
  readonly log?: Log;
  /** Instead of what the folders' manifests say. */
  readonly thresholds?: { readonly similarity?: number | undefined; readonly classifier?: number | undefined };
};

/** Looks for the models and starts nothing: the process is forked with the first picture. Never rejects; what can't be used is in `broken`. */
export async function createPictureModels({ folders, log, thresholds = {}, ...options }: PictureModelOptions): Promise<PictureModels> {
  const { similarity, classifier, broken } = await findPictureModels(folders);
  const models = new ModelProcess({
    ...options,
    ...(log === undefined ? {} : { log: (level, sentence, fields) => log[level](fields, sentence) }),
  });
  const chosen = <Model extends PictureModel>(model: Model | undefined): Model | undefined =>
    model === undefined ? undefined : { ...model, threshold: thresholds[model.kind] ?? model.threshold };
  const [copies, labels] = [chosen(similarity), chosen(classifier)];
  return {
    embedder: copies === undefined ? undefined : pictureEmbedder(models, copies),
    classifier: labels === undefined ? brokenClassifier(broken) : pictureClassifier(models, labels),
    installed: [copies, labels].filter((model) => model !== undefined),
    broken,
    close: async () => models.close(),
  };
}

/** Whoever installed one wants pictures looked at: that it is broken must not let them pass as if there were none. */
function brokenClassifier(broken: readonly BrokenPictureModel[]): PictureClassifier | undefined {
  const found = broken.find(({ kind }) => kind === 'classifier');
  if (found === undefined) return undefined;
  const { name, reason } = found;
  const classify = async (): Promise<never> => {
    throw new Error(`the classifier ${name} can’t be used: ${reason}`);
  };
  return { name, hash: '', label: '', threshold: 1, broken: reason, classify };
}
