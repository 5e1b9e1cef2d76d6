/** A room that a team shares with the bot: what the bot has said to whom, as a client shows it. */
import { WatchedRoom } from './watched-room.ts';
import { Person, type RawEvent } from './person.ts';
import type { Place } from './what-people-send.ts';

/** A room's events as somebody reads them. */
export type RoomView = Pick<WatchedRoom, 'events' | 'until'> & AsyncDisposable;

/** A message of the bot with its newest edit applied. */
export type Said = {
  readonly eventId: string;
  readonly text: string;
  /** How often it was edited. */
  readonly edits: number;
  readonly content: Readonly<Record<string, any>>;
};

export type Picture = Said & { readonly fileName: string; readonly widthPx: number; readonly heightPx: number; readonly url: string };

/** What became of one command that draws. */
export type JobSeen = {
  readonly id: string;
  readonly ack: Said;
  /** Cells to pictures, in the order they came. */
  readonly pictures: ReadonlyMap<string, Picture>;
  readonly sheets: readonly Picture[];
};

const relation = (event: RawEvent): Readonly<Record<string, any>> => event.content['m.relates_to'] ?? {};
const isBar = (text: string): boolean => /[▓░]/u.test(text);
const fileParts = /^([a-z0-9]+)-(sheet|[A-Z]\d+)\.png$/u;

export class TeamRoom implements AsyncDisposable {
  readonly roomId: string;
  readonly #botId: string;
  readonly #watched: RoomView;

  constructor(roomId: string, botId: string, watcher: Person | RoomView) {
    this.roomId = roomId;
    this.#botId = botId;
    this.#watched = watcher instanceof Person ? new WatchedRoom(watcher, roomId) : watcher;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#watched[Symbol.asyncDispose]();
  }

  /** The bot's events, oldest first. */
  get botEvents(): readonly RawEvent[] {
    return this.#watched.events.filter(({ sender }) => sender === this.#botId);
  }

  /** Place of an event in the room's order. */
  orderOf(eventId: string): number {
    return this.#watched.events.findIndex((event) => event.event_id === eventId);
  }

  /** The bot's messages, oldest first, edits applied. */
  said(wanted: (event: RawEvent) => boolean = () => true): readonly Said[] {
    const events = this.botEvents;
    return events
      .filter((event) => event.type === 'm.room.message' && relation(event)['rel_type'] !== 'm.replace' && wanted(event))
      .map((event) => {
        const edits = events.filter(
          (other) => relation(other)['rel_type'] === 'm.replace' && relation(other)['event_id'] === event.event_id,
        );
        const shown = edits.at(-1)?.content['m.new_content'] ?? event.content;
        return { eventId: event.event_id, text: String(shown.body), edits: edits.length, content: event.content };
      });
  }

  /** Whatever the bot has sent as an answer to this message. */
  answersTo(target: string): readonly Said[] {
    return this.said((event) => relation(event)['m.in_reply_to']?.event_id === target);
  }

  /** Reactions of the bot to this message. */
  reactionsTo(target: string): readonly string[] {
    return this.botEvents
      .filter((event) => event.type === 'm.reaction' && relation(event)['event_id'] === target)
      .map((event) => String(relation(event)['key']));
  }

  async until<Answer>(what: string, ask: () => Answer | undefined): Promise<Answer> {
    return this.#watched.until(what, ask);
  }

  /** The first answer in words. */
  async answer(target: string, what = target): Promise<string> {
    return (await this.until(`an answer to ${what}`, () => this.answersTo(target).find(({ content }) => content['msgtype'] === 'm.notice')))
      .text;
  }

  /** Asks, and resolves with the bot's words. */
  async ask(person: Pick<Person, 'say'>, text: string, place: Place = {}): Promise<string> {
    return this.answer(await person.say(this.roomId, text, place), text);
  }

  /** Pictures of a job, wherever they stand. */
  pictures(jobId: string): readonly (Picture & { readonly part: string })[] {
    return this.said((event) => event.content['msgtype'] === 'm.image').flatMap((said) => {
      const fileName = String(said.content['filename']);
      const [, job, part] = fileParts.exec(fileName) ?? [];
      if (job !== jobId || part === undefined) return [];
      const { w, h } = said.content['info'];
      return [{ ...said, part, fileName, widthPx: Number(w), heightPx: Number(h), url: String(said.content['url']) }];
    });
  }

  /** The job of this acknowledgement, as it is now. */
  #job(ack: Said): JobSeen | undefined {
    // Every text that a job's message ever has names the job in bold.
    const id = /<(?:strong|b)>([a-z0-9]{4,})<\/(?:strong|b)>/u.exec(String(ack.content['formatted_body']))?.[1];
    if (id === undefined) return undefined;
    const all = this.pictures(id);
    return {
      id,
      ack,
      pictures: new Map(all.filter(({ part }) => part !== 'sheet').map((picture) => [picture.part, picture])),
      sheets: all.filter(({ part }) => part === 'sheet'),
    };
  }

  /** The job that this command, or the reaction's target, has started: as soon as it is accepted. */
  async accepted(command: string): Promise<JobSeen> {
    return this.until(`the acknowledgement of ${command}`, () => {
      const ack = this.answersTo(command).find(({ content }) => content['msgtype'] === 'm.notice');
      return ack === undefined ? undefined : this.#job(ack);
    });
  }

  /** The same at its end: the acknowledgement has become the last word about it. */
  async ended(command: string, which: (ack: Said) => boolean = () => true): Promise<JobSeen> {
    return this.until(`the end of the job of ${command}`, () => {
      const ack = this.answersTo(command).find((said) => said.content['msgtype'] === 'm.notice' && which(said));
      return ack === undefined || ack.edits === 0 || isBar(ack.text) ? undefined : this.#job(ack);
    });
  }

  /** Says it and waits for the end of its job. */
  async draw(person: Pick<Person, 'say'>, text: string, place: Place = {}): Promise<JobSeen> {
    return this.ended(await person.say(this.roomId, text, place));
  }

  /** The heads of a schedule's runs: the messages that begin with this. */
  runs(plan: number): readonly Said[] {
    return this.said((event) => event.content['msgtype'] === 'm.notice' && String(event.content['body']).startsWith(`Plan ${plan} ·`));
  }

  /** The end of the run that began with this head. */
  async runEnded(plan: number, run: number): Promise<JobSeen> {
    return this.until(`the end of run ${run} of plan ${plan}`, () => {
      const head = this.runs(plan).find(({ content }) => new RegExp(`· (run|Lauf) ${run}\\b`, 'u').test(String(content['body'])));
      if (head === undefined || head.edits === 0 || isBar(head.text)) return undefined;
      const id = /· ([a-z0-9]{4,})$/mu.exec(head.text)?.[1];
      if (id === undefined) return { id: '', ack: head, pictures: new Map(), sheets: [] };
      const all = this.pictures(id);
      return { id, ack: head, pictures: new Map(all.map((picture) => [picture.part, picture])), sheets: [] };
    });
  }
}
