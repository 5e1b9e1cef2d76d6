/**
 * What the local room remembers and sends to its pages: the body of every `RoomEvent`, and the form it has on the wire.
 * The page imports these types, so both ends are checked against one definition.
 */
import type { Prefix } from '#core/command.ts';
import type { EngineStatus, JobEventSummary, RoomEvent, StoredFile } from '#core/ports.ts';
import type { RichText } from '#core/rich-text.ts';
import type { EventId, ImageKey, Language, StoredImage, UserId } from '#core/types.ts';
import type { ModelInfo } from '#core/model-info.ts';

/** Where a message stands and what it answers. */
type Place = { readonly threadId?: EventId; readonly replyTo?: EventId };

/** `POST /api/uploads`, and what a message tells about its file. The name is the sender's, all else was read from the bytes. */
export type Upload = {
  readonly key: ImageKey;
  readonly name: string;
  readonly bytes: number;
  readonly mimeType: string;
  /** Only of a file that pages show as a picture. */
  readonly widthPx?: number;
  readonly heightPx?: number;
};

export type PersonMessage = Place & {
  readonly kind: 'message';
  readonly sender: UserId;
  readonly senderName: string;
  /** As typed; shown as text only. Empty where the message is only a file. */
  readonly text: string;
  readonly attachment?: Upload;
};

export type PersonReaction = {
  readonly kind: 'reaction';
  readonly sender: UserId;
  readonly senderName: string;
  readonly target: EventId;
  readonly emoji: string;
};

export type PersonRedaction = { readonly kind: 'redaction'; readonly sender: UserId; readonly target: EventId };

export type PersonBody = PersonMessage | PersonReaction | PersonRedaction;

type Reported = { readonly event?: JobEventSummary };

export type BotBody =
  | (Place & Reported & { readonly kind: 'text'; readonly text: RichText })
  | (Reported & { readonly kind: 'edit'; readonly target: EventId; readonly text: RichText })
  | (Place &
      Reported & {
        readonly kind: 'image';
        readonly image: StoredImage;
        readonly fileName: string;
        readonly caption: RichText;
        readonly altText: string;
      })
  | (Place & Reported & { readonly kind: 'file'; readonly file: StoredFile; readonly caption: RichText })
  | { readonly kind: 'bot-reaction'; readonly target: EventId; readonly emoji: string }
  /** The target was erased, whoever wrote it. */
  | { readonly kind: 'erasure'; readonly target: EventId }
  /** What stands in the place of an event that was erased. */
  | (Place & { readonly kind: 'erased' });

export type RoomBody = PersonBody | BotBody;

/** One event as the API shows it. */
export type WireEvent = {
  readonly sequence: number;
  readonly eventId: EventId;
  readonly atMs: number;
  /** The id that the sending page made, so that it finds its own message again; absent on the bot's events. */
  readonly transactionId?: string;
  readonly body: RoomBody;
};

/** A progress text that replaces the last one and is never stored. */
export type LiveEdit = { readonly target: EventId; readonly text: RichText; readonly event?: JobEventSummary };

/** What the program tells the room about itself, asked whenever a page wants to show it. */
export type ProgramStatus = {
  readonly engine: EngineStatus;
  /** `things` is how many the model knows, where that is a closed list; `GET /api/vocabulary` tells which. */
  readonly model?: Pick<ModelInfo, 'name' | 'title' | 'licence' | 'examples'> & { readonly things?: number };
  readonly queue: { readonly waiting: number; readonly running: number; readonly paused?: boolean };
};

/** `GET /api/status`. */
export type RoomStatus = ProgramStatus & {
  readonly room: {
    readonly name: string;
    /** What a command begins with; which one a person uses says in which language the bot answers. */
    readonly commandPrefixes: readonly Prefix[];
    readonly language: Language;
    /** Reached through a token, so probably by several people: the page asks for a name at once. */
    readonly shared: boolean;
    /** Largest file that a message may carry. */
    readonly maxUploadBytes: number;
  };
};

/** A picture that somebody starred, as the program tells it to the gallery. */
export type GalleryEntry = {
  readonly job: string;
  /** Such as `A1`. */
  readonly cell: string;
  readonly prompt: string;
  readonly seed: number;
  /** Title of the style, where one was used. */
  readonly style?: string;
  /** Names of those who starred it. */
  readonly starredBy?: readonly string[];
  /** When it was starred first. */
  readonly atMs: number;
  readonly image: StoredImage;
};

/** `GET /api/gallery`, newest first. */
export type Gallery = { readonly entries: readonly GalleryEntry[] };

/** Every refusal of the API. */
export type ApiError = { readonly error: { readonly code: ApiErrorCode; readonly message: string } };

export const apiErrorCodes = [
  'bad_host',
  'bad_origin',
  'bad_request',
  'bad_name',
  'empty_text',
  'file_empty',
  'file_missing',
  'file_too_large',
  'not_a_file',
  'not_found',
  'not_json',
  'not_yours',
  'storage_full',
  'too_large',
  'unauthorised',
  'internal',
] as const;
export type ApiErrorCode = (typeof apiErrorCodes)[number];

const personPrefix = 'person:';
const botPrefix = 'bot:';

/** People and the bot choose their transaction ids apart, so no page can take one of the bot's. */
export const personTransaction = (sender: UserId, transactionId: string): string => `${personPrefix}${sender}:${transactionId}`;
export const botTransaction = (transactionId: string): string => `${botPrefix}${transactionId}`;

export const roomBody = (event: RoomEvent): RoomBody => event.body as RoomBody;

export function isPersonBody(body: RoomBody): body is PersonBody {
  return body.kind === 'message' || body.kind === 'reaction' || body.kind === 'redaction';
}

export function toWire(event: RoomEvent): WireEvent {
  const body = roomBody(event);
  const shown = { sequence: event.sequence, eventId: event.eventId, atMs: event.atMs, body };
  return isPersonBody(body) ? { ...shown, transactionId: event.transactionId.slice(personTransaction(body.sender, '').length) } : shown;
}
