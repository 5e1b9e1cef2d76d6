import { eventId, type EventId } from '#core/types.ts';

import type { BotClient } from './client.ts';
import { isRefusal } from './homeserver-error.ts';
import { objectAt, textAt, type RawObject } from '../common/raw.ts';

const mostKnownRoots = 2000;
/** A reaction to an edit of a message in a thread is three away from its root. */
const mostSteps = 4;

/**
 * Which event can root a thread. An event that relates to another one can't: a message in a thread leads to that
 * thread, a reaction or an edit to its target.
 */
export class ThreadRoots {
  readonly #client: BotClient;
  readonly #known = new Map<string, EventId | undefined>();

  constructor(client: BotClient) {
    this.#client = client;
  }

  /** `undefined` where no thread can be: the event is not there or not ours to see. Rejects when the server can't be asked. */
  async resolve(roomId: string, wanted: EventId): Promise<EventId | undefined> {
    const key = `${roomId} ${wanted}`;
    if (this.#known.has(key)) return this.#known.get(key);
    const root = await this.#follow(roomId, wanted);
    this.#keep(key, root);
    return root;
  }

  /** Remembers what a message that was just received says about its thread, which saves the question before the answer. */
  learn(roomId: string, message: RawObject): void {
    const id = textAt(message, 'event_id');
    const relates = objectAt(objectAt(message, 'content'), 'm.relates_to');
    const type = textAt(relates, 'rel_type');
    const root = type === 'm.thread' ? textAt(relates, 'event_id') : id;
    if (message['type'] !== 'm.room.message' || id === undefined || root === undefined) return;
    if (type === undefined || type === 'm.thread') this.#keep(`${roomId} ${id}`, eventId(root));
  }

  #keep(key: string, root: EventId | undefined): void {
    if (this.#known.size >= mostKnownRoots) this.#known.delete(this.#known.keys().next().value ?? '');
    this.#known.set(key, root);
  }

  async #follow(roomId: string, wanted: EventId): Promise<EventId | undefined> {
    let candidate: string = wanted;
    for (let step = 0; step < mostSteps; step += 1) {
      let event: unknown;
      try {
        event = await this.#client.getRawEvent(roomId, candidate);
      } catch (error) {
        if (isRefusal(error)) return undefined;
        throw error;
      }
      const relates = objectAt(objectAt(event, 'content'), 'm.relates_to');
      const target = textAt(relates, 'event_id');
      if (textAt(relates, 'rel_type') === undefined || target === undefined) return eventId(candidate);
      candidate = target;
    }
    return undefined;
  }
}
