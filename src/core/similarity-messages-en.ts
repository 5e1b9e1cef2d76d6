/** What the bot says in English about the comparison with protected works. */
import { phraseIn } from '#core/format.ts';
import type { Catalogue } from '#core/message-codes.ts';
import { code } from '#core/rich-text.ts';
import type { SimilarityMessageParams } from '#core/similarity-message-codes.ts';

const say = phraseIn('en');

export const englishSimilarity: Pick<Catalogue['messages'], keyof SimilarityMessageParams> = {
  check_empty: () =>
    say`Not checked: the library is empty, so there is nothing to compare with; whoever runs the bot fills it with ${code('blitzbild references add DIR')}.`,
  check_outdated: () =>
    say`Not checked: an older version has read the library, so there is nothing to compare with; whoever runs the bot reads it anew with ${code('blitzbild references reindex')}.`,
  check_unavailable: () => say`Not checked: this bot has no library of protected works to compare with.`,
  check_failed: () =>
    say`Not checked: the comparison failed or took too long; try again in a minute, and tell whoever runs the bot if it stays so.`,
};
