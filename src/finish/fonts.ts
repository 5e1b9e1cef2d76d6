import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const FONT = 'ttf/DejaVuSans.ttf';

/**
 * The font for text in pictures. It comes with the packages, because a bare container has none and would draw boxes.
 * @returns the name of its family, or `undefined` when the package or the file is missing
 */
export function findFonts(): string | undefined {
  try {
    const file = join(dirname(createRequire(import.meta.url).resolve('dejavu-fonts-ttf/package.json')), FONT);
    return existsSync(file) ? 'DejaVu Sans' : undefined;
  } catch {
    return undefined;
  }
}
