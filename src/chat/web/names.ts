/** Names that people choose in the local room, and the user ids made from them. */
import { createHash } from 'node:crypto';
import { userId, type UserId } from '#core/types.ts';

export const maxNameLength = 40;

/** Control, format (bidi, zero-width) and unassigned characters; they make two names look alike or a line run backwards. */
const invisible = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** The name as it is shown: one line, no invisible characters; `undefined` when nothing is left or it is too long. */
export function displayName(typed: string): string | undefined {
  const name = typed.normalize('NFC').replace(/\s+/gu, ' ').replace(invisible, '').trim();
  const length = [...name].length;
  return length >= 1 && length <= maxNameLength ? name : undefined;
}

/**
 * `Ada Lovelace` → `@ada-lovelace:room`. Names that differ in more than case and spaces give different ids: where the
 * slug had to drop a character, a few digits of the name's hash keep them apart.
 */
export function userIdOf(name: string): UserId {
  const folded = name.normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim();
  const slug = folded.replace(/[^\p{L}\p{M}\p{N}]+/gu, '-').replace(/^-+|-+$/gu, '');
  const exact = folded.replaceAll(' ', '-') === slug;
  const hash = createHash('sha256').update(folded).digest('hex').slice(0, 6);
  return userId(`@${exact ? slug : [slug, hash].filter((part) => part !== '').join('-')}:room`);
}

/** Whether people could take this name for the bot. */
export const isBotName = (name: string): boolean => /^blitzbild(?:-bot)?$/u.test(userIdOf(name).slice(1, -':room'.length));
