/** The line under the header that says when the room can't be reached, and why something was refused. */
import { byId, setText } from './dom.ts';
import { t } from './texts.ts';

const refusalMs = 6_000;

export class ConnectionBanner {
  readonly #place = byId('connection', HTMLParagraphElement);
  #timer: number | undefined;
  #isLost = false;

  connected(): void {
    if (!this.#isLost) return;
    this.#setLost(false);
    this.#hide();
  }

  lost(retryInMs: number): void {
    this.#setLost(true);
    this.#countDown(Math.round(retryInMs / 1000));
  }

  locked(): void {
    this.#setLost(true);
    this.#show(t().locked);
  }

  /** One sentence, for a while. */
  say(text: string): void {
    this.#show(text);
    this.#timer = setTimeout(() => this.#hide(), refusalMs);
  }

  /** What the header says about the queue is old news then. */
  #setLost(lost: boolean): void {
    this.#isLost = lost;
    document.body.classList.toggle('offline', lost);
  }

  #countDown(seconds: number): void {
    this.#show(t().lost(seconds));
    if (seconds > 0) this.#timer = setTimeout(() => this.#countDown(seconds - 1), 1000);
  }

  #show(text: string): void {
    clearTimeout(this.#timer);
    this.#place.hidden = false;
    setText(this.#place, text);
  }

  #hide(): void {
    clearTimeout(this.#timer);
    this.#place.hidden = true;
  }
}
