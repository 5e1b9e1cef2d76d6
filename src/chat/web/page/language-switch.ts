/** The two buttons that choose the page's language. */
import { chooseLanguage, currentLanguage } from './texts.ts';

const buttons = (): NodeListOf<HTMLButtonElement> => document.querySelectorAll<HTMLButtonElement>('[data-language]');

/** `onChange` is called after another language was chosen. */
export function listenToLanguage(onChange: () => void): void {
  for (const choice of buttons()) {
    choice.addEventListener('click', () => {
      chooseLanguage(choice.dataset['language'] === 'de' ? 'de' : 'en');
      onChange();
    });
  }
}

export function showLanguage(): void {
  for (const choice of buttons()) choice.ariaPressed = String(choice.dataset['language'] === currentLanguage());
}
