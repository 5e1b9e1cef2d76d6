/** What the views may ask the page to do. */
import type { Message } from './conversations.ts';

export type RoomActions = {
  react(target: string, emoji: string): void;
  remove(message: Message): void;
  /** `command` is what the answer begins with, after the prefix. */
  replyTo(message: Message, command?: string): void;
  /** Opens the viewer with these pictures at this position. */
  view(pictures: readonly Message[], position: number): void;
};

/** What the bot understands as a reaction. */
export const botEmoji = { again: '🔁', cancel: '❌', info: 'ℹ️', upscale: '⬆️', vary: '🎨', star: '⭐', yes: '👍', no: '👎' } as const;

export const isStarred = ({ reactions }: Message): boolean => (reactions.get(botEmoji.star)?.size ?? 0) > 0;
