/** Stays at the newest message while a person is there, and counts what arrives while they read further up. */
import { byId } from './dom.ts';
import { icon } from './icons.ts';
import { t } from './texts.ts';

const nearPx = 120;

export class Scrolling {
  readonly #scroller = byId('scroller', HTMLElement);
  readonly #pill = byId('unread', HTMLButtonElement);
  #atEnd = true;
  #unread = 0;

  constructor() {
    this.#scroller.addEventListener('scroll', () => {
      this.#atEnd = this.#scroller.scrollHeight - this.#scroller.scrollTop - this.#scroller.clientHeight < nearPx;
      if (this.#atEnd) this.#unread = 0;
      this.#showPill();
    });
    // Pictures and the field below grow after a message was shown.
    const follow = new ResizeObserver(() => this.#atEnd && this.#jump());
    follow.observe(byId('room', HTMLElement));
    follow.observe(this.#scroller);
    this.#pill.addEventListener('click', () => this.toEnd());
  }

  toEnd(): void {
    this.#atEnd = true;
    this.#unread = 0;
    this.#showPill();
    this.#scroller.scrollTo({ top: this.#scroller.scrollHeight });
  }

  /** A message of somebody else came. */
  arrived(): void {
    if (this.#atEnd) this.#jump();
    else this.#unread += 1;
    this.#showPill();
  }

  /** Something shown grew; who is at the end stays there. */
  arrivedLive(): void {
    if (this.#atEnd) this.#jump();
  }

  /** Runs `change`, which puts something above, and keeps what is being read where it is. */
  keepPlace(change: () => void): void {
    const fromEnd = this.#scroller.scrollHeight - this.#scroller.scrollTop;
    change();
    this.#scroller.scrollTop = this.#scroller.scrollHeight - fromEnd;
  }

  #jump(): void {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  #showPill(): void {
    this.#pill.hidden = this.#atEnd;
    this.#pill.classList.toggle('has-unread', this.#unread > 0);
    this.#pill.replaceChildren(icon('down'), this.#unread > 0 ? t().unread(this.#unread) : '');
    this.#pill.ariaLabel = this.#unread > 0 ? t().unread(this.#unread) : t().toBottom;
  }
}
