import type { Log } from '#src/app/log-port.ts';
import type { Pixels } from '#core/ports.ts';
import type { HeldBack, PictureClassifier } from '#core/safety-port.ts';
import type { SimilarityCheck, SimilarityVerdict } from '#core/similarity-port.ts';
import type { StoredImage } from '#core/types.ts';

/** A check that takes longer has failed: pictures wait for it. */
const LIMIT_MS = 30_000;

/** What is looked at before a picture is posted; what is left out is off. */
export type PictureChecks = {
  readonly similarity?: {
    readonly check: SimilarityCheck;
    readonly onMatch: 'report' | 'hold-back';
    readonly onFailure: 'post' | 'hold-back';
  };
  readonly classifier?: {
    /** Looked up for every picture: `undefined` where none is installed. */
    readonly find: () => PictureClassifier | undefined;
    readonly onFailure: 'post' | 'hold-back';
  };
  /** Comparing on request, as `!img check` does; also where pictures are not compared by themselves. */
  readonly library?: SimilarityCheck;
};

export type CheckedPicture = Pick<StoredImage, 'similarity' | 'heldBack'> & {
  /** Absent where nothing was looked at. */
  readonly checkMs?: number;
};

/** Both checks, of pixels without marks, side by side. Never rejects: what fails is decided by the configuration. */
export async function checkPicture(
  checks: PictureChecks | undefined,
  picture: Pixels,
  log: Log,
  limitMs = LIMIT_MS,
): Promise<CheckedPicture> {
  const classifier = checks?.classifier?.find();
  if (checks?.similarity === undefined && classifier === undefined) return {};
  const startedMs = performance.now();
  const signal = AbortSignal.timeout(limitMs);
  const [compared, classified] = await Promise.all([
    compare(checks?.similarity, picture, signal, log),
    classify(classifier, checks?.classifier?.onFailure, picture, signal, log),
  ]);
  const heldBack = compared?.heldBack ?? classified;
  // An empty library takes no time, and a line about it would only be noise.
  const isLookedAt = classifier !== undefined || compared?.verdict.state === 'compared' || compared?.verdict.reason === 'failed';
  return {
    ...(compared === undefined ? {} : { similarity: compared.verdict }),
    ...(heldBack === undefined ? {} : { heldBack }),
    ...(isLookedAt ? { checkMs: performance.now() - startedMs } : {}),
  };
}

type Compared = { readonly verdict: SimilarityVerdict; readonly heldBack?: HeldBack };

async function compare(wanted: PictureChecks['similarity'], picture: Pixels, signal: AbortSignal, log: Log): Promise<Compared | undefined> {
  if (wanted === undefined) return undefined;
  const failed: SimilarityVerdict = { state: 'not_checked', reason: 'failed' };
  const verdict = await within(wanted.check.check(picture, undefined, signal), signal).catch(() => failed);
  if (verdict.state === 'compared') {
    const { nearest, isMatch } = verdict;
    if (!isMatch || nearest === undefined || wanted.onMatch === 'report') return { verdict };
    return { verdict, heldBack: heldBackBy(nearest) };
  }
  // Every other reason is told where it was found.
  if (verdict.reason === 'failed' && signal.aborted)
    log.warn({ err: signal.reason, onFailure: wanted.onFailure }, 'A picture could not be compared in time');
  const isHeld = verdict.reason === 'failed' && wanted.onFailure === 'hold-back';
  return { verdict, ...(isHeld ? { heldBack: { by: 'unchecked', check: 'similarity' } } : {}) };
}

const heldBackBy = ({ work, similarity, threshold }: NonNullable<(SimilarityVerdict & { state: 'compared' })['nearest']>): HeldBack => ({
  by: 'similarity',
  title: work.title,
  ...(work.rightsHolder === undefined ? {} : { rightsHolder: work.rightsHolder }),
  similarity,
  threshold,
});

async function classify(
  classifier: PictureClassifier | undefined,
  onFailure: 'post' | 'hold-back' | undefined,
  picture: Pixels,
  signal: AbortSignal,
  log: Log,
): Promise<HeldBack | undefined> {
  if (classifier === undefined) return undefined;
  const { label, threshold } = classifier;
  try {
    const probability = await within(classifier.classify(picture, signal), signal);
    // What is no number is no answer.
    if (!Number.isFinite(probability)) throw new TypeError('the classifier gave no probability');
    return probability >= threshold ? { by: 'classifier', label, probability, threshold } : undefined;
  } catch (error) {
    log.warn({ err: error, onFailure }, 'A picture could not be classified');
    return onFailure === 'hold-back' ? { by: 'unchecked', check: 'classifier' } : undefined;
  }
}

/** Also where whoever was asked does not heed the signal. */
async function within<Value>(asked: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(new Error('the check took too long', { cause: signal.reason }));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([asked, promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
