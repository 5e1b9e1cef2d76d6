/** What a newcomer sees: what this is, and prompts that the installed model draws well. */
import type { RoomStatus } from '../events.ts';
import { byId, el, syncChildren } from './dom.ts';
import { currentLanguage } from './texts.ts';

const mostExamples = 6;

export class EmptyRoom {
  readonly #place = byId('empty', HTMLElement);
  readonly #examples = byId('examples', HTMLDivElement);
  readonly #draw: (prompt: string) => void;
  #model: RoomStatus['model'];
  #shown = '';

  constructor(draw: (prompt: string) => void) {
    this.#draw = draw;
  }

  show(isEmpty: boolean): void {
    this.#place.hidden = !isEmpty;
  }

  setModel(model: RoomStatus['model']): void {
    this.#model = model;
    this.translate();
  }

  translate(): void {
    const prompts = this.#model?.examples[currentLanguage()].slice(0, mostExamples) ?? [];
    const shown = JSON.stringify(prompts);
    if (shown === this.#shown) return;
    this.#shown = shown;
    const buttons = prompts.map((prompt) => {
      const example = el('button', { type: 'button', class: 'example' }, prompt);
      example.addEventListener('click', () => this.#draw(prompt));
      return example;
    });
    syncChildren(this.#examples, buttons);
  }
}
