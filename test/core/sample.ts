/** Models and requests that the tests of the command language share. */
import { defaultPrefixes, parseMessage, type Command, type Draw } from '#core/command.ts';
import type { Voice } from '#core/message-codes.ts';
import type { Problem } from '#core/problem.ts';
import type { Style, StyleDefaults } from '#core/styles.ts';
import type { StoredStyle } from '#core/variants.ts';
import type { ImageRequest, Language } from '#core/types.ts';
import type { ModelInfo } from '#core/model-info.ts';

/** Fixed sizes, guidance, a closed list of subjects. */
export const smallModel: ModelInfo = {
  name: 'blitzbild-mini',
  title: 'Blitzbild mini',
  licence: 'MIT',
  sizes: {
    kind: 'fixed',
    list: [
      [256, 256],
      [384, 256],
      [512, 512],
    ],
  },
  fast: { widthPx: 256, heightPx: 256, steps: 8, guidanceScale: 2 },
  high: { widthPx: 512, heightPx: 512, steps: 16, guidanceScale: 2.5 },
  maxSteps: 50,
  guidance: true,
  vocabulary: {
    things: [
      { en: ['fox', 'vixen'], de: ['Fuchs', 'Füchsin'], group: 'animals' },
      { en: ['cat', 'kitten'], de: ['Katze', 'Kater'], group: 'animals' },
      { en: ['ice cream'], de: ['Eis'], group: 'food' },
    ],
    groups: { animals: { en: 'Animals', de: 'Tiere' }, food: { en: 'Food', de: 'Essen' } },
    backgrounds: [
      { en: ['red'], de: ['rot'] },
      { en: ['in the snow'], de: ['im Schnee'] },
    ],
    styles: [{ en: ['pixel art'], de: ['Pixelkunst'] }],
    places: [{ en: ['on the left'], de: ['links'] }],
    related: [{ en: ['wolf'], de: ['Wolf'], near: ['fox', 'cat'] }],
  },
  examples: { en: ['a red fox', 'a blue cat'], de: ['ein roter Fuchs', 'eine blaue Katze'] },
};

/** A range of sizes and no guidance, as distilled models are. */
export const turboModel: ModelInfo = {
  name: 'turbo',
  title: 'Turbo',
  licence: 'Apache-2.0',
  sizes: { kind: 'range', minPx: 256, maxPx: 1024, multipleOfPx: 64, maxPixels: 1_048_576 },
  fast: { widthPx: 512, heightPx: 512, steps: 1, guidanceScale: 0 },
  high: { widthPx: 1024, heightPx: 1024, steps: 4, guidanceScale: 0 },
  maxSteps: 8,
  guidance: false,
  examples: { en: ['a lighthouse in fog'], de: ['ein Leuchtturm im Nebel'] },
};

const style = (defaults: StyleDefaults, more: Partial<Style>): Style => ({
  title: { en: 'Title', de: 'Titel' },
  aliases: [],
  prompt: '{prompt}',
  negativePrompt: '',
  defaults,
  ...more,
});

/** One that only adds words, one that decides everything, one of another model, one that the small model can't draw, and none. */
export const styles: readonly StoredStyle[] = [
  {
    name: 'photo',
    version: 2,
    style: style(
      {},
      {
        title: { en: 'Photo', de: 'Foto' },
        prompt: 'photograph of {prompt}',
        negativePrompt: 'drawing',
        small: { prompt: '{prompt}, 3d', needsLargerModel: true },
      },
    ),
  },
  {
    name: 'pixel-art',
    version: 1,
    style: style(
      { size: { widthPx: 384, heightPx: 256 }, steps: 12, guidance: 3, enhance: 'auto' },
      {
        title: { en: 'Pixel art', de: 'Pixelkunst' },
        aliases: ['pixels'],
        prompt: '{prompt}, pixel art',
        small: { prompt: '{prompt}, pixel art', filter: 'pixel' },
      },
    ),
  },
  {
    name: 'large',
    version: 4,
    style: style(
      { model: 'turbo', size: { widthPx: 640, heightPx: 448 }, steps: 3 },
      { prompt: 'cinematic still of {prompt}', negativePrompt: 'flat' },
    ),
  },
  { name: 'comic', version: 1, style: style({}, { prompt: '{prompt}, comic', small: { prompt: '{prompt}, flat' } }) },
  { name: 'none', version: 1, style: style({}, { aliases: ['ohne'] }) },
];

export const english: Voice = { language: 'en', prefix: '!img' };
export const german: Voice = { language: 'de', prefix: '!bild' };

export const fox: ImageRequest = {
  prompt: 'a red fox',
  negativePrompt: '',
  count: 4,
  seed: 42,
  widthPx: 256,
  heightPx: 256,
  steps: 8,
  guidanceScale: 2,
  quality: 'fast',
  model: 'blitzbild-mini',
};

export const parse = (text: string, language?: Language): ReturnType<typeof parseMessage> =>
  parseMessage(text, { prefixes: defaultPrefixes, isDirect: false, language });

/** The command of a message that must have one. */
export function commandIn(text: string): Command {
  const parsed = parse(text);
  if (parsed?.ok !== true) throw new Error(`no command: ${JSON.stringify(parsed)}`);
  return parsed.command;
}

export function drawIn(text: string): Draw {
  const command = commandIn(text);
  if (command.kind !== 'draw') throw new Error(`not a picture: ${JSON.stringify(command)}`);
  return command;
}

/** What was typed, without where. */
export const wishOf = (text: string): Pick<Draw, 'prompt' | 'options'> => {
  const { prompt, options } = drawIn(text);
  return { prompt, options };
};

export function problemIn(text: string): Problem {
  const parsed = parse(text);
  if (parsed?.ok !== false) throw new Error(`no problem: ${JSON.stringify(parsed)}`);
  return parsed.problem;
}
