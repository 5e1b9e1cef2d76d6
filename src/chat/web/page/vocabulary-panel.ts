/** What the model can draw, as a list to choose from: every thing is a button that draws it. */
import type { ShownVocabulary } from '#core/render-vocabulary.ts';
import type { RoomStatus } from '../events.ts';
import { vocabulary } from './api.ts';
import { button } from './button.ts';
import { byId, el, setText } from './dom.ts';
import { currentLanguage, t } from './texts.ts';

type Named = Readonly<Record<'en' | 'de', string>>;

export class VocabularyPanel {
  readonly #dialog = byId('vocabulary', HTMLDialogElement);
  /** One in the bar, one below the examples of an empty room. */
  readonly #openers = [byId('vocabulary-open', HTMLButtonElement), byId('vocabulary-all', HTMLButtonElement)] as const;
  readonly #draw: (prompt: string) => void;
  readonly #explain: (error: unknown) => void;
  #model: RoomStatus['model'];
  /** Asked for once a model. */
  #loaded: { readonly model: string; readonly list: ShownVocabulary } | undefined;

  constructor(draw: (prompt: string) => void, explain: (error: unknown) => void) {
    this.#draw = draw;
    this.#explain = explain;
    for (const opener of this.#openers) opener.addEventListener('click', () => void this.#open().catch(this.#explain));
    this.#dialog.addEventListener('click', (event) => {
      if (event.target === this.#dialog) this.#dialog.close();
    });
  }

  /** Models that draw whatever words can describe have no list, and nothing opens one. */
  setModel(model: RoomStatus['model']): void {
    this.#model = model;
    this.translate();
  }

  translate(): void {
    const things = this.#model?.things;
    for (const opener of this.#openers) opener.hidden = things === undefined;
    setText(this.#openers[1], t().vocabularyAll(things ?? 0));
    if (this.#dialog.open) this.#show();
  }

  async #open(): Promise<void> {
    const model = this.#model?.name ?? '';
    if (this.#loaded?.model !== model) this.#loaded = { model, list: await vocabulary() };
    this.#show();
    this.#dialog.showModal();
    this.#dialog.scrollTop = 0;
  }

  #show(): void {
    const list = this.#loaded?.list;
    if (list === undefined) return;
    const count = list.groups.reduce((sum, { things }) => sum + things.length, 0);
    this.#dialog.replaceChildren(
      el(
        'div',
        { class: 'vocabulary-head' },
        el('h2', { id: 'vocabulary-title' }, t().vocabularyTitle(count)),
        button({ icon: 'cancel', label: t().closeList, iconOnly: true, class: 'ghost', onClick: () => this.#dialog.close() }),
      ),
      el('p', {}, t().vocabularyText),
      ...list.groups.map(({ title, things }) =>
        part(
          title?.[currentLanguage()] ?? t().things,
          things.map((thing) => this.#thing(thing)),
        ),
      ),
      words(t().backgrounds, list.backgrounds),
      words(t().styles, list.styles),
    );
  }

  #thing(names: Named): HTMLElement {
    const name = names[currentLanguage()];
    const element = el('button', { type: 'button', class: 'thing' }, name);
    element.addEventListener('click', () => {
      this.#dialog.close();
      this.#draw(name);
    });
    return element;
  }
}

const part = (title: string, children: readonly HTMLElement[]): HTMLElement =>
  el('section', {}, el('h3', {}, title), el('div', { class: 'thing-list' }, ...children));

/** To be added to a prompt; nothing to draw by themselves. */
const words = (title: string, list: readonly Named[]): HTMLElement | string =>
  list.length === 0
    ? ''
    : el('section', {}, el('h3', {}, title), el('p', { class: 'words' }, list.map((names) => names[currentLanguage()]).join(', ')));
