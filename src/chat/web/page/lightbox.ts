/** A picture in full size, with its caption; arrow keys go to its neighbours, Escape closes. */
import { botEmoji, type RoomActions } from './actions.ts';
import { imageUrl } from './api.ts';
import { button } from './button.ts';
import type { Message } from './conversations.ts';
import { byId, el } from './dom.ts';
import { icon } from './icons.ts';
import { richTextElements } from './rich-text.ts';
import { t } from './texts.ts';

export class Lightbox {
  readonly #dialog = byId('lightbox', HTMLDialogElement);
  readonly #actions: RoomActions;
  #pictures: readonly Message[] = [];
  #position = 0;

  constructor(actions: RoomActions) {
    this.#actions = actions;
    this.#dialog.addEventListener('keydown', (event) => {
      if (event.key === 'ArrowLeft') this.#go(-1);
      else if (event.key === 'ArrowRight') this.#go(1);
      else return;
      event.preventDefault();
    });
    this.#dialog.addEventListener('click', (event) => {
      if (event.target instanceof Element && event.target.matches('dialog, .stage')) this.#dialog.close();
    });
  }

  open(pictures: readonly Message[], position: number): void {
    this.#pictures = pictures;
    this.#position = position;
    this.#show();
    if (!this.#dialog.open) this.#dialog.showModal();
    this.#dialog.querySelector<HTMLElement>('.close')?.focus();
  }

  #go(step: number): void {
    const next = this.#position + step;
    if (this.#pictures[next] === undefined) return;
    this.#position = next;
    const focused = document.activeElement?.getAttribute('data-part');
    this.#show();
    const stayed = this.#dialog.querySelector<HTMLElement>(`[data-part="${focused ?? 'close'}"]:not(:disabled)`);
    (stayed ?? this.#dialog.querySelector<HTMLElement>('.close'))?.focus();
  }

  #show(): void {
    const message = this.#pictures[this.#position];
    const picture = message?.picture;
    if (message === undefined || picture === undefined) return;
    const { image, altText, fileName } = picture;
    this.#dialog.ariaLabel = altText;
    this.#dialog.replaceChildren(
      el(
        'div',
        { class: 'stage' },
        this.#arrow('previous', -1),
        el('img', { src: imageUrl(image.key), alt: altText, width: image.widthPx, height: image.heightPx }),
        this.#arrow('next', 1),
      ),
      el(
        'div',
        { class: 'facts' },
        el('div', { class: 'lightbox-caption' }, ...(typeof message.text === 'string' ? [message.text] : richTextElements(message.text))),
        ...(this.#pictures.length > 1 ? [el('p', { class: 'position' }, t().pictureOf(this.#position + 1, this.#pictures.length))] : []),
        el(
          'div',
          { class: 'buttons' },
          downloadLink(image.key, fileName),
          this.#react('again', message),
          this.#react('info', message),
          button({ icon: 'reply', label: t().reply, onClick: () => (this.#dialog.close(), this.#actions.replyTo(message)) }),
        ),
      ),
      part(
        'close',
        button({ icon: 'cancel', label: t().closeViewer, iconOnly: true, class: 'close round', onClick: () => this.#dialog.close() }),
      ),
    );
  }

  #arrow(name: 'previous' | 'next', step: number): HTMLElement {
    const arrow = button({ icon: name, label: t()[name], iconOnly: true, class: `round arrow ${name}`, onClick: () => this.#go(step) });
    arrow.disabled = this.#pictures[this.#position + step] === undefined;
    arrow.hidden = this.#pictures.length < 2;
    return part(name, arrow);
  }

  #react(name: 'again' | 'info', { eventId }: Message): HTMLElement {
    const react = (): void => {
      this.#dialog.close();
      this.#actions.react(eventId, botEmoji[name]);
    };
    return button({ icon: name, label: t()[name], title: botEmoji[name], onClick: react });
  }
}

/** Names an element, so that the focus finds it again in the next picture. */
function part<Kind extends HTMLElement>(name: string, element: Kind): Kind {
  element.dataset['part'] = name;
  return element;
}

function downloadLink(key: string, fileName: string): HTMLElement {
  const link = el('a', { class: 'chip primary-chip', href: imageUrl(key), download: fileName });
  link.append(icon('download'), t().download);
  return part('download', link);
}
