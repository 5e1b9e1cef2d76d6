/** The words of the page in the language that is shown. */
import type { Language } from '#core/types.ts';
import { german } from './texts-de.ts';
import { english, type Texts } from './texts-en.ts';

const all: Readonly<Record<Language, Texts>> = { en: english, de: german };

const storageKey = 'blitzbild.language';

let language: Language = initialLanguage();

function initialLanguage(): Language {
  const chosen = localStorage.getItem(storageKey);
  if (chosen === 'de' || chosen === 'en') return chosen;
  return navigator.language.toLowerCase().startsWith('de') ? 'de' : 'en';
}

export const currentLanguage = (): Language => language;

export const t = (): Texts => all[language];

export function chooseLanguage(chosen: Language): void {
  language = chosen;
  localStorage.setItem(storageKey, chosen);
}

/** Fills every element of the static page that names its text. */
export function translatePage(): void {
  document.documentElement.lang = language;
  const texts: Readonly<Record<string, unknown>> = t();
  const text = (key: string | undefined): string => {
    const found = texts[key ?? ''];
    return typeof found === 'string' ? found : '';
  };
  for (const element of document.querySelectorAll<HTMLElement>('[data-text]')) element.textContent = text(element.dataset['text']);
  for (const element of document.querySelectorAll<HTMLElement>('[data-label]')) element.ariaLabel = text(element.dataset['label']);
  for (const element of document.querySelectorAll<HTMLElement>('[data-title]')) element.title = text(element.dataset['title']);
}
