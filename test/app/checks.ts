/** A library and a classifier whose answers a test decides by the grey of a picture; the real ones have tests of their own and in test/e2e/. */
import type { PictureChecks } from '#src/app/check-picture.ts';
import type { Pixels } from '#core/ports.ts';
import type { PictureClassifier } from '#core/safety-port.ts';
import type { SimilarityCheck, SimilarityVerdict } from '#core/similarity-port.ts';

const work = { id: '1', title: 'The Scream', rightsHolder: 'Munch Museum', licence: 'all rights reserved' };

export class ScriptedLibrary implements SimilarityCheck {
  works = 3;
  /** Works that can't be compared before they are read anew. */
  outdated: number | undefined;
  /** Similarity of a picture to The Scream, by its grey. */
  similarity: (grey: number) => number = () => 0.2;
  fails = false;
  /** Waited for in every check. */
  gate: Promise<void> = Promise.resolve();
  readonly files: (Uint8Array | undefined)[] = [];

  status(): ReturnType<SimilarityCheck['status']> {
    const outdated = this.outdated === undefined ? {} : { outdated: this.outdated };
    return { works: this.works, ...outdated, stages: ['hash', 'embedding'], model: { name: 'copies', hash: 'abc123' } };
  }

  async check({ pixels }: Pixels, file?: Uint8Array): Promise<SimilarityVerdict> {
    this.files.push(file);
    await this.gate;
    if (this.fails) return { state: 'not_checked', reason: 'failed' };
    if (this.works === 0) return { state: 'not_checked', reason: 'no_works' };
    const similarity = this.similarity(pixels[0] ?? 0);
    const isMatch = similarity >= 0.85;
    const nearest = { work, stage: 'embedding', similarity, threshold: 0.85, isMatch } as const;
    return { state: 'compared', works: this.works, stages: ['hash', 'embedding'], nearest, isMatch, tookMs: 1 };
  }
}

/** Every grey of `held` is a copy. */
export function checksThat(
  onMatch: 'report' | 'hold-back',
  held: readonly number[],
  more: Omit<PictureChecks, 'similarity' | 'library'> & { readonly onFailure?: 'post' | 'hold-back' } = {},
): { readonly library: ScriptedLibrary; readonly checks: PictureChecks } {
  const { onFailure = 'post', ...others } = more;
  const library = new ScriptedLibrary();
  library.similarity = (grey) => (held.includes(grey) ? 0.93 : 0.2);
  return { library, checks: { library, similarity: { check: library, onMatch, onFailure }, ...others } };
}

export const classifierOf = (probability: (grey: number) => number): PictureClassifier => ({
  name: 'reds',
  hash: 'def456',
  label: 'nsfw',
  threshold: 0.8,
  classify: async ({ pixels }) => probability(pixels[0] ?? 0),
});
