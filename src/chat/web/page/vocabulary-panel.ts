/** What the model can draw, as a list to choose from: every thing is a button that draws it. */
import type { ShownVocabulary } from '#core/render-vocabulary.ts';
import type { RoomStatus } from '../events.ts';
import { vocabulary } from './api.ts';
import { button } from './button.ts';
import { byId, el, setText } from './dom.ts';
import { modelFacts } from './header.ts';
import { currentLanguage, t } from './texts.ts';

type Named = Readonly<Record<'en' | 'de', string>>;

export class VocabularyPanel {
  readonly #dialog = byId('vocabulary', HTMLDialogElement);
  /** One in the bar, one below the examples of an empty room. */
  readonly #openers = [byId('vocabulary-open', HTMLButtonElement), byId('vocabulary-all', HTMLButtonElement)] as const;
  readonly #draw: (prompt: string) => void;
  readonly #explain: (error: unknown) => void;
  #status: RoomStatus | undefined;
  /** Asked for again when the model or the number of its things changes. */
  #loaded: { readonly of: string; readonly list: ShownVocabulary } | undefined;
  /** What the dialog was made from. */
  #shown = '';

  constructor(draw: (prompt: string) => void, explain: (error: unknown) => void) {
    this.#draw = draw;
    this.#explain = explain;
    for (const opener of this.#openers) opener.addEventListener('click', () => void this.#open().catch(this.#explain));
    this.#dialog.addEventListener('click', (event) => {
      // Everything in the dialog stands in one element without a margin: the dialog itself is hit only beside it.
      if (event.target === this.#dialog) this.#dialog.close();
    });
  }

  /** Models that draw whatever words can describe have no list, and nothing opens one. */
  setStatus(status: RoomStatus): void {
    this.#status = status;
    this.translate();
    if (this.#dialog.open && this.#loaded?.of !== this.#wanted()) this.#dialog.close();
  }

  translate(): void {
    const things = this.#status?.model?.things;
    for (const opener of this.#openers) opener.hidden = things === undefined;
    setText(this.#openers[1], t().vocabularyAll(things ?? 0));
    if (this.#dialog.open) this.#show();
  }

  #wanted(): string {
    const model = this.#status?.model;
    return `${model?.name ?? ''} ${model?.things ?? ''}`;
  }

  async #open(): Promise<void> {
    const of = this.#wanted();
    if (this.#loaded?.of !== of) this.#loaded = { of, list: await vocabulary() };
    if (this.#wanted() !== of) return;
    this.#show();
    this.#dialog.showModal();
    this.#dialog.scrollTop = 0;
  }

  /** Only what changed: a list made anew loses the focus, and a click between its two halves. */
  #show(): void {
    if (this.#loaded === undefined || this.#status === undefined) return;
    const { list, of } = this.#loaded;
    const shown = `${currentLanguage()} ${of}`;
    if (this.#shown !== shown) this.#dialog.replaceChildren(this.#content(list));
    this.#shown = shown;
    setText(byId('vocabulary-model', HTMLParagraphElement), modelFacts(this.#status));
  }

  #content({ groups, backgrounds, styles, places }: ShownVocabulary): HTMLElement {
    const count = groups.reduce((sum, { things }) => sum + things.length, 0);
    const example = this.#status?.model?.examples[currentLanguage()][0];
    const sentences = [t().vocabularyText, ...(example === undefined ? [] : [t().vocabularyExample(example)])];
    return el(
      'div',
      { class: 'vocabulary' },
      el(
        'div',
        { class: 'vocabulary-head' },
        el(
          'div',
          {},
          el('h2', { id: 'vocabulary-title' }, t().vocabularyTitle(count)),
          el('p', { id: 'vocabulary-model', class: 'vocabulary-model' }),
        ),
        button({ icon: 'cancel', label: t().closeList, iconOnly: true, class: 'ghost', onClick: () => this.#dialog.close() }),
      ),
      el('p', {}, sentences.join(' ')),
      ...groups.map(({ title, things }) =>
        part(
          title?.[currentLanguage()] ?? t().things,
          things.map((thing) => this.#thing(thing)),
        ),
      ),
      words(t().backgrounds, backgrounds),
      words(t().styles, styles),
      words(t().places, places),
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
