import type { ChatPlatform, FileExtension } from '#core/ports.ts';
import type { EventId, ImageKey, RoomId, StoredImage, UserId } from '#core/types.ts';

import type { RecordingInbox } from './recording-inbox.ts';

/** A message as another person in the room has it on screen, edits applied. Removed messages are absent. */
export type SeenMessage = {
  readonly eventId: string;
  readonly from: 'bot' | 'person';
  /** The plain text, or the caption of a picture. */
  readonly text: string;
  /** The markup shown instead of `text`, where the platform sends markup. */
  readonly html?: string;
  readonly edited: boolean;
  readonly threadId?: string;
  readonly replyTo?: string;
  readonly reactions: readonly { readonly emoji: string; readonly from: 'bot' | 'person' }[];
  readonly image?: SeenImage;
  readonly file?: SeenFile;
};

export type SeenImage = {
  /** As downloaded by the person. */
  readonly bytes: Uint8Array;
  readonly thumbnailBytes: Uint8Array;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly size: number;
  readonly mimeType: string;
  readonly fileName: string;
  readonly altText: string;
  readonly blurhash: string;
};

/** A file that is no picture. */
export type SeenFile = {
  /** As downloaded by the person. */
  readonly bytes: Uint8Array;
  readonly size: number;
  /** Without parameters such as a charset. */
  readonly mimeType: string;
  readonly fileName: string;
};

/** Another person in the harness's room, who is no admin there unless the harness says so. */
export interface PersonInTheRoom {
  readonly userId: UserId;
  readonly isAdmin: boolean;
  send(text: string, options?: { readonly threadId?: string; readonly replyTo?: string }): Promise<EventId>;
  react(target: string, emoji: string): Promise<EventId>;
  /** Removes an own message. */
  redact(target: string): Promise<void>;
  /** Oldest first. */
  seeMessages(): Promise<readonly SeenMessage[]>;
}

/** `text` stands beside the file; empty where the message is the file alone. */
export type SentFile = { readonly name: string; readonly mimeType: string; readonly bytes: Uint8Array; readonly text: string };

/** One platform, started, with a room in which a person and the bot are. */
export interface ChatHarness {
  /** The present instance; another one after `restart()`. */
  readonly platform: ChatPlatform;
  readonly inbox: RecordingInbox;
  readonly roomId: RoomId;
  readonly person: PersonInTheRoom;
  /** What the platform can do that not every one can. */
  readonly supports: {
    /** People can take messages back. */
    readonly redaction: boolean;
    /** People can write while the bot is down (its server is another program). */
    readonly messagesWhileDown: boolean;
    /** A message can answer another one without standing in its thread; where it can't, every answer is in a thread. */
    readonly answersOutsideThreads: boolean;
    /** The bot's own thumbnails go with its pictures; where they can't, the server makes some. */
    readonly ownThumbnails: boolean;
  };
  sendFileAs(person: PersonInTheRoom, file: SentFile): Promise<EventId>;
  /** Puts both files into the image store that the platform reads. */
  storeImage(png: Uint8Array, jpeg: Uint8Array, about: { readonly widthPx: number; readonly heightPx: number }): Promise<StoredImage>;
  /** Puts a file of another kind there. */
  storeFile(bytes: Uint8Array, extension: FileExtension): Promise<ImageKey>;
  /** Closes the platform, lets `whileDown` happen, and starts a new instance on what was stored. */
  restart(whileDown?: () => Promise<void>): Promise<void>;
  stop(): Promise<void>;
}
