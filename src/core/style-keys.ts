/** Keys of `styles.yaml` whose allowed values a message can name. */
import type { Language } from '#core/types.ts';
import { filterNames } from '#core/types.ts';
import { styleBounds } from '#core/styles.ts';

const { steps, guidance, sidePx, aliases } = styleBounds;
const filters = filterNames.join(', ');

/** What is allowed there, as the end of a sentence. */
const allowedValues = {
  styles: {
    en: 'styles, each under its name',
    de: 'Stile, jeder unter seinem Namen',
  },
  entry: { en: 'a style with its «prompt»', de: 'ein Stil mit seinem «prompt»' },
  title: { en: 'text, or one for each of «en» and «de»', de: 'ein Text, oder je einer für «en» und «de»' },
  aliases: { en: `a list of at most ${aliases} names`, de: `eine Liste von höchstens ${aliases} Namen` },
  prompt: { en: 'text that holds {prompt}', de: 'ein Text, der {prompt} enthält' },
  negativePrompt: { en: 'text', de: 'ein Text' },
  small: { en: 'made of «prompt», «filter» and «needsLargerModel»', de: '«prompt», «filter» und «needsLargerModel»' },
  filter: { en: `one of ${filters}`, de: `eines von ${filters}` },
  needsLargerModel: { en: 'true or false', de: 'true oder false' },
  defaults: {
    en: 'made of «size», «steps», «guidance», «model» and «enhance»',
    de: '«size», «steps», «guidance», «model» und «enhance»',
  },
  size: {
    en: `width x height, such as 1024x1024, each side from ${sidePx.min} to ${sidePx.max}`,
    de: `Breite x Höhe, zum Beispiel 1024x1024, jede Seite von ${sidePx.min} bis ${sidePx.max}`,
  },
  steps: { en: `a whole number from ${steps.min} to ${steps.max}`, de: `eine ganze Zahl von ${steps.min} bis ${steps.max}` },
  guidance: { en: `a number from ${guidance.min} to ${guidance.max}`, de: `eine Zahl von ${guidance.min} bis ${guidance.max}` },
  model: { en: 'the name of a model', de: 'der Name eines Modells' },
  enhance: { en: 'auto or "off"', de: 'auto oder "off"' },
} as const satisfies Record<string, Readonly<Record<Language, string>>>;

export type StyleKey = keyof typeof allowedValues;
export const isStyleKey = (text: string): text is StyleKey => Object.hasOwn(allowedValues, text);

/** Such as `a whole number from 1 to 1000`. */
export const allowedAt = (key: StyleKey, language: Language): string => (isStyleKey(key) ? allowedValues[key][language] : key);
