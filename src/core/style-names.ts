/** Names of styles: which are allowed, and which style is meant by what somebody typed. */
import { clip, cleanText, countCharacters } from '#core/prompt-text.ts';
import { accept, refuse, type Problem, type Result } from '#core/problem.ts';
import { suggest } from '#core/suggest.ts';
import { languages } from '#core/types.ts';
import { styleBounds, type NamedStyle, type StyleName } from '#core/styles.ts';

/** `Schwarz-Weiß`, `schwarzweiss` and `schwarz weiß` are one name. */
export const styleKey = (typed: string): string =>
  typed
    .normalize('NFC')
    .toLowerCase()
    .replaceAll('ä', 'ae')
    .replaceAll('ö', 'oe')
    .replaceAll('ü', 'ue')
    .replaceAll('ß', 'ss')
    .normalize('NFKD')
    .replace(/[\p{M}\p{White_Space}_\-‐‑–—]/gu, '');

/** Words that stand behind `style` as commands; a style of that name could not be shown. */
const reservedWords = {
  en: 'show set add new change undo revert history versions rename default remove delete import export list help all',
  de: 'zeig zeige zeigen setzen ändern anlegen neu zurück rückgängig verlauf versionen umbenennen standard vorgabe entfernen löschen importieren exportieren liste hilfe alle',
} as const;
export const reservedStyleNames: readonly string[] = languages.flatMap((language) => reservedWords[language].split(' '));
const reservedKeys: ReadonlySet<string> = new Set(reservedStyleNames.map(styleKey));

/** The name as it is kept: cleaned and in lower case. */
export function checkStyleName(typed: string): Result<StyleName, Problem> {
  const name = cleanText(typed).toLowerCase();
  const shown = clip(name, styleBounds.nameChars);
  if (countCharacters(name) > styleBounds.nameChars || !/^[\p{L}\p{M}\p{N}]+(?:[ -]+[\p{L}\p{M}\p{N}]+)*$/u.test(name)) {
    return refuse('style_name_invalid', { name: shown, limit: styleBounds.nameChars });
  }
  return reservedKeys.has(styleKey(name)) ? refuse('style_name_reserved', { name: shown }) : accept(name);
}

/**
 * A name out of whatever another program allows, such as `Art: Noir (1940's)` → `art noir 1940 s`, `Default` → `default style`;
 * `undefined` where nothing is left.
 */
export function toStyleName(foreign: string): StyleName | undefined {
  const words = cleanText(foreign)
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}-]+/gu, ' ')
    .replace(/-{2,}/gu, ' ')
    .replace(/(?<=^| )-+|-+(?= |$)/gu, '')
    .replace(/ {2,}/gu, ' ')
    .trim();
  const name = Array.from(words)
    .slice(0, styleBounds.nameChars)
    .join('')
    .replace(/[ -]+$/u, '');
  const checked = checkStyleName(reservedKeys.has(styleKey(name)) ? `${name} style` : name);
  return checked.ok ? checked.value : undefined;
}

/** Every name that `--style` takes for it, the most proper one first. */
const namesOf = ({ name, style }: NamedStyle): readonly string[] => [name, ...style.aliases, ...languages.map((own) => style.title[own])];

/** The style by its name, else by another name of it, else by its title. Refuses with the nearest name. */
export function findStyle<Found extends NamedStyle>(typed: string, styles: readonly Found[]): Result<Found, Problem> {
  const wanted = styleKey(typed);
  const found =
    styles.find(({ name }) => styleKey(name) === wanted) ??
    styles.find(({ style }) => style.aliases.some((alias) => styleKey(alias) === wanted)) ??
    styles.find(({ style }) => languages.some((own) => styleKey(style.title[own]) === wanted));
  if (found !== undefined && wanted !== '') return accept(found);
  const spellings = new Map(
    styles.flatMap((style) => namesOf(style).map((spelling) => [styleKey(spelling), spelling] as const)).toReversed(),
  );
  const near = suggest(wanted, [...spellings.keys()].toReversed());
  const suggestion = near === undefined ? undefined : spellings.get(near)?.toLowerCase();
  return refuse('style_unknown', {
    name: clip(cleanText(typed), styleBounds.nameChars),
    ...(suggestion === undefined ? {} : { suggestion }),
  });
}

/** Another style that has this name already, as its own or as an alias; `except` is the style that is being changed. */
export function checkNameFree(name: string, styles: readonly NamedStyle[], except?: StyleName): Problem | undefined {
  const wanted = styleKey(name);
  const holder = styles.find(
    ({ name: own, style }) => own !== except && [own, ...style.aliases].some((taken) => styleKey(taken) === wanted),
  );
  return holder && refuse('style_name_taken', { name, by: holder.name }).problem;
}

/** Those in which every word is found, in a name, the title or the template; those named so come first. No words find all. */
export function searchStyles<Found extends NamedStyle>(words: readonly string[], styles: readonly Found[]): readonly Found[] {
  const wanted = words.map(styleKey).filter((word) => word !== '');
  const found = styles.flatMap((style) => {
    const names = namesOf(style).map(styleKey);
    const texts = [...names, styleKey(style.style.prompt)];
    if (!wanted.every((word) => texts.some((text) => text.includes(word)))) return [];
    return [{ style, isNamed: wanted.every((word) => names.some((name) => name.includes(word))) }];
  });
  return [...found.filter(({ isNamed }) => isNamed), ...found.filter(({ isNamed }) => !isNamed)].map(({ style }) => style);
}
