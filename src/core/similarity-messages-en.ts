/** What the bot says in English about the comparison with protected works. */
import type { Catalogue } from '#core/message-codes.ts';
import type { SimilarityMessageParams } from '#core/similarity-message-codes.ts';

export const englishSimilarity: Pick<Catalogue['messages'], keyof SimilarityMessageParams> = {};
