import { Person, type RawEvent } from '../e2e/synapse/person.ts';
import { Sightings, type Answer, type Sent, type WatchedChat } from './watched-chat.ts';

type SyncAnswer = {
  readonly next_batch: string;
  readonly rooms?: { readonly join?: Readonly<Record<string, { readonly timeline: { readonly events: readonly TimedEvent[] } }>> };
};
type TimedEvent = RawEvent & { readonly origin_server_ts: number };

/** A room on a real homeserver: several people type, one more watches through `/sync` as any client does. */
export class MatrixChat implements WatchedChat {
  readonly platform = 'matrix';
  readonly #watcher: Person;
  readonly #people: readonly Person[];
  readonly #roomId: string;
  readonly #bot: string;
  readonly #sightings = new Sightings();
  /** Server time by event id. */
  readonly #arrivals = new Map<string, number>();
  readonly #appeared = new Map<string, number>();
  /** Content of the bot's latest picture. */
  latestPicture: RawEvent['content'] | undefined;
  readonly #ackStamps = new Map<string, number>();
  readonly #pictureStamps = new Map<string, number>();
  readonly #commandOfAck = new Map<string, string>();
  readonly #watching: Promise<void>;
  #closed = false;

  constructor(room: { readonly roomId: string; readonly bot: string; readonly watcher: Person; readonly people: readonly Person[] }) {
    this.#roomId = room.roomId;
    this.#bot = room.bot;
    this.#watcher = room.watcher;
    this.#people = room.people;
    this.#watching = this.#watch();
  }

  async say(text: string, person: number): Promise<Sent> {
    const atMs = Date.now();
    const id = await this.#people[person % this.#people.length]!.say(this.#roomId, text);
    await this.#untilAppeared(id);
    return { id, atMs, arrivedMs: this.#arrivals.get(id) ?? atMs };
  }

  seen(kind: Answer, command: string): Promise<number> {
    return this.#sightings.of(kind, command);
  }

  /** When the homeserver had the acknowledgement of this command. */
  ackStampedMs(command: string): number | undefined {
    return this.#ackStamps.get(command);
  }

  pictureStampedMs(command: string): number | undefined {
    return this.#pictureStamps.get(command);
  }

  /** From one person's message to another's screen, without any bot: what the homeserver itself takes. */
  async echoMs(): Promise<number> {
    const { id, atMs } = await this.say('hello everybody', 0);
    return this.#appeared.get(id)! - atMs;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#people[0]!.say(this.#roomId, 'good bye');
    await this.#watching;
  }

  async #untilAppeared(id: string): Promise<void> {
    const deadline = Date.now() + 60_000;
    while (!this.#appeared.has(id)) {
      if (Date.now() > deadline) throw new Error('a message did not come through the homeserver');
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  async #watch(): Promise<void> {
    let since = '';
    while (!this.#closed) {
      const query = since === '' ? 'timeout=0' : `timeout=30000&since=${encodeURIComponent(since)}`;
      const answer = (await this.#watcher.ask('GET', `client/v3/sync?${query}`)) as SyncAnswer;
      since = answer.next_batch;
      for (const event of answer.rooms?.join?.[this.#roomId]?.timeline.events ?? []) this.#read(event);
    }
  }

  #read(event: TimedEvent): void {
    this.#arrivals.set(event.event_id, event.origin_server_ts);
    this.#appeared.set(event.event_id, Date.now());
    if (event.sender !== this.#bot || event.type !== 'm.room.message') return;
    const relation = (event.content['m.relates_to'] ?? {}) as {
      rel_type?: string;
      event_id?: string;
      'm.in_reply_to'?: { event_id: string };
    };
    const about = relation.event_id ?? relation['m.in_reply_to']?.event_id;
    if (about === undefined) return;
    if (relation.rel_type === 'm.replace') {
      const command = this.#commandOfAck.get(about);
      // Progress is an edit as well; the last one has the times in it.
      if (command !== undefined && !/%/.test(String(event.content['body']))) this.#sightings.record('end', command);
    } else if (event.content['msgtype'] === 'm.image') {
      this.latestPicture = event.content;
      if (!this.#pictureStamps.has(about)) this.#pictureStamps.set(about, event.origin_server_ts);
      this.#sightings.record('picture', about);
    } else {
      this.#commandOfAck.set(event.event_id, about);
      this.#ackStamps.set(about, event.origin_server_ts);
      this.#sightings.record('ack', about);
    }
  }
}
