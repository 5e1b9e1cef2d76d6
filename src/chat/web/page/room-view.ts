/** All conversations of the room, with a divider where a new day begins. */
import type { LiveEdit, WireEvent } from '../events.ts';
import { ConversationView } from './conversation-view.ts';
import { Conversations, type Message } from './conversations.ts';
import { byId, el, syncChildren } from './dom.ts';
import type { MessageContext } from './message-view.ts';
import { dayName, dayStart } from './times.ts';

export class RoomView {
  readonly #place = byId('messages', HTMLDivElement);
  readonly #context: MessageContext;
  #events: WireEvent[] = [];
  #conversations = new Conversations();
  #views = new Map<string, ConversationView>();
  #rebuilding: ReturnType<typeof setTimeout> | undefined;
  readonly #dividers = new Map<number, HTMLElement>();

  constructor(context: MessageContext) {
    this.#context = context;
  }

  get isEmpty(): boolean {
    return this.#conversations.ids.length === 0;
  }

  /** Of the oldest event that is loaded. */
  get firstSequence(): number | undefined {
    return this.#events[0]?.sequence;
  }

  get lastSequence(): number {
    return this.#events.at(-1)?.sequence ?? 0;
  }

  message(eventId: string): Message | undefined {
    return this.#conversations.message(eventId);
  }

  add(event: WireEvent): void {
    if (event.sequence <= this.lastSequence) return;
    this.#events.push(event);
    if (event.body.kind === 'erasure') return this.#leaveOut(event.body.target);
    this.#refresh(this.#conversations.apply(event));
  }

  showLive(edit: LiveEdit): Message | undefined {
    this.#refresh(this.#conversations.applyLive(edit));
    return this.message(edit.target);
  }

  /** Replaces everything: after loading, after loading what came before, in another language. */
  rebuild(events: readonly WireEvent[] = this.#events): void {
    this.#events = [...events];
    this.#conversations = new Conversations();
    this.#views = new Map();
    this.#dividers.clear();
    for (const event of this.#events) this.#conversations.apply(event);
    for (const id of this.#conversations.ids) this.#view(id).update(this.#conversations.conversation(id));
    this.#arrange();
  }

  prepend(older: readonly WireEvent[]): void {
    this.rebuild([...older, ...this.#events]);
  }

  /** Somebody's messages are erased one after the other: they are taken out together. */
  #leaveOut(target: string): void {
    this.#events = this.#events.filter(({ eventId }) => eventId !== target);
    clearTimeout(this.#rebuilding);
    this.#rebuilding = setTimeout(() => this.rebuild(), 100);
  }

  #refresh(rootId: string | undefined): void {
    if (rootId === undefined) return;
    const isNew = !this.#views.has(rootId);
    this.#view(rootId).update(this.#conversations.conversation(rootId));
    if (isNew) this.#arrange();
  }

  #view(rootId: string): ConversationView {
    const view = this.#views.get(rootId) ?? new ConversationView(this.#context);
    this.#views.set(rootId, view);
    return view;
  }

  #arrange(): void {
    let lastDay: number | undefined;
    const elements = this.#conversations.ids.flatMap((id) => {
      const { root, items } = this.#conversations.conversation(id);
      const atMs = root?.atMs ?? firstTime(items);
      const day = dayStart(atMs);
      const divider = day === lastDay ? [] : [this.#divider(day)];
      lastDay = day;
      return [...divider, this.#view(id).element];
    });
    syncChildren(this.#place, elements);
  }

  #divider(day: number): HTMLElement {
    const divider = this.#dividers.get(day) ?? el('div', { class: 'day', role: 'separator' }, el('span', {}, dayName(day, Date.now())));
    this.#dividers.set(day, divider);
    return divider;
  }
}

function firstTime(items: ReturnType<Conversations['conversation']>['items']): number {
  const [item] = items;
  if (item === undefined) return Date.now();
  return item.kind === 'message' ? item.message.atMs : (item.status?.atMs ?? item.pictures[0]?.atMs ?? Date.now());
}
