/** What the bot says in German about marks of origin and their verification. */
import type { Catalogue } from '#core/message-codes.ts';
import type { MarksMessageParams } from '#core/marks-message-codes.ts';

export const germanMarks: Pick<Catalogue['messages'], keyof MarksMessageParams> = {};
