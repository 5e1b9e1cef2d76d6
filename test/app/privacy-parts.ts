import type { BotOptions } from '#src/app/bot.ts';

/** Nothing grows old, no server is known: for tests that are not about either. */
export const privacyParts: Pick<BotOptions, 'retention' | 'privacy'> = {
  retention: { days: 0, removePosts: false, keepStarred: false },
  privacy: () => ({ servers: [], modelHash: () => undefined }),
};
