/** A command and, beneath it on one line, all that answers it. */
import { JobView } from './job-view.ts';
import type { Conversation, Item } from './conversations.ts';
import { el, syncChildren } from './dom.ts';
import { botAvatar } from './identity.ts';
import { MessageView, type MessageContext } from './message-view.ts';

export class ConversationView {
  readonly element = el('article', { class: 'conversation' });
  readonly #context: MessageContext;
  readonly #answers = el('div', { class: 'answers' });
  readonly #answerPlace = el('div', { class: 'answer-place' }, botAvatar(), this.#answers);
  readonly #views = new Map<string, { readonly element: HTMLElement; readonly update: (item: Item) => void }>();
  #heading: MessageView | undefined;

  constructor(context: MessageContext) {
    this.#context = context;
  }

  update({ root, items }: Conversation): void {
    if (root !== undefined) {
      this.#heading ??= new MessageView(this.#context, root);
      this.#heading.update(root);
    }
    const answers = items.map((item) => {
      const view = this.#views.get(item.key) ?? this.#makeView(item);
      this.#views.set(item.key, view);
      view.update(item);
      return view.element;
    });
    syncChildren(this.#answers, answers);
    syncChildren(this.element, [
      ...(this.#heading === undefined ? [] : [this.#heading.element]),
      ...(answers.length > 0 ? [this.#answerPlace] : []),
    ]);
  }

  #makeView(item: Item): { readonly element: HTMLElement; readonly update: (item: Item) => void } {
    if (item.kind === 'job') {
      const view = new JobView(this.#context.actions);
      return { element: view.element, update: (changed) => changed.kind === 'job' && view.update(changed) };
    }
    const view = new MessageView(this.#context, item.message);
    return { element: view.element, update: (changed) => changed.kind === 'message' && view.update(changed.message) };
  }
}
