/** Messages as the viewer shows them: a picture, what is known of it, and what can be done with it. */
import { botEmoji, isStarred, type RoomActions } from './actions.ts';
import { fileUrl, imageUrl } from './api.ts';
import { button } from './button.ts';
import type { Message } from './conversations.ts';
import type { Slide } from './lightbox.ts';
import { richTextElements } from './rich-text.ts';
import { starButton } from './star-button.ts';
import { t } from './texts.ts';

export function slideOf(message: Message, actions: RoomActions): Slide | undefined {
  const { picture, attachment } = message;
  if (picture !== undefined) {
    const { image, altText, fileName } = picture;
    return {
      src: imageUrl(image.key),
      widthPx: image.widthPx,
      heightPx: image.heightPx,
      alt: altText,
      fileName,
      caption: typeof message.text === 'string' ? [message.text] : richTextElements(message.text),
      buttons: (close) => (message.report?.type === 'sheet' ? [reply(message, actions, close)] : pictureButtons(message, actions, close)),
    };
  }
  if (attachment?.widthPx === undefined) return undefined;
  return {
    src: imageUrl(attachment.key),
    alt: t().sentPicture(attachment.name),
    fileName: attachment.name,
    download: fileUrl(attachment.key, attachment.name),
    caption: [attachment.name],
    buttons: (close) => uploadButtons(message, actions, close),
  };
}

/** What can be done with one picture of the bot; `before` is called first, so that a viewer gets out of the way. */
export function pictureButtons(message: Message, actions: RoomActions, before: () => void = () => {}): readonly HTMLElement[] {
  // The preview of a style belongs to no job: nothing can be repeated.
  if (message.report?.jobId === undefined) return [reply(message, actions, before)];
  const react = (name: 'again' | 'vary' | 'upscale' | 'info'): HTMLElement =>
    button({
      icon: name,
      label: t()[name],
      title: botEmoji[name],
      onClick: () => (before(), actions.react(message.eventId, botEmoji[name])),
    });
  const star = starButton(isStarred(message), () => actions.react(message.eventId, botEmoji.star));
  return [react('again'), react('vary'), react('upscale'), star, react('info'), reply(message, actions, before)];
}

const reply = (message: Message, actions: RoomActions, before: () => void): HTMLElement =>
  button({ icon: 'reply', label: t().reply, onClick: () => (before(), actions.replyTo(message)) });

/** What can be done with a picture that a person sent: the bot knows it only from the command that answers it. */
export function uploadButtons(message: Message, actions: RoomActions, before: () => void = () => {}): readonly HTMLElement[] {
  const begin = (): void => (before(), actions.replyTo(message, t().varyCommand));
  return [button({ icon: 'vary', label: t().vary, title: t().varyTitle, onClick: begin }), reply(message, actions, before)];
}
