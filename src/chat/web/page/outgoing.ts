/** Messages on their way: shown at once, replaced by the room's own event, kept with a button when the room did not take them. */
import type { Upload } from '../events.ts';
import { newTransactionId, postMessage, RoomRefusal, uploadFile, type MessagePost } from './api.ts';
import type { Draft } from './composer.ts';
import { el, setText } from './dom.ts';
import { filePreview } from './file-preview.ts';
import { avatar, ownName } from './identity.ts';
import { t } from './texts.ts';

export class Outgoing {
  readonly #place: HTMLElement;
  readonly #waiting = new Map<string, HTMLElement>();
  readonly #changed: () => void;

  /** `place` holds the messages; `changed` is called after one came or went. */
  constructor(place: HTMLElement, changed: () => void) {
    this.#place = place;
    this.#changed = changed;
  }

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  send({ file, ...draft }: Draft): void {
    const post: MessagePost = { transactionId: newTransactionId(), name: ownName(), ...draft };
    let upload: Upload | undefined;
    const state = el('span', { class: 'state-text' }, t().sending);
    const retry = el('button', { type: 'button', class: 'link', hidden: true }, t().retry);
    const text = el('p', { class: 'text' }, post.text);
    const said = el(
      'div',
      { class: 'said' },
      el('div', { class: 'byline' }, el('strong', { class: 'name' }, post.name), state, retry),
      ...(post.text === '' ? [] : [text]),
      ...(file === undefined ? [] : [el('div', { class: 'attached' }, filePreview(file))]),
    );
    const element = el('article', { class: 'conversation outgoing' }, el('div', { class: 'message from-person' }, avatar(post.name), said));
    this.#waiting.set(post.transactionId, element);
    this.#place.append(element);
    const attempt = async (): Promise<void> => {
      retry.hidden = true;
      setText(state, t().sending);
      try {
        if (file !== undefined) upload ??= await uploadFile(file);
        await postMessage({ ...post, ...(upload !== undefined && { attachment: { key: upload.key, name: upload.name } }) });
        this.arrived(post.transactionId);
      } catch (error) {
        if (error instanceof RoomRefusal && error.code === 'file_missing') upload = undefined;
        const why = error instanceof RoomRefusal && error.code !== 'unreachable' ? ` ${error.message}` : '';
        setText(state, `${t().notSent}${why}`);
        retry.hidden = false;
      }
      this.#changed();
    };
    // The same transaction id: however often it is tried, it is one message.
    retry.addEventListener('click', () => void attempt());
    void attempt();
    this.#changed();
  }

  /** The room has it. */
  arrived(transactionId: string): void {
    this.#waiting.get(transactionId)?.remove();
    this.#waiting.delete(transactionId);
  }
}
