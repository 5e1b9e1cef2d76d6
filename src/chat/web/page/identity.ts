/** Who sits here: the name a person chose in this browser, and how names look. */
import { el } from './dom.ts';
import { t } from './texts.ts';

const storageKey = 'blitzbild.name';

export const chosenName = (): string | undefined => localStorage.getItem(storageKey) ?? undefined;

export const ownName = (): string => chosenName() ?? t().guest;

export function chooseName(name: string): void {
  localStorage.setItem(storageKey, name);
}

/** First signs of the first two words. */
function initials(name: string): string {
  const words = name.split(/\s+/u).filter((word) => word !== '');
  return words
    .slice(0, 2)
    .map((word) => [...new Intl.Segmenter().segment(word)][0]?.segment ?? '')
    .join('')
    .toUpperCase();
}

/** A round sign in a colour that stays the same for a name. */
export function avatar(name: string): HTMLElement {
  const circle = el('span', { class: 'avatar', 'aria-hidden': 'true' }, initials(name));
  let hash = 0;
  for (const character of name) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 360;
  circle.style.setProperty('--hue', String(hash));
  return circle;
}

export const botAvatar = (): HTMLElement => el('img', { class: 'avatar bot', src: '/page/logo.svg', alt: '', width: 32, height: 32 });
