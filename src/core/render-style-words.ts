/** What the parts of a style are called, and their values as people read them. */
import { formatSize, pickFor } from '#core/format.ts';
import type { StyleField } from '#core/style-changes.ts';
import type { FilterName, Language } from '#core/types.ts';

const fieldNames = {
  en: {
    prompt: 'Template',
    negativePrompt: 'Without',
    titleEn: 'Title, English',
    titleDe: 'Title, German',
    aliases: 'Also',
    smallPrompt: 'Template for the small model',
    filter: 'Filter for the small model',
    needsLargerModel: 'Needs a larger model',
    size: 'Size',
    steps: 'Steps',
    guidance: 'Guidance',
    model: 'Model',
    enhance: 'Optimised afterwards',
  },
  de: {
    prompt: 'Vorlage',
    negativePrompt: 'Ohne',
    titleEn: 'Titel, englisch',
    titleDe: 'Titel, deutsch',
    aliases: 'Auch',
    smallPrompt: 'Vorlage für das kleine Modell',
    filter: 'Filter für das kleine Modell',
    needsLargerModel: 'Braucht ein größeres Modell',
    size: 'Größe',
    steps: 'Schritte',
    guidance: 'Guidance',
    model: 'Modell',
    enhance: 'Danach optimiert',
  },
} as const satisfies Record<Language, Record<StyleField, string>>;

export const fieldName = (field: StyleField, language: Language): string => fieldNames[language][field];

const filterTitles = {
  en: { 'black-and-white': 'black and white', sketch: 'sketch', pixel: 'pixels', watercolor: 'watercolor', neon: 'neon' },
  de: { 'black-and-white': 'schwarzweiß', sketch: 'Skizze', pixel: 'Pixel', watercolor: 'Aquarell', neon: 'Neon' },
} as const satisfies Record<Language, Record<FilterName, string>>;

/** @param value as in a `StyleChange` */
export function fieldValue(field: StyleField, value: string, language: Language): string {
  switch (field) {
    case 'size': {
      const [width = 0, height = 0] = value.split('x').map(Number);
      return formatSize(width, height);
    }
    case 'needsLargerModel':
      return pickFor(language)('yes', 'ja');
    case 'enhance':
      return value === 'auto' ? pickFor(language)('yes', 'ja') : pickFor(language)('no', 'nein');
    case 'filter':
      return (filterTitles[language] as Readonly<Record<string, string>>)[value] ?? value;
    case 'guidance':
      return language === 'de' ? value.replace('.', ',') : value;
    default:
      return value;
  }
}

/** Parts that a file of another program has no place for, as they stand in a sentence. */
const lostNames: Readonly<Record<StyleField, Readonly<Record<Language, string>>>> = {
  prompt: { en: 'templates', de: 'Vorlagen' },
  negativePrompt: { en: 'negative prompts', de: 'Negativ-Prompts' },
  titleEn: { en: 'titles', de: 'Titel' },
  titleDe: { en: 'titles', de: 'Titel' },
  aliases: { en: 'other names', de: 'andere Namen' },
  smallPrompt: { en: 'what the small model gets', de: 'die Angaben für das kleine Modell' },
  filter: { en: 'what the small model gets', de: 'die Angaben für das kleine Modell' },
  needsLargerModel: { en: 'what the small model gets', de: 'die Angaben für das kleine Modell' },
  size: { en: 'sizes', de: 'Größen' },
  steps: { en: 'steps', de: 'Schritte' },
  guidance: { en: 'guidance', de: 'Guidance' },
  model: { en: 'models', de: 'Modelle' },
  enhance: { en: 'optimising', de: 'das Optimieren' },
};

export const lostName = (field: StyleField, language: Language): string => lostNames[field][language];
