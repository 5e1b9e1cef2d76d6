/** Small phrases that several answers share. */
import { isCommon } from '#core/batch.ts';
import { formatSize, pickFor } from '#core/format.ts';
import type { Size } from '#core/options.ts';
import type { ImageRequest, Language } from '#core/types.ts';

/** Between the parts of a line. */
export const dot = ' · ';

/** `1 picture`, `4 Bilder`. */
export function countPictures(count: number, language: Language): string {
  const pick = pickFor(language);
  return `${count} ${count === 1 ? pick('picture', 'Bild') : pick('pictures', 'Bilder')}`;
}

/** Empty where the rows of a batch differ in it. */
export const commonSize = (request: ImageRequest): string =>
  isCommon(request, 'widthPx') && isCommon(request, 'heightPx') ? formatSize(request.widthPx, request.heightPx) : '';

export const sizeText = ({ widthPx, heightPx }: Size): string => formatSize(widthPx, heightPx);

/** What the EU AI Act's «machine-generated» is called in plain words. */
export const aiMark = (language: Language): string => pickFor(language)('AI-generated', 'KI-generiert');
