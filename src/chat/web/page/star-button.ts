/** Keeps a picture in the room's gallery. */
import { botEmoji } from './actions.ts';
import { button } from './button.ts';
import { t } from './texts.ts';

export function starButton(isStarred: boolean, star: () => void): HTMLButtonElement {
  const element = button({
    icon: 'star',
    label: isStarred ? t().starred : t().star,
    title: t().starTitle(botEmoji.star),
    class: 'chip star',
    onClick: () => {
      if (element.ariaPressed === 'true') return;
      // Said at once; the room's own event says it again.
      element.ariaPressed = 'true';
      element.lastChild?.replaceWith(t().starred);
      star();
    },
  });
  element.ariaPressed = String(isStarred);
  return element;
}
