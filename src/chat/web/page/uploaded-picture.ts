/** A picture that a person sent: a click opens it, an answer makes it the subject of a command. */
import type { RoomActions } from './actions.ts';
import { imageUrl } from './api.ts';
import type { Message } from './conversations.ts';
import { el } from './dom.ts';
import { uploadButtons } from './slides.ts';
import { t } from './texts.ts';

/** `undefined` where the message carries nothing that is shown as a picture. */
export function uploadedPicture(message: Message, actions: RoomActions): HTMLElement | undefined {
  const { attachment } = message;
  if (attachment?.widthPx === undefined) return undefined;
  // Without attributes for its size: the header does not say whether a camera held it upright.
  const photo = el('img', { src: imageUrl(attachment.key), alt: t().sentPicture(attachment.name), decoding: 'async' });
  const opener = el('button', { type: 'button', class: 'uploaded', 'aria-label': t().openUpload(attachment.name) }, photo);
  opener.addEventListener('click', () => actions.view([message], 0));
  return el('div', { class: 'upload' }, opener, el('div', { class: 'buttons' }, ...uploadButtons(message, actions)));
}
