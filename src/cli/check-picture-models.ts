import type { Finding } from '#src/chat/common/finding.ts';
import { AppError } from '#core/errors.ts';
import { formatDuration } from '#core/format.ts';
import type { Pixels } from '#core/ports.ts';
import { createPictureModels, type PictureModelOptions, type PictureModels } from '#src/picture-models.ts';
import type { PictureModelKind } from '#src/weights/picture-manifests.ts';

const titles: Readonly<Record<PictureModelKind, string>> = { similarity: 'Copy detection', classifier: 'Classifier' };

const withoutAny: Readonly<Record<PictureModelKind, string>> = {
  similarity: 'no model is installed; works are compared by their hashes alone',
  classifier: 'no model is installed; what pictures show is not looked at',
};

const advice = 'Mend the folder or remove it; docs/models.md says what such a folder holds.';

/** Both models that look at pictures: each looks at one, because a graph that loads may still fail. */
export async function checkPictureModels(options: PictureModelOptions): Promise<readonly Finding[]> {
  const models = await createPictureModels(options);
  try {
    return [await checkOne(models, 'similarity'), await checkOne(models, 'classifier')];
  } finally {
    await models.close();
  }
}

async function checkOne({ installed, broken, embedder, classifier }: PictureModels, kind: PictureModelKind): Promise<Finding> {
  const wrong = broken.find((one) => one.kind === kind);
  if (wrong !== undefined) return notUsed(kind, wrong.name, wrong.reason);
  const model = installed.find((one) => one.kind === kind);
  if (model === undefined) return { ok: true, what: `${titles[kind]}: ${withoutAny[kind]}` };
  const look = async (): Promise<unknown> => (kind === 'similarity' ? embedder?.embed(slope) : classifier?.classify(slope));
  try {
    const loadingFromMs = performance.now();
    await look();
    const lookingFromMs = performance.now();
    await look();
    const [loadMs, lookMs] = [lookingFromMs - loadingFromMs, performance.now() - lookingFromMs];
    const times = `a picture looked at in ${formatDuration(lookMs, 'en')}, with loading ${formatDuration(loadMs, 'en')}`;
    return { ok: true, what: `${titles[kind]} ${model.name} (${model.hash}): ${model.title}, ${model.licence}; ${times}` };
  } catch (error) {
    return notUsed(kind, model.name, reasonOf(error));
  }
}

const reasonOf = (error: unknown): string => {
  const detail = error instanceof AppError ? (error.params['detail'] ?? error.params['reason']) : undefined;
  if (detail !== undefined) return String(detail);
  return error instanceof Error ? error.message : String(error);
};

const notUsed = (kind: PictureModelKind, name: string, reason: string): Finding => ({
  ok: false,
  what: `${titles[kind]} ${name}: ${reason.replace(/\.$/, '')}`,
  advice,
});

/** 256 × 256, so that a model has something to make smaller. */
const slope: Pixels = {
  widthPx: 256,
  heightPx: 256,
  pixels: Uint8Array.from({ length: 256 * 256 * 3 }, (_, at) => (Math.floor(at / 3) * (1 + (at % 3))) % 256),
};
