/** What the bot says in German about what is not drawn or not shown. */
import type { Catalogue } from '#core/message-codes.ts';
import type { SafetyMessageParams } from '#core/safety-message-codes.ts';

export const germanSafety: Pick<Catalogue['messages'], keyof SafetyMessageParams> = {};
