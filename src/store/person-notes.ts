/** What platforms have noted: lists of several people are split, so that nobody gets or loses what is another's. */
import { mentions } from '#src/store/mentions.ts';

/** @returns of a list, the entries about this person; anything else whole */
export function notesOf(value: string, user: string): string {
  const list = listIn(value);
  return list === undefined ? value : JSON.stringify(list.filter((entry) => isAbout(entry, user)));
}

/** @returns of a list, the entries about others; undefined where it is no list */
export function notesWithout(value: string, user: string): string | undefined {
  const list = listIn(value);
  return list === undefined ? undefined : JSON.stringify(list.filter((entry) => !isAbout(entry, user)));
}

const isAbout = (entry: unknown, user: string): boolean => mentions(JSON.stringify(entry), user);

function listIn(value: string): readonly unknown[] | undefined {
  try {
    const parsed: unknown = JSON.parse(value);
    return Array.isArray(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}
