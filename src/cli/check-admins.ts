import type { Finding } from '#src/chat/common/finding.ts';
import type { Config } from '#src/config.ts';

/** Where nobody is named, a server's people share the bot: whoever administers any of its rooms changes it for all of them. */
export function checkAdmins({ matrix, mattermost, admins }: Pick<Config, 'matrix' | 'mattermost' | 'admins'>): readonly Finding[] {
  if ((matrix === undefined && mattermost === undefined) || admins.length > 0) return [];
  return [
    {
      ok: true,
      what: 'TIP Nobody is named under «admins», so whoever administers a room changes styles, limits and the model for every room',
      advice:
        "Name the bot's admins in config/blitzbild.yaml, such as admins: ['@ada:example.org'], or ids of Mattermost accounts (docs/for-operators.md)",
    },
  ];
}
