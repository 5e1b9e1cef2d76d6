/** One picture in a card: a blur of its colours until the file is there, a click opens it. */
import type { StoredImage } from '#core/types.ts';
import { decode, isBlurhashValid } from './blurhash.js';
import { imageUrl } from './api.ts';
import { el, setText } from './dom.ts';
import { t } from './texts.ts';

const blurPx = 32;

export type ShownPicture = { readonly image: StoredImage; readonly altText: string; readonly fileName: string };

export class PictureTile {
  readonly element: HTMLButtonElement;
  onOpen: () => void = () => {};
  readonly #cell = el('span', { class: 'cell', 'aria-hidden': 'true' });

  /** `sizes`: how wide it is shown, as in `<img sizes>`. */
  constructor({ image, altText, fileName }: ShownPicture, sizes = '(max-width: 600px) 45vw, 360px') {
    const { thumbnail } = image;
    const photo = el('img', {
      alt: altText,
      width: image.widthPx,
      height: image.heightPx,
      srcset: `${imageUrl(thumbnail.key)} ${thumbnail.widthPx}w, ${imageUrl(image.key)} ${image.widthPx}w`,
      sizes,
      src: imageUrl(image.key),
      decoding: 'async',
    });
    this.element = el(
      'button',
      { type: 'button', class: 'tile', 'aria-label': t().openPicture(altText) },
      blurCanvas(image.blurhash),
      photo,
      this.#cell,
    );
    this.element.addEventListener('click', () => this.onOpen());
    this.element.dataset['cell'] = cellName(fileName);
    const shown = (): void => this.element.classList.add('loaded');
    if (photo.complete && photo.naturalWidth > 0) shown();
    else photo.addEventListener('load', shown, { once: true });
  }

  /** A small star in the corner. */
  showStar(isStarred: boolean): void {
    this.element.classList.toggle('starred', isStarred);
  }

  /** Names such as `B3` only help where there are several. */
  showCell(several: boolean): void {
    setText(this.#cell, several ? (this.element.dataset['cell'] ?? '') : '');
  }
}

/** Stands where the next picture will appear. */
export const placeholderTile = (): HTMLElement => el('div', { class: 'tile pending', 'aria-hidden': 'true' });

/** `k7f3-B3.png` → `B3`. */
export const cellName = (fileName: string): string => /-([A-Z]\d+)\.\w+$/u.exec(fileName)?.[1] ?? '';

function blurCanvas(hash: string): HTMLCanvasElement {
  const canvas = el('canvas', { width: blurPx, height: blurPx, 'aria-hidden': 'true' });
  const context = canvas.getContext('2d');
  if (context !== null && isBlurhashValid(hash).result) {
    const pixels = context.createImageData(blurPx, blurPx);
    pixels.data.set(decode(hash, blurPx, blurPx));
    context.putImageData(pixels, 0, 0);
  }
  return canvas;
}
