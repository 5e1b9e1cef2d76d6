/** Small buttons with a drawn icon. */
import { el } from './dom.ts';
import { icon, type IconName } from './icons.ts';

export type ButtonOptions = {
  readonly icon: IconName;
  readonly label: string;
  readonly title?: string;
  /** Only the icon is seen; the label is read aloud and shown as the tooltip. */
  readonly iconOnly?: boolean;
  readonly class?: string;
  readonly onClick: () => void;
};

export function button(options: ButtonOptions): HTMLButtonElement {
  const { label, iconOnly = false } = options;
  const element = el('button', {
    type: 'button',
    class: options.class ?? 'chip',
    title: options.title ?? (iconOnly ? label : undefined),
    'aria-label': iconOnly ? label : undefined,
  });
  element.append(icon(options.icon), ...(iconOnly ? [] : [label]));
  element.addEventListener('click', options.onClick);
  return element;
}
