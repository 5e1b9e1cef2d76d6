/** What the bot says in English about personal data: what is kept, copies of it, erasing it. */
import type { Catalogue } from '#core/message-codes.ts';
import type { PrivacyMessageParams } from '#core/privacy-message-codes.ts';

export const englishPrivacy: Pick<Catalogue['messages'], keyof PrivacyMessageParams> = {};
