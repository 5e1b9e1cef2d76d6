/** A picture in full size, with its caption; arrow keys go to its neighbours, Escape closes. */
import { button } from './button.ts';
import { byId, el } from './dom.ts';
import { icon } from './icons.ts';
import { t } from './texts.ts';

export type Slide = {
  readonly src: string;
  /** Where they are known. */
  readonly widthPx?: number;
  readonly heightPx?: number;
  readonly alt: string;
  readonly fileName: string;
  /** Address of the file to save, where it is not `src`. */
  readonly download?: string;
  readonly caption: readonly (Node | string)[];
  readonly buttons: (close: () => void) => readonly HTMLElement[];
};

export class Lightbox {
  readonly #dialog = byId('lightbox', HTMLDialogElement);
  #slides: readonly Slide[] = [];
  #position = 0;

  constructor() {
    this.#dialog.addEventListener('keydown', (event) => {
      if (event.key === 'ArrowLeft') this.#go(-1);
      else if (event.key === 'ArrowRight') this.#go(1);
      else if (event.key === 'Home') this.#go(-this.#position);
      else if (event.key === 'End') this.#go(this.#slides.length - 1 - this.#position);
      else return;
      event.preventDefault();
    });
    this.#dialog.addEventListener('click', (event) => {
      if (event.target instanceof Element && event.target.matches('dialog, .stage')) this.#dialog.close();
    });
  }

  open(slides: readonly Slide[], position: number): void {
    this.#slides = slides;
    this.#position = position;
    this.#show();
    if (!this.#dialog.open) this.#dialog.showModal();
    this.#dialog.querySelector<HTMLElement>('.close')?.focus();
  }

  #go(step: number): void {
    const next = this.#position + step;
    if (step === 0 || this.#slides[next] === undefined) return;
    this.#position = next;
    const focused = document.activeElement?.getAttribute('data-part');
    this.#show();
    const stayed = this.#dialog.querySelector<HTMLElement>(`[data-part="${focused ?? 'close'}"]:not(:disabled)`);
    (stayed ?? this.#dialog.querySelector<HTMLElement>('.close'))?.focus();
  }

  #show(): void {
    const slide = this.#slides[this.#position];
    if (slide === undefined) return;
    const close = (): void => this.#dialog.close();
    this.#dialog.ariaLabel = slide.alt;
    this.#dialog.replaceChildren(
      el(
        'div',
        { class: 'stage' },
        this.#arrow('previous', -1),
        el('img', { src: slide.src, alt: slide.alt, width: slide.widthPx, height: slide.heightPx }),
        this.#arrow('next', 1),
      ),
      el(
        'div',
        { class: 'facts' },
        el('div', { class: 'lightbox-caption' }, ...slide.caption),
        ...(this.#slides.length > 1 ? [el('p', { class: 'position' }, t().pictureOf(this.#position + 1, this.#slides.length))] : []),
        el('div', { class: 'buttons' }, downloadLink(slide), ...slide.buttons(close)),
      ),
      part('close', button({ icon: 'cancel', label: t().closeViewer, iconOnly: true, class: 'close round', onClick: close })),
    );
  }

  #arrow(name: 'previous' | 'next', step: number): HTMLElement {
    const arrow = button({ icon: name, label: t()[name], iconOnly: true, class: `round arrow ${name}`, onClick: () => this.#go(step) });
    arrow.disabled = this.#slides[this.#position + step] === undefined;
    arrow.hidden = this.#slides.length < 2;
    return part(name, arrow);
  }
}

/** Names an element, so that the focus finds it again in the next picture. */
function part<Kind extends HTMLElement>(name: string, element: Kind): Kind {
  element.dataset['part'] = name;
  return element;
}

function downloadLink({ src, download = src, fileName }: Slide): HTMLElement {
  const link = el('a', { class: 'chip primary-chip', href: download, download: fileName });
  link.append(icon('download'), t().download);
  return part('download', link);
}
