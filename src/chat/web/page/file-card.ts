/** A file that is no picture: what it is called, how large it is, a click saves it. */
import { fileUrl } from './api.ts';
import { el } from './dom.ts';
import { icon } from './icons.ts';
import { currentLanguage, t } from './texts.ts';

export function fileCard({ key, name, bytes }: { readonly key: string; readonly name: string; readonly bytes: number }): HTMLElement {
  const size = spokenSize(bytes);
  return el(
    'a',
    { class: 'file-card', href: fileUrl(key, name), download: name, 'aria-label': t().downloadFile(name, size) },
    iconPlace('file'),
    el('span', { class: 'file-words' }, el('span', { class: 'file-name' }, name), el('span', { class: 'file-size' }, size)),
    iconPlace('download'),
  );
}

export const iconPlace = (name: 'file' | 'picture' | 'download'): HTMLElement => {
  const place = el('span', { class: `file-icon ${name}`, 'aria-hidden': 'true' });
  place.append(icon(name));
  return place;
};

/** `812 bytes`, `14 kB`, `3.2 MB`, in the page's language. */
export function spokenSize(bytes: number): string {
  const [amount, unit] = bytes < 1000 ? [bytes, 'byte'] : bytes < 1e6 ? [bytes / 1e3, 'kilobyte'] : [bytes / 1e6, 'megabyte'];
  return new Intl.NumberFormat(currentLanguage(), {
    style: 'unit',
    unit,
    unitDisplay: unit === 'byte' ? 'long' : 'short',
    maximumFractionDigits: amount < 10 ? 1 : 0,
  }).format(amount);
}
