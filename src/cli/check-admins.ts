import type { Finding } from '#src/chat/common/finding.ts';
import type { Config } from '#src/config.ts';

/**
 * Where nobody is named, a server's people share the bot: whoever administers any of its rooms changes it for all of them. Where somebody
 * is, nobody else does, on any server.
 */
export function checkAdmins({ matrix, mattermost, admins }: Pick<Config, 'matrix' | 'mattermost' | 'admins'>): readonly Finding[] {
  if (matrix === undefined && mattermost === undefined) return [];
  if (admins.length === 0) {
    return [
      {
        ok: true,
        what: 'TIP Nobody is named under «admins», so whoever administers a room changes styles, limits and the model for every room',
        advice:
          "Name the bot's admins in config/blitzbild.yaml, such as admins: ['@ada:example.org'], or ids of Mattermost accounts (docs/for-operators.md)",
      },
    ];
  }
  const isOfMatrix = (id: string): boolean => id.startsWith('@');
  return [
    ...(matrix !== undefined && !admins.some(isOfMatrix) ? [nobodyOf('Matrix', "a user id such as '@ada:example.org'")] : []),
    ...(mattermost !== undefined && admins.every(isOfMatrix) ? [nobodyOf('Mattermost', 'the 26 letters and digits of an account')] : []),
  ];
}

const nobodyOf = (server: string, form: string): Finding => ({
  ok: true,
  what: `TIP Of the people on ${server} nobody is named under «admins», so nobody there changes styles, limits and the model`,
  advice: `If somebody there should, add ${form} to admins in config/blitzbild.yaml (docs/for-operators.md)`,
});
