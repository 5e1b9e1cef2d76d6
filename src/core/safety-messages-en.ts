/** What the bot says in English about what is not drawn or not shown. */
import type { Catalogue } from '#core/message-codes.ts';
import type { SafetyMessageParams } from '#core/safety-message-codes.ts';

export const englishSafety: Pick<Catalogue['messages'], keyof SafetyMessageParams> = {};
