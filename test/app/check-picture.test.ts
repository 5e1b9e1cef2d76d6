/** Comparisons that take too long: the configuration decides, and the log says so. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkPicture } from '#src/app/check-picture.ts';
import type { SimilarityCheck, SimilarityVerdict } from '#core/similarity-port.ts';

const picture = { widthPx: 1, heightPx: 1, pixels: Uint8Array.of(1, 2, 3) };
const failed: SimilarityVerdict = { state: 'not_checked', reason: 'failed' };

const outcomeOf = async (check: SimilarityCheck['check'], limitMs: number) => {
  const logged: { readonly fields: object; readonly sentence: string }[] = [];
  const note = (fields: object, sentence: string): void => void logged.push({ fields, sentence });
  const log = { debug: () => {}, info: () => {}, warn: note, error: note };
  const similarity = {
    check: { status: () => ({ works: 1, stages: ['hash'] as const }), check },
    onMatch: 'report',
    onFailure: 'hold-back',
  } as const;
  return { ...(await checkPicture({ similarity }, picture, log, limitMs)), logged };
};

for (const [name, check] of [
  [
    'heeds the signal',
    async (_picture, _file, signal) => new Promise((resolve) => signal?.addEventListener('abort', () => resolve(failed))),
  ],
  ['never answers', async () => new Promise<never>(() => {})],
] as const satisfies readonly (readonly [string, SimilarityCheck['check']])[])
  test(`a comparison that ${name} is given up, and that is logged once`, async (context) => {
    // The signal's own timer keeps no process alive.
    const alive = setInterval(() => {}, 1000);
    context.after(() => clearInterval(alive));
    const { similarity, heldBack, logged } = await outcomeOf(check, 20);
    assert.deepEqual([similarity, heldBack], [failed, { by: 'unchecked', check: 'similarity' }]);
    assert.equal(logged.length, 1);
    assert.equal(logged[0]!.sentence, 'A picture could not be compared in time');
    const { err, onFailure } = logged[0]!.fields as { readonly err?: Error; readonly onFailure?: string };
    assert.deepEqual([err?.name, onFailure], ['TimeoutError', 'hold-back']);
  });

test('one that fails at once has said why itself', async () => {
  const { similarity, logged } = await outcomeOf(async () => failed, 60_000);
  assert.deepEqual([similarity, logged], [failed, []]);
});
