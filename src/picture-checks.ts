/** What is looked at before a picture is posted, and before one is drawn, put together. */
import type { PictureChecks } from '#src/app/check-picture.ts';
import type { Log } from '#src/app/log-port.ts';
import type { Config } from '#src/config.ts';
import type { PromptLists } from '#core/prompt-judgement.ts';
import { createPictureModels, type PictureModels } from '#src/picture-models.ts';
import { promptListsOf } from '#src/safety-config.ts';
import { createSimilarityCheck, type OpenSimilarityCheck } from '#src/similarity-check.ts';

export type OpenChecks = {
  readonly checks: PictureChecks;
  readonly promptLists: PromptLists;
  readonly models: PictureModels;
  readonly library: OpenSimilarityCheck;
};

/** Starts nothing: the process of the models begins with the first picture, the index with the first work. Closed with `parts`. */
export async function openChecks(config: Config, log: Log, parts: AsyncDisposableStack): Promise<OpenChecks> {
  const { similarity, safety } = config;
  const models = parts.adopt(
    await createPictureModels({
      folders: config.modelFolders,
      environment: config.environment,
      log,
      thresholds: { similarity: similarity.threshold, classifier: safety.classifier.threshold },
    }),
    async (opened) => opened.close(),
  );
  for (const { folder, reason } of models.broken) log.warn({ folder, reason }, 'A model that looks at pictures can’t be used');
  const library = parts.adopt(
    createSimilarityCheck({ dataFolder: config.dataFolder, ...(models.embedder === undefined ? {} : { embedder: models.embedder }), log }),
    async (opened) => opened.close(),
  );
  warnOfGaps(library, log);
  return {
    checks: {
      library,
      ...(similarity.check === 'off' ? {} : { similarity: { check: library, onMatch: similarity.check, onFailure: similarity.onFailure } }),
      ...(safety.classifier.check === 'off'
        ? {}
        : { classifier: { find: () => models.classifier, onFailure: safety.classifier.onFailure } }),
    },
    promptLists: promptListsOf(config, () => worksOf(library, log)),
    models,
    library,
  };
}

/** What is not compared is said once, at the start; `doctor` says it as well. */
function warnOfGaps(library: OpenSimilarityCheck, log: Log): void {
  const { outdated, withoutVectors } = library.status();
  const remedy = 'blitzbild references reindex';
  if (outdated !== undefined) log.warn({ works: outdated, remedy }, 'Works that an older version has read are not compared');
  else if (withoutVectors !== undefined)
    log.warn({ works: withoutVectors, remedy }, 'Works lack vectors, so the copy-detection model is not used');
}

/** A library that can't be read keeps nobody from drawing. */
function worksOf(library: OpenSimilarityCheck, log: Log): ReturnType<OpenSimilarityCheck['works']> {
  try {
    return library.works();
  } catch (error) {
    log.error({ err: error }, 'The names in the library of protected works could not be read');
    return [];
  }
}
