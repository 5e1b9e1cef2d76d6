import { outgoingEvent } from '#src/chat/matrix/content.ts';
import { DeliveryError } from '#core/errors.ts';
import type { Delivery } from '#core/ports.ts';
import { eventId, type EventId } from '#core/types.ts';
import type { RawEvent } from '../../e2e/synapse/person.ts';

/** What the next message meets. `done`: the server has it; `crash`: the program ends at this moment. */
export type SendFault =
  | { readonly kind: 'uncertain' | 'unknowable' | 'crash'; readonly done: boolean }
  /** Of pictures, edits and acknowledgements: words that a server refuses for good can't be said at all. */
  | { readonly kind: 'rejected' }
  | { readonly kind: 'limited'; readonly retryAfterMs: number };

const bot = '@bot:model';
const addresses = { picture: 'mxc://model/picture', thumbnail: 'mxc://model/thumbnail' };

/** A room on a server that knows transaction ids, as a real one does: it outlives every process of the bot. */
export class ModelRoom {
  readonly botId = bot;
  readonly events: RawEvent[] = [];
  readonly faults: SendFault[] = [];
  /** Answers about an unknown outcome that are right. */
  unknowable = 0;
  readonly #byTransaction = new Map<string, EventId>();

  /** Sends one message of the process that calls; `crash` ends that process. */
  send(delivery: Delivery, crash: () => void): EventId {
    const fault = this.#faultFor(delivery);
    if (fault?.kind === 'rejected') throw new DeliveryError('rejected', 'the model refuses it');
    if (fault?.kind === 'limited') throw new DeliveryError('rate_limited', 'the model is busy', { retryAfterMs: fault.retryAfterMs });
    if (fault === undefined || fault.done) {
      const id = this.#keep(delivery);
      if (fault === undefined) return id;
    }
    if (fault.kind === 'unknowable') this.unknowable += 1;
    if (fault.kind === 'crash') crash();
    throw new DeliveryError(fault.kind === 'unknowable' ? 'unknowable' : 'uncertain', 'the model broke off');
  }

  #keep(delivery: Delivery): EventId {
    const known = this.#byTransaction.get(delivery.transactionId);
    if (known !== undefined) return known;
    const id = eventId(`$bot-${this.events.length}`);
    const { type, content } = outgoingEvent(delivery, { threadRoot: delivery.threadId, replyTo: delivery.replyTo }, addresses);
    this.#byTransaction.set(delivery.transactionId, id);
    this.events.push({ event_id: id, type, sender: bot, content });
    return id;
  }

  #faultFor({ content, event, transactionId }: Delivery): SendFault | undefined {
    // A server looks for the transaction first: what it has taken once it does not refuse.
    const isKnown = this.#byTransaction.has(transactionId);
    const isRefusable = !isKnown && (content.kind === 'image' || content.kind === 'edit' || event?.type === 'ack');
    // What says that something is not known is the last that can be said.
    const isLast = transactionId.endsWith('-unknown');
    const index = this.faults.findIndex(({ kind }) => (kind === 'rejected' ? isRefusable : kind === 'unknowable' ? !isLast : true));
    return index === -1 ? undefined : this.faults.splice(index, 1)[0];
  }
}
