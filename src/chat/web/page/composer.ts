/** The field people type in. Enter sends, Shift + Enter begins a line, ↑ in an empty field brings back what was sent. */
import type { Prefix } from '#core/command.ts';
import type { RichText } from '#core/rich-text.ts';
import { AttachmentField } from './attachment-field.ts';
import { button } from './button.ts';
import type { Message } from './conversations.ts';
import { byId, el } from './dom.ts';
import { icon } from './icons.ts';
import { plainLine } from './rich-text.ts';
import { currentLanguage, t } from './texts.ts';

export type Draft = { readonly text: string; readonly threadId?: string; readonly replyTo?: string; readonly file?: File };

const rememberedDrafts = 50;
const historyKey = 'blitzbild.sent';

export class Composer {
  readonly #input = byId('input', HTMLTextAreaElement);
  readonly #reply = byId('reply', HTMLDivElement);
  readonly #hint = byId('hint', HTMLDivElement);
  readonly #send: (draft: Draft) => void;
  readonly #attachment: AttachmentField;
  readonly #sent: string[] = JSON.parse(sessionStorage.getItem(historyKey) ?? '[]') as string[];
  /** How far back ↑ has gone; 0 is what is being typed. */
  #recalled = 0;
  #target: Message | undefined;
  #prefixes: readonly Prefix[] = [{ text: '!img', language: 'en' }];

  /** `refuse` is called with a sentence about a file that can't be sent. */
  constructor(send: (draft: Draft) => void, refuse: (sentence: string) => void) {
    this.#send = send;
    this.#attachment = new AttachmentField(() => {
      this.#changed();
      this.focus();
    }, refuse);
    byId('send', HTMLButtonElement).append(icon('send'));
    byId('composer', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#input.addEventListener('keydown', (event) => this.#key(event));
    this.#input.addEventListener('input', () => {
      this.#recalled = 0;
      this.#changed();
    });
  }

  setPrefixes(prefixes: readonly Prefix[]): void {
    if (prefixes.length > 0) this.#prefixes = prefixes;
    this.translate();
  }

  /** How large a file may be. */
  limitFiles(maxBytes: number): void {
    this.#attachment.limit(maxBytes);
  }

  translate(): void {
    this.#attachment.translate();
    this.#input.placeholder = t().placeholder(this.#prefix);
    this.#input.ariaLabel = t().messageLabel;
    const send = byId('send', HTMLButtonElement);
    send.ariaLabel = t().send;
    send.title = t().send;
    this.#hint.replaceChildren();
    this.#showReply();
    this.#changed();
  }

  /** `command` is what the answer begins with, after the prefix; what is being typed stays. */
  replyTo(message: Message | undefined, command?: string): void {
    this.#target = message;
    this.#showReply();
    if (message === undefined) return;
    const isUntouched = this.#input.value === '' || this.#input.value === `${this.#prefix} `;
    if (isUntouched) this.#input.value = `${this.#prefix} ${command === undefined ? '' : `${command} `}`;
    this.#changed();
    this.focus();
  }

  focus(): void {
    this.#input.focus();
    this.#input.setSelectionRange(this.#input.value.length, this.#input.value.length);
  }

  /** Sends this prompt as a command, without touching what is being typed. */
  draw(prompt: string): void {
    this.#remember(`${this.#prefix} ${prompt}`);
    this.#send({ text: `${this.#prefix} ${prompt}` });
  }

  get #prefix(): string {
    // The bot answers in the language of the prefix.
    const ownLanguage = this.#prefixes.find(({ language }) => language === currentLanguage());
    return (ownLanguage ?? this.#prefixes[0])?.text ?? '!img';
  }

  #key(event: KeyboardEvent): void {
    if (event.isComposing) return;
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      if ((event.ctrlKey || event.metaKey) && !this.#isCommand()) this.#makeCommand();
      this.#submit();
    } else if (event.key === 'Escape' && this.#target !== undefined) this.replyTo(undefined);
    else if (event.key === 'ArrowUp' && (this.#input.value === '' || this.#recalled > 0)) this.#recall(event, 1);
    else if (event.key === 'ArrowDown' && this.#recalled > 0) this.#recall(event, -1);
  }

  #recall(event: KeyboardEvent, step: number): void {
    const position = this.#recalled + step;
    const text = position === 0 ? '' : this.#sent.at(-position);
    if (text === undefined) return;
    event.preventDefault();
    this.#recalled = position;
    this.#input.value = text;
    this.#changed();
    this.focus();
  }

  #submit(): void {
    const text = this.#input.value.trim();
    const { file } = this.#attachment;
    if (text === '' && file === undefined) return;
    const target = this.#target;
    if (text !== '') this.#remember(text);
    this.#attachment.clear();
    this.#input.value = '';
    this.#recalled = 0;
    this.replyTo(undefined);
    this.#changed();
    this.#send({
      text,
      ...(target !== undefined && { threadId: target.rootId, replyTo: target.eventId }),
      ...(file !== undefined && { file }),
    });
  }

  #remember(text: string): void {
    if (this.#sent.at(-1) !== text) this.#sent.push(text);
    this.#sent.splice(0, this.#sent.length - rememberedDrafts);
    sessionStorage.setItem(historyKey, JSON.stringify(this.#sent));
  }

  #isCommand(): boolean {
    const [word = ''] = this.#input.value.trimStart().split(/\s/u);
    return this.#prefixes.some((prefix) => prefix.text.toLowerCase() === word.toLowerCase());
  }

  #makeCommand(): void {
    this.#input.value = `${this.#prefix} ${this.#input.value.trimStart()}`;
    this.#changed();
  }

  #changed(): void {
    const { style, value } = this.#input;
    style.height = 'auto';
    style.height = `${this.#input.scrollHeight}px`;
    const plain = value.trim() !== '' && !this.#isCommand() && !this.#prefixes.some((prefix) => prefix.text.startsWith(value.trim()));
    this.#hint.classList.toggle('plain', plain);
    const isPicture = this.#attachment.file?.type.startsWith('image/') === true;
    if (!plain) this.#hint.replaceChildren(isPicture ? t().hintPicture(this.#prefix) : t().hintKeys(this.#prefix));
    else if (this.#hint.childElementCount === 0) {
      const draw = el('button', { type: 'button', class: 'link', title: 'Ctrl + Enter' }, t().hintDraw);
      draw.addEventListener('click', () => {
        this.#makeCommand();
        this.#submit();
        this.focus();
      });
      this.#hint.replaceChildren(el('span', {}, t().hintPlain(this.#prefix)), draw);
    }
  }

  #showReply(): void {
    const target = this.#target;
    this.#reply.hidden = target === undefined;
    if (target === undefined) return;
    const words = typeof target.text === 'string' ? target.text : plainLine(target.text satisfies RichText);
    const quoted = words === '' ? (target.attachment?.name ?? '') : words;
    this.#reply.replaceChildren(
      el('span', { class: 'reply-label' }, t().replyingTo),
      el('span', { class: 'quoted' }, quoted),
      button({ icon: 'cancel', label: t().stopReply, iconOnly: true, class: 'ghost', onClick: () => this.replyTo(undefined) }),
    );
  }
}
