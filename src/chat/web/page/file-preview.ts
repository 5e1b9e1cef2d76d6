/** A file on this machine before it is sent: a small picture where it is one, else a sign, with its name and size. */
import { el } from './dom.ts';
import { iconPlace, spokenSize } from './file-card.ts';

const thumbnailPx = 112;

export function filePreview(file: File): HTMLElement {
  const sign = iconPlace(file.type.startsWith('image/') ? 'picture' : 'file');
  if (file.type.startsWith('image/')) void drawThumbnail(file, sign);
  return el(
    'span',
    { class: 'file-preview' },
    sign,
    el(
      'span',
      { class: 'file-words' },
      el('span', { class: 'file-name' }, file.name),
      el('span', { class: 'file-size' }, spokenSize(file.size)),
    ),
  );
}

/** On a canvas: the page's rules allow no address that is not the room's, not even one of the browser's own. */
async function drawThumbnail(file: File, place: HTMLElement): Promise<void> {
  try {
    const bitmap = await createImageBitmap(file, { resizeHeight: thumbnailPx, resizeQuality: 'medium' });
    const canvas = el('canvas', { width: bitmap.width, height: bitmap.height });
    canvas.getContext('2d')?.drawImage(bitmap, 0, 0);
    bitmap.close();
    place.replaceChildren(canvas);
  } catch {
    // No picture that this browser knows, or one too large for it: the sign stays.
  }
}
