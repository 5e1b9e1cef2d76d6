/**
 * The events of the room put together to what is shown: conversations, each a command with its answers, the answers of
 * one job in one card. Pure; the views ask it and it knows nothing of them.
 */
import type { JobEventSummary, StoredFile } from '#core/ports.ts';
import type { RichText } from '#core/rich-text.ts';
import type { StoredImage } from '#core/types.ts';
import type { LiveEdit, Upload, WireEvent } from '../events.ts';

export type Message = {
  readonly eventId: string;
  readonly sequence: number;
  readonly atMs: number;
  /** Root of its conversation; its own id for a root. */
  readonly rootId: string;
  readonly replyTo?: string;
  /** Absent for the bot. */
  readonly sender?: { readonly id: string; readonly name: string };
  readonly transactionId?: string;
  /** As typed for people, structured for the bot. */
  text: string | RichText;
  report?: JobEventSummary;
  removed: boolean;
  readonly picture?: { readonly image: StoredImage; readonly fileName: string; readonly altText: string };
  /** What a person sent with the words. */
  readonly attachment?: Upload;
  /** What the bot offers for download. */
  readonly file?: StoredFile;
  /** Who reacted with what; `bot` for the bot. */
  readonly reactions: Map<string, Set<string>>;
  /** Progress on top of the stored text. */
  live?: { readonly text: RichText; readonly report?: JobEventSummary };
};

export type JobPhase = 'waiting' | 'working' | 'done' | 'failed' | 'cancelled';

export type JobItem = {
  readonly kind: 'job';
  readonly key: string;
  /** The message that tells the progress and at last the timings. */
  readonly status?: Message;
  /** All pictures on one. */
  readonly sheet?: Message;
  readonly pictures: readonly Message[];
  readonly phase: JobPhase;
  /** 0 … 1, where it is known. */
  readonly progress?: number;
};

export type Item = JobItem | { readonly kind: 'message'; readonly key: string; readonly message: Message };

export type Conversation = { readonly rootId: string; readonly root?: Message; readonly items: readonly Item[] };

/** What stands in the room as a message. */
type Said = WireEvent['body'] & { readonly kind: 'message' | 'text' | 'image' | 'file' };

export class Conversations {
  readonly #messages = new Map<string, Message>();
  /** Ids of the messages of each conversation, the root included, in the order they came. */
  readonly #members = new Map<string, string[]>();

  /** In the order of their beginning. */
  get ids(): readonly string[] {
    return [...this.#members.keys()];
  }

  message(eventId: string): Message | undefined {
    return this.#messages.get(eventId);
  }

  /** Returns the conversation that changed. Events must come in their order; one that is known already changes nothing. */
  apply(event: WireEvent): string | undefined {
    const { body } = event;
    switch (body.kind) {
      case 'message':
      case 'text':
      case 'image':
      case 'file':
        return this.#add(event, body);
      case 'edit':
        return this.#change(body.target, (message) => {
          message.text = body.text;
          if (body.event !== undefined) message.report = body.event;
          delete message.live;
        });
      case 'reaction':
      case 'bot-reaction':
        return this.#change(body.target, ({ reactions }) => {
          const who = body.kind === 'reaction' ? body.sender : 'bot';
          reactions.set(body.emoji, (reactions.get(body.emoji) ?? new Set()).add(who));
        });
      case 'erased':
      case 'erasure':
        return undefined;
      case 'redaction':
        return this.#change(body.target, (message) => {
          message.removed = true;
        });
    }
  }

  applyLive(edit: LiveEdit): string | undefined {
    return this.#change(edit.target, (message) => {
      message.live = { text: edit.text, ...(edit.event !== undefined && { report: edit.event }) };
    });
  }

  conversation(rootId: string): Conversation {
    const messages = (this.#members.get(rootId) ?? []).flatMap((id) => this.#messages.get(id) ?? []);
    const root = messages.find((message) => message.eventId === rootId);
    // An answer that opens a conversation of its own is an item too; only a person's message is a heading.
    const heading = root?.sender === undefined ? undefined : root;
    const items = itemsOf(messages.filter((message) => message !== heading));
    return { rootId, items, ...(heading !== undefined && { root: heading }) };
  }

  #add(event: WireEvent, body: Said): string | undefined {
    const { eventId, sequence, atMs } = event;
    if (this.#messages.has(eventId)) return undefined;
    // A thread in a thread does not exist: what answers an answer stands in the same conversation.
    // The bot's short answers reply to a command without opening a thread: they belong beneath it all the same.
    const answered = body.threadId ?? (body.kind === 'message' ? undefined : body.replyTo);
    const rootId = answered === undefined ? eventId : (this.#messages.get(answered)?.rootId ?? answered);
    this.#messages.set(eventId, {
      eventId,
      sequence,
      atMs,
      rootId,
      text: 'caption' in body ? body.caption : body.text,
      removed: false,
      reactions: new Map(),
      ...(body.replyTo !== undefined && { replyTo: body.replyTo }),
      ...(event.transactionId !== undefined && { transactionId: event.transactionId }),
      ...(body.kind === 'message' && { sender: { id: body.sender, name: body.senderName } }),
      ...(body.kind === 'message' && body.attachment !== undefined && { attachment: body.attachment }),
      ...(body.kind === 'file' && { file: body.file }),
      ...(body.kind === 'image' && { picture: { image: body.image, fileName: body.fileName, altText: body.altText } }),
      ...(body.kind !== 'message' && body.event !== undefined && { report: body.event }),
    });
    const members = this.#members.get(rootId) ?? [];
    members.push(eventId);
    this.#members.set(rootId, members);
    return rootId;
  }

  #change(target: string, change: (message: Message) => void): string | undefined {
    const message = this.#messages.get(target);
    if (message === undefined) return undefined;
    change(message);
    return message.rootId;
  }
}

/** Messages of one job become one item, at the place of the job's first one. */
function itemsOf(messages: readonly Message[]): readonly Item[] {
  const items = new Map<string, Item>();
  for (const message of messages) {
    const jobId = belongsToJob(message) ? message.report?.jobId : undefined;
    const card = items.get(`job ${jobId}`);
    // A sheet that was asked for again stands where it was asked for.
    const stands = isSheet(message) && card?.kind === 'job' && card.sheet !== undefined;
    const key = jobId === undefined || stands ? message.eventId : `job ${jobId}`;
    const known = items.get(key);
    if (jobId === undefined && message.picture === undefined) items.set(key, { kind: 'message', key, message });
    else items.set(key, jobWith(known?.kind === 'job' ? known : { kind: 'job', key, pictures: [], phase: 'waiting' }, message));
  }
  return [...items.values()];
}

function belongsToJob(message: Message): boolean {
  const type = message.report?.type;
  return message.sender === undefined && message.file === undefined && type !== undefined && type !== 'text' && type !== 'ask';
}

const isSheet = ({ report, picture }: Message): boolean => report?.type === 'sheet' && picture !== undefined;

function jobWith(job: JobItem, message: Message): JobItem {
  const phase = job.status === undefined ? 'done' : job.phase;
  if (isSheet(message)) return { ...job, sheet: message, phase };
  if (message.picture !== undefined) {
    const pictures = [...job.pictures, message].toSorted((a, b) => (a.picture?.image.index ?? 0) - (b.picture?.image.index ?? 0));
    return { ...job, pictures, phase };
  }
  const report = message.live?.report ?? message.report;
  const progress = report?.progress;
  return { ...job, status: message, phase: phaseOf(report), ...(progress !== undefined && { progress }) };
}

function phaseOf(report: JobEventSummary | undefined): JobPhase {
  switch (report?.type) {
    case 'ack':
      return 'waiting';
    case 'progress':
      return 'working';
    case 'error':
      return 'failed';
    case 'done':
      return report.code === 'cancelled' ? 'cancelled' : 'done';
    case 'image':
    case 'sheet':
    case 'text':
    case 'ask':
    case undefined:
      return 'done';
  }
}
