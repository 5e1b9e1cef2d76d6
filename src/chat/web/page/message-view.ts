/** One message of a person, or one of the bot that belongs to no job. */
import type { RichText } from '#core/rich-text.ts';
import { botEmoji, type RoomActions } from './actions.ts';
import { button } from './button.ts';
import type { Message } from './conversations.ts';
import { el } from './dom.ts';
import { fileCard } from './file-card.ts';
import { avatar } from './identity.ts';
import { reactionChips } from './reactions.ts';
import { richTextElements } from './rich-text.ts';
import { t } from './texts.ts';
import { uploadedPicture } from './uploaded-picture.ts';
import { fullTime, spokenTime } from './times.ts';

/** What a message looks like depends on where it is shown and by whom it is read. */
export type MessageContext = {
  readonly actions: RoomActions;
  readonly ownId: () => string | undefined;
  readonly prefixes: () => readonly string[];
};

const answers = ['yes', 'no'] as const;

/** What nobody but the bot has reacted with: the buttons say it better. */
const seededAnswers = ({ reactions }: Message): readonly string[] =>
  answers.map((name) => botEmoji[name]).filter((emoji) => [...(reactions.get(emoji) ?? [])].every((who) => who === 'bot'));

export class MessageView {
  readonly element: HTMLElement;
  readonly #context: MessageContext;
  #shown = '';

  constructor(context: MessageContext, message: Message) {
    this.#context = context;
    this.element = el('div', { class: message.sender === undefined ? 'message from-bot' : 'message from-person' });
  }

  update(message: Message): void {
    const { ownId } = this.#context;
    const reactions = [...message.reactions].map(([emoji, who]) => [emoji, who.size]);
    const { text, live, report, removed } = message;
    const shown = JSON.stringify([text, live?.text, report?.type, removed, reactions, ownId(), document.documentElement.lang]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.element.classList.toggle('error', message.report?.type === 'error');
    this.element.classList.toggle('removed', message.removed);
    if (message.sender === undefined) this.#fillBot(message);
    else this.#fillPerson(message, message.sender);
  }

  #fillBot(message: Message): void {
    const { actions } = this.#context;
    const isQuestion = message.report?.type === 'ask';
    const buttons = [
      ...(isQuestion ? this.#answerButtons(message) : []),
      ...reactionChips(message, actions, isQuestion ? seededAnswers(message) : []),
    ];
    this.element.replaceChildren(
      ...(message.file === undefined ? [] : [fileCard(message.file)]),
      el('div', { class: 'bubble' }, ...richTextElements((message.live?.text ?? message.text) as RichText)),
      ...(buttons.length > 0 ? [el('div', { class: 'buttons' }, ...buttons)] : []),
    );
  }

  /** Who has answered is told so; an answer is given once. */
  #answerButtons({ eventId, reactions }: Message): readonly HTMLElement[] {
    const { actions, ownId } = this.#context;
    const own = ownId();
    const given = answers.find((name) => own !== undefined && reactions.get(botEmoji[name])?.has(own) === true);
    return answers
      .filter((name) => given === undefined || given === name)
      .map((name) => {
        const element = button({
          icon: name === 'yes' ? 'yes' : 'cancel',
          label: given === undefined ? t()[name] : t()[name === 'yes' ? 'agreed' : 'declined'],
          title: botEmoji[name],
          class: name === 'yes' ? 'chip primary-chip' : 'chip',
          onClick: () => actions.react(eventId, botEmoji[name]),
        });
        element.disabled = given !== undefined;
        return element;
      });
  }

  #fillPerson(message: Message, sender: { readonly id: string; readonly name: string }): void {
    const { actions, ownId } = this.#context;
    const own = sender.id === ownId();
    const chips = reactionChips(message, actions);
    this.element.replaceChildren(
      avatar(sender.name),
      el(
        'div',
        { class: 'said' },
        el(
          'div',
          { class: 'byline' },
          el('strong', { class: 'name' }, sender.name),
          own ? el('span', { class: 'own' }, t().you) : undefined,
          timeElement(message.atMs),
          own && !message.removed
            ? button({ icon: 'remove', label: t().remove, iconOnly: true, class: 'ghost on-hover', onClick: () => actions.remove(message) })
            : undefined,
        ),
        ...(message.removed ? [el('p', { class: 'text muted' }, t().removed)] : this.#said(message)),
        ...(chips.length > 0 ? [el('div', { class: 'buttons' }, ...chips)] : []),
      ),
    );
  }

  #said(message: Message): readonly HTMLElement[] {
    const { text, attachment } = message;
    return [
      ...(typeof text === 'string' && text.trim() !== '' ? [this.#typedText(text)] : []),
      ...(attachment === undefined ? [] : [uploadedPicture(message, this.#context.actions) ?? fileCard(attachment)]),
    ];
  }

  /** The prefix stands back a little, what follows is what a person meant to say. */
  #typedText(text: string): HTMLElement {
    const [word = ''] = text.split(/\s/u, 1);
    const prefix = this.#context.prefixes().find((candidate) => candidate.toLowerCase() === word.toLowerCase());
    if (prefix === undefined) return el('p', { class: 'text' }, text);
    return el('p', { class: 'text' }, el('span', { class: 'prefix' }, text.slice(0, prefix.length)), text.slice(prefix.length));
  }
}

export function timeElement(atMs: number): HTMLTimeElement {
  const time = el('time', { datetime: new Date(atMs).toISOString(), title: fullTime(atMs) });
  time.dataset['atMs'] = String(atMs);
  time.textContent = spokenTime(atMs, Date.now());
  return time;
}

/** Brings every shown time up to date. */
export function refreshTimes(): void {
  for (const time of document.querySelectorAll<HTMLElement>('time[data-at-ms]')) {
    time.textContent = spokenTime(Number(time.dataset['atMs']), Date.now());
  }
}
