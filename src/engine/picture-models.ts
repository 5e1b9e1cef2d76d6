import type { Pixels } from '#core/ports.ts';
import type { PictureClassifier } from '#core/safety-port.ts';
import type { PictureEmbedder } from '#core/similarity-port.ts';
import type { KeyedSpec, ModelProcess } from '#src/engine/model-process.ts';
import type { ModelSpec } from '#src/engine/model-messages.ts';
import { resizePicture, type ResizeTo } from '#src/inference/vision/resize.ts';

type Common = {
  readonly name: string;
  readonly hash: string;
  readonly folder: string;
  readonly file: string;
  readonly input: ModelSpec['input'] & ResizeTo;
  readonly output?: string | undefined;
  readonly threshold: number;
};

/** What `weights/` read of a folder, as far as it is needed for running it. */
export type SimilaritySource = Common & { readonly dimensions: number };
export type ClassifierSource = Common & {
  readonly label: string;
  readonly labels: readonly string[];
  readonly activation: 'softmax' | 'sigmoid' | 'none';
};

export function pictureEmbedder(models: ModelProcess, source: SimilaritySource): PictureEmbedder {
  const look = looker(models, source, { length: source.dimensions, finish: 'unit' });
  const { name, hash, dimensions, threshold } = source;
  return { name, hash, dimensions, threshold, embed: look };
}

export function pictureClassifier(models: ModelProcess, source: ClassifierSource): PictureClassifier {
  const look = looker(models, source, { length: source.labels.length, finish: source.activation });
  const { name, hash, label, threshold } = source;
  const index = source.labels.indexOf(label);
  return { name, hash, label, threshold, classify: async (picture, signal) => (await look(picture, signal))[index]! };
}

function looker(models: ModelProcess, source: Common, answer: Pick<ModelSpec, 'length' | 'finish'>) {
  const { name, hash, folder, file, input, output } = source;
  const { widthPx, heightPx, mean, std, layout } = input;
  const spec = { folder, file, input: { widthPx, heightPx, mean, std, layout }, ...(output === undefined ? {} : { output }), ...answer };
  const keyed: KeyedSpec = { key: `${folder} ${hash}`, name, spec };
  return async (picture: Pixels, signal?: AbortSignal): Promise<Float32Array> =>
    await models.look(keyed, await resizePicture(picture, input), signal);
}
