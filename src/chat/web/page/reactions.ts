/** Reactions under a message; a click reacts the same way, which is how the bot's 👍 is confirmed. */
import type { RoomActions } from './actions.ts';
import type { Message } from './conversations.ts';
import { el } from './dom.ts';
import { t } from './texts.ts';

/** `hidden` emoji have buttons of their own. */
export function reactionChips(message: Message, actions: RoomActions, hidden: readonly string[] = []): readonly HTMLElement[] {
  return [...message.reactions]
    .filter(([emoji]) => !hidden.includes(emoji))
    .map(([emoji, who]) => {
      const chip = el(
        'button',
        { type: 'button', class: 'chip reaction', 'aria-label': t().react(emoji, who.size) },
        el('span', { class: 'emoji' }, emoji),
        String(who.size),
      );
      chip.addEventListener('click', () => actions.react(message.eventId, emoji));
      return chip;
    });
}
