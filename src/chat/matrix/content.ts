import type { Content, Delivery } from '#core/ports.ts';
import { toPlainText, type RichText } from '#core/rich-text.ts';
import type { EventId } from '#core/types.ts';

import type { EncryptedFile } from './crypto/encrypted-file.ts';
import { toHtml } from './html.ts';

/** An event as it is sent: its type and content. */
export type OutgoingEvent = { readonly type: string; readonly content: Readonly<Record<string, unknown>> };

/** Where the files of a message are on the homeserver: a picture's two, or the one of any other file. */
export type MediaAddresses = PictureAddresses | FileAddress;
export type PictureAddresses = { readonly picture: MediaAddress; readonly thumbnail: MediaAddress };
export type FileAddress = { readonly file: MediaAddress };
/** An `mxc:` address, or the same with what opens the file there. */
export type MediaAddress = string | EncryptedFile;

/**
 * Room for the text of one event in bytes of JSON. Matrix allows 65,536 for a whole event with its signatures and
 * the ids of its ancestors; what is around our content stays below 8 KiB, and encrypted content is a third longer.
 */
export const contentLimitBytes = 40 * 1024;

type Place = { readonly threadRoot: EventId | undefined; readonly replyTo: EventId | undefined };

/** A delivery as Matrix sends it. `media` is needed for pictures and files; `place.threadRoot` must be able to root a thread. */
export function outgoingEvent(delivery: Pick<Delivery, 'content'>, place: Place, media?: MediaAddresses): OutgoingEvent {
  const { content } = delivery;
  switch (content.kind) {
    case 'text':
      return { type: 'm.room.message', content: { ...noticeContent(content.text), ...relation(place) } };
    case 'edit':
      return { type: 'm.room.message', content: editContent(content.target, content.text) };
    case 'reaction':
      return {
        type: 'm.reaction',
        content: { 'm.relates_to': { rel_type: 'm.annotation', event_id: content.target, key: content.emoji } },
      };
    case 'image':
      if (!media || !('picture' in media)) throw new TypeError('a picture needs its addresses on the homeserver');
      return { type: 'm.room.message', content: { ...imageContent(content, media), ...relation(place) } };
    case 'file':
      if (!media || !('file' in media)) throw new TypeError('a file needs its address on the homeserver');
      return { type: 'm.room.message', content: { ...fileContent(content, media), ...relation(place) } };
  }
}

/** A notice other people's bots ignore, with nobody mentioned whatever the text says. */
export function noticeContent(text: RichText): Readonly<Record<string, unknown>> {
  return { msgtype: 'm.notice', ...bodies(text, contentLimitBytes), 'm.mentions': {} };
}

function editContent(target: EventId, text: RichText): Readonly<Record<string, unknown>> {
  // Only clients that know no edits show the outer body, so a start of the text is enough there.
  const fallback = cutToBytes(`* ${cleaned(toPlainText(text))}`, 1024);
  return {
    msgtype: 'm.notice',
    body: fallback,
    'm.mentions': {},
    'm.new_content': noticeContent(text),
    'm.relates_to': { rel_type: 'm.replace', event_id: target },
  };
}

function imageContent(content: Content & { readonly kind: 'image' }, media: PictureAddresses): Readonly<Record<string, unknown>> {
  const { image } = content;
  const altText = cleaned(content.altText);
  const caption =
    toPlainText(content.caption) === '' ? { body: cutToBytes(altText, 4096) } : bodies(content.caption, contentLimitBytes / 2);
  return {
    msgtype: 'm.image',
    ...caption,
    filename: content.fileName,
    ...located(media.picture, 'url', 'file'),
    info: {
      w: image.widthPx,
      h: image.heightPx,
      size: image.bytes,
      mimetype: image.mimeType,
      ...located(media.thumbnail, 'thumbnail_url', 'thumbnail_file'),
      thumbnail_info: {
        w: image.thumbnail.widthPx,
        h: image.thumbnail.heightPx,
        size: image.thumbnail.bytes,
        mimetype: image.thumbnail.mimeType,
      },
      'xyz.amorgan.blurhash': image.blurhash,
    },
    // MSC3552's text alternative; a picture's `body` is its caption since Matrix 1.10.
    'org.matrix.msc1767.alt_text': { 'org.matrix.msc1767.text': [{ body: cutToBytes(altText, 4096) }] },
    'm.mentions': {},
  };
}

/** Without a caption, `body` repeats the name: that is how clients know that there is none. */
function fileContent({ file, caption }: Content & { readonly kind: 'file' }, media: FileAddress): Readonly<Record<string, unknown>> {
  return {
    msgtype: 'm.file',
    ...(toPlainText(caption) === '' ? { body: file.name } : bodies(caption, contentLimitBytes / 2)),
    filename: file.name,
    ...located(media.file, 'url', 'file'),
    info: { size: file.bytes, mimetype: file.mimeType },
    'm.mentions': {},
  };
}

const located = (address: MediaAddress, open: string, encrypted: string): Readonly<Record<string, MediaAddress>> => ({
  [typeof address === 'string' ? open : encrypted]: address,
});

function relation(place: Place): Readonly<Record<string, unknown>> {
  const { threadRoot, replyTo } = place;
  if (threadRoot !== undefined) {
    const isAnswer = replyTo !== undefined && replyTo !== threadRoot;
    return {
      'm.relates_to': {
        rel_type: 'm.thread',
        event_id: threadRoot,
        is_falling_back: !isAnswer,
        'm.in_reply_to': { event_id: isAnswer ? replyTo : threadRoot },
      },
    };
  }
  return replyTo === undefined ? {} : { 'm.relates_to': { 'm.in_reply_to': { event_id: replyTo } } };
}

/** Plain and formatted text within the limit: markup goes first, then the end of the text. */
function bodies(text: RichText, limitBytes: number): Readonly<Record<string, unknown>> {
  const body = cleaned(toPlainText(text));
  const full = { body, format: 'org.matrix.custom.html', formatted_body: cleaned(toHtml(text)) };
  if (jsonBytes(full) <= limitBytes) return full;
  return { body: cutToBytes(body, limitBytes - 64) };
}

/** Halves of surrogate pairs and NUL can't be stored by every homeserver. */
const cleaned = (text: string): string => text.toWellFormed().replaceAll('\0', '');

const jsonBytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

/** The text, or a start of it with «…» that takes at most `limitBytes` as JSON; no character is split. */
function cutToBytes(text: string, limitBytes: number): string {
  if (jsonBytes(text) <= limitBytes) return text;
  const available = limitBytes - jsonBytes('…');
  let used = 0;
  let kept = '';
  for (const character of text) {
    used += jsonBytes(character) - 2;
    if (used > available) break;
    kept += character;
  }
  return `${kept.trimEnd()}…`;
}
