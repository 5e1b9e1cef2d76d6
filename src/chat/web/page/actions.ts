/** What the views may ask the page to do. */
import type { Message } from './conversations.ts';

export type RoomActions = {
  react(target: string, emoji: string): void;
  remove(message: Message): void;
  replyTo(message: Message): void;
  /** Opens the viewer with these pictures at this position. */
  view(pictures: readonly Message[], position: number): void;
};

/** What the bot understands as a reaction. */
export const botEmoji = { again: '🔁', cancel: '❌', info: 'ℹ️' } as const;
