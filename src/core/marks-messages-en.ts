/** What the bot says in English about marks of origin and their verification. */
import type { Catalogue } from '#core/message-codes.ts';
import type { MarksMessageParams } from '#core/marks-message-codes.ts';

export const englishMarks: Pick<Catalogue['messages'], keyof MarksMessageParams> = {};
