/** What comes in from any chat platform. */
import type { EventId, PlatformName, RoomId, UserId } from '#core/types.ts';

/** One message of a person, as any platform tells it. */
export type IncomingMessage = {
  readonly kind: 'message';
  readonly platform: PlatformName;
  readonly roomId: RoomId;
  readonly eventId: EventId;
  readonly sender: UserId;
  /** The plain text as typed; control characters and markup included. */
  readonly text: string;
  /** Root of the thread the message stands in. */
  readonly threadId?: EventId;
  /** The message this one replies to. */
  readonly replyTo?: EventId;
  /** Whether the platform itself says that the sender administers this room. */
  readonly isAdmin: boolean;
  /** A conversation with the bot alone, where no prefix is needed. */
  readonly isDirect: boolean;
  /** A file that the message itself carries; its bytes are asked for by `ChatPlatform.attachment`. */
  readonly attachment?: AttachmentInfo;
  /**
   * It stood in the clear in an encrypted room, where whoever runs a server of that room can have put it in any member's name:
   * it is never carried out.
   */
  readonly isUnprotected?: true;
  readonly receivedAtMs: number;
};

/** A file in a message, as its sender describes it: nothing of it can be relied on. */
export type AttachmentInfo = { readonly name: string; readonly mimeType?: string; readonly bytes?: number };

/** A reaction of a person to a message, such as 🔁. */
export type IncomingReaction = {
  readonly kind: 'reaction';
  readonly platform: PlatformName;
  readonly roomId: RoomId;
  readonly eventId: EventId;
  readonly sender: UserId;
  readonly target: EventId;
  readonly emoji: string;
  readonly isAdmin: boolean;
  readonly receivedAtMs: number;
};

/** A person deleted a message: a command that is withdrawn cancels its job. */
export type IncomingRedaction = {
  readonly kind: 'redaction';
  readonly platform: PlatformName;
  readonly roomId: RoomId;
  readonly eventId: EventId;
  readonly sender: UserId;
  readonly target: EventId;
  readonly receivedAtMs: number;
};

/** Why a message stayed encrypted: no key came, its sender's app held the key back, the device is nobody's for certain, it is broken. */
export const unreadableCauses = ['key_missing', 'key_withheld', 'device_unverified', 'damaged'] as const;

export type UnreadableCause = (typeof unreadableCauses)[number];

/** An encrypted message that could not be read, though its keys were waited for. What it says nobody knows. */
export type UnreadableMessage = {
  readonly kind: 'unreadable';
  readonly platform: PlatformName;
  readonly roomId: RoomId;
  readonly eventId: EventId;
  readonly sender: UserId;
  readonly cause: UnreadableCause;
  readonly threadId?: EventId;
  readonly receivedAtMs: number;
};

/** The bot was removed from a room, or banned; `sender` did it. */
export type IncomingRemoval = {
  readonly kind: 'removal';
  readonly platform: PlatformName;
  readonly roomId: RoomId;
  readonly eventId: EventId;
  readonly sender: UserId;
  readonly receivedAtMs: number;
};

export type IncomingEvent = IncomingMessage | IncomingReaction | IncomingRedaction | IncomingRemoval | UnreadableMessage;
