import type { WireEvent } from '#src/chat/web/events.ts';
import { Sightings, type Answer, type Sent, type WatchedChat } from './watched-chat.ts';

/** The local room through its own API: posts as several people, one open page that watches. */
export class RoomChat implements WatchedChat {
  readonly platform = 'room';
  readonly #url: string;
  readonly #sightings = new Sightings();
  readonly #closing = new AbortController();
  readonly #watching: Promise<void>;
  #posts = 0;

  constructor(url: string) {
    this.#url = url;
    this.#watching = this.#watch();
    // Whoever waits for a sighting says what went wrong first; `close` tells this one.
    this.#watching.catch(() => {});
  }

  async say(text: string, person: number): Promise<Sent> {
    const atMs = Date.now();
    const response = await fetch(new URL('api/messages', this.#url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ transactionId: `bench-${(this.#posts += 1)}`, name: `Person ${person}`, text }),
    });
    if (!response.ok) throw new Error(`the room answered ${response.status}: ${await response.text()}`);
    const { eventId } = (await response.json()) as WireEvent;
    return { id: eventId, atMs, arrivedMs: atMs };
  }

  seen(kind: Answer, command: string): Promise<number> {
    return this.#sightings.of(kind, command);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#watching;
  }

  /** Reads the server-sent events as a page does. */
  async #watch(): Promise<void> {
    try {
      const { body } = await fetch(new URL('api/stream', this.#url), { signal: this.#closing.signal });
      let rest = '';
      for await (const text of body!.pipeThrough(new TextDecoderStream())) {
        const blocks = (rest + text).split('\n\n');
        rest = blocks.pop() ?? '';
        for (const block of blocks) this.#read(block);
      }
    } catch (error) {
      if (!this.#closing.signal.aborted) throw error;
    }
  }

  readonly #commandOfAck = new Map<string, string>();

  #read(block: string): void {
    const field = (name: string): string | undefined => new RegExp(`^${name}: ?(.*)$`, 'm').exec(block)?.[1];
    if (field('event') !== 'room') return;
    const { body, eventId } = JSON.parse(field('data') ?? '') as WireEvent;
    if (body.kind === 'text' && body.event?.type === 'ack' && body.replyTo !== undefined) {
      this.#commandOfAck.set(eventId, body.replyTo);
      this.#sightings.record('ack', body.replyTo);
    } else if (body.kind === 'image' && body.threadId !== undefined) {
      this.#sightings.record('picture', body.threadId);
    } else if (body.kind === 'edit' && (body.event?.type === 'done' || body.event?.type === 'error')) {
      const command = this.#commandOfAck.get(body.target);
      if (command !== undefined) this.#sightings.record('end', command);
    }
  }
}
