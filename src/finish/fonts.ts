import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export type FontWeight = 'regular' | 'bold';

export const fontFamily = 'DejaVu Sans';
const fontFiles = { regular: 'ttf/DejaVuSans.ttf', bold: 'ttf/DejaVuSans-Bold.ttf' } as const satisfies Record<FontWeight, string>;

/**
 * The font for text in pictures. It comes with the packages, because a bare container has none and would draw boxes.
 * @returns the name of its family, or `undefined` when the package or the file is missing
 */
export function findFonts(): string | undefined {
  try {
    return existsSync(fontFile('regular')) && existsSync(fontFile('bold')) ? fontFamily : undefined;
  } catch {
    return undefined;
  }
}

/** Path of the file. Throws where the package is not installed. */
export const fontFile = (weight: FontWeight): string =>
  join(dirname(createRequire(import.meta.url).resolve('dejavu-fonts-ttf/package.json')), fontFiles[weight]);
