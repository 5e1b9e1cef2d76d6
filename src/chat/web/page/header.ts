/** The bar at the top: which room and model, what the queue does, who sits here. */
import type { RoomStatus } from '../events.ts';
import { byId, el, setText } from './dom.ts';
import { icon } from './icons.ts';
import { avatar, chooseName, chosenName, ownName } from './identity.ts';
import { listenToLanguage, showLanguage } from './language-switch.ts';
import { currentLanguage, t } from './texts.ts';

export class Header {
  readonly #who = byId('who', HTMLButtonElement);
  readonly #dialog = byId('name-dialog', HTMLDialogElement);
  readonly #nameInput = byId('name-input', HTMLInputElement);
  readonly #onChange: () => void;
  #status: RoomStatus | undefined;
  #asked = false;

  /** `onChange` is called after another name or language was chosen. */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
    this.#who.addEventListener('click', () => this.askName());
    byId('name-cancel', HTMLButtonElement).addEventListener('click', () => this.#dialog.close());
    byId('name-form', HTMLFormElement).addEventListener('submit', (event) => this.#saveName(event));
    byId('gallery-link', HTMLAnchorElement).append(icon('star'));
    listenToLanguage(() => this.#onChange());
  }

  show(status: RoomStatus): void {
    this.#status = status;
    this.translate();
    if (status.room.shared && chosenName() === undefined && !this.#asked) this.askName();
  }

  translate(): void {
    showLanguage();
    const name = ownName();
    this.#who.replaceChildren(avatar(name), el('span', { class: 'who-name' }, name));
    this.#who.ariaLabel = t().changeName(name);
    this.#who.title = t().changeName(name);
    if (this.#status !== undefined) this.#showStatus(this.#status);
  }

  askName(): void {
    this.#asked = true;
    this.#nameInput.value = chosenName() ?? '';
    setText(byId('name-problem', HTMLParagraphElement), '');
    this.#dialog.showModal();
    this.#nameInput.select();
  }

  #saveName(event: SubmitEvent): void {
    const name = this.#nameInput.value.replace(/[\p{C}\s]+/gu, ' ').trim();
    if (name === '' || /^blitzbild(?:[\s-]*bot)?$/iu.test(name)) {
      event.preventDefault();
      setText(byId('name-problem', HTMLParagraphElement), t().nameProblem);
      this.#nameInput.focus();
      return;
    }
    chooseName(name);
    this.#onChange();
  }

  #showStatus(status: RoomStatus): void {
    const { room, engine, queue } = status;
    setText(byId('room-name', HTMLHeadingElement), room.name);
    document.title = room.name;
    setText(byId('room-model', HTMLSpanElement), modelFacts(status));
    const [state, words] = stateOf(engine.state, queue);
    const place = byId('room-state', HTMLParagraphElement);
    place.dataset['state'] = state;
    const waiting = state === 'ready' || state === 'working' ? queue.waiting : 0;
    const shown = `${words} ${waiting} ${currentLanguage()}`;
    // It is read aloud when it changes, so it is only touched then.
    if (place.dataset['shown'] === shown) return;
    place.dataset['shown'] = shown;
    place.replaceChildren(el('span', {}, words), ...(waiting > 0 ? [waitingElement(waiting)] : []));
  }
}

/** `Embedded · CPU` */
export const modelFacts = ({ model, engine }: RoomStatus): string =>
  [model?.title ?? model?.name, engine.provider?.toUpperCase()].filter((fact) => fact !== undefined).join(' · ');

type Shown = 'ready' | 'working' | 'starting' | 'failed' | 'paused';

function stateOf(engine: RoomStatus['engine']['state'], queue: RoomStatus['queue']): readonly [Shown, string] {
  if (engine === 'failed' || engine === 'closed') return ['failed', t().stateFailed];
  if (engine === 'starting') return ['starting', t().stateStarting];
  if (engine === 'restarting') return ['starting', t().stateRestarting];
  if (queue.paused === true) return ['paused', t().statePaused];
  return queue.running > 0 || queue.waiting > 0 ? ['working', t().stateWorking] : ['ready', t().stateReady];
}

/** On a phone the number alone. */
const waitingElement = (count: number): HTMLElement =>
  el('span', { class: 'waiting' }, String(count), el('span', { class: 'waiting-words' }, ` ${t().stateWaiting}`));
