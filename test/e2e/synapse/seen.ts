import type { SeenFile, SeenImage, SeenMessage } from '../../contract/chat-harness.ts';

import type { EncryptedFile } from './encrypted-file.ts';
import type { RawEvent } from './person.ts';

/** Somebody who reads: a `Person`, or one with keys, who opens encrypted files too. */
export type Reader = {
  events(roomId: string): Promise<readonly RawEvent[]>;
  download(address: string): Promise<Downloaded>;
  readonly open?: (file: EncryptedFile) => Promise<Uint8Array>;
};
type Downloaded = { readonly bytes: Uint8Array; readonly mimeType: string };

/** The room's messages as a client shows them to `person`: edits applied, reactions counted, pictures downloaded. */
export async function seenMessages(person: Reader, roomId: string, botUserId: string): Promise<readonly SeenMessage[]> {
  const events = await person.events(roomId);
  const from = (sender: string): 'bot' | 'person' => (sender === botUserId ? 'bot' : 'person');
  const relates = (event: RawEvent): Readonly<Record<string, any>> => event.content['m.relates_to'] ?? {};
  const messages: SeenMessage[] = [];
  for (const event of events) {
    const { msgtype } = event.content;
    if (event.type !== 'm.room.message' || msgtype === undefined || relates(event)['rel_type'] === 'm.replace') continue;
    const edit = events.findLast(
      (other) =>
        other.sender === event.sender && relates(other)['rel_type'] === 'm.replace' && relates(other)['event_id'] === event.event_id,
    );
    const shown = edit?.content['m.new_content'] ?? event.content;
    const reactions = events
      .filter((other) => other.type === 'm.reaction' && relates(other)['event_id'] === event.event_id)
      .map((other) => ({ emoji: String(relates(other)['key']), from: from(other.sender) }));
    const isThread = relates(event)['rel_type'] === 'm.thread';
    const inReplyTo = isThread && relates(event)['is_falling_back'] === true ? undefined : relates(event)['m.in_reply_to']?.event_id;
    messages.push({
      eventId: event.event_id,
      from: from(event.sender),
      text: shown.body,
      edited: edit !== undefined,
      reactions,
      ...(shown.formatted_body === undefined ? {} : { html: shown.formatted_body }),
      ...(isThread ? { threadId: relates(event)['event_id'] } : {}),
      ...(inReplyTo === undefined ? {} : { replyTo: inReplyTo }),
      // People's own pictures come without the facts and the thumbnail that the bot's must have.
      ...(msgtype === 'm.image' && event.sender === botUserId ? { image: await seenImage(person, event.content) } : {}),
      ...(msgtype === 'm.file' ? { file: await seenFile(person, event.content) } : {}),
    });
  }
  return messages;
}

async function seenImage(person: Reader, content: Readonly<Record<string, any>>): Promise<SeenImage> {
  const picture = await downloaded(person, content['url'], content['file']);
  const thumbnail = await downloaded(person, content['info'].thumbnail_url, content['info'].thumbnail_file);
  return {
    bytes: picture.bytes,
    thumbnailBytes: thumbnail.bytes,
    widthPx: content['info'].w,
    heightPx: content['info'].h,
    size: content['info'].size,
    mimeType: content['info'].mimetype,
    fileName: content['filename'],
    altText: content['org.matrix.msc1767.alt_text']['org.matrix.msc1767.text'][0].body,
    blurhash: content['info']['xyz.amorgan.blurhash'],
  };
}

async function seenFile(person: Reader, content: Readonly<Record<string, any>>): Promise<SeenFile> {
  const { bytes, mimeType } = await downloaded(person, content['url'], content['file']);
  if (content['file'] !== undefined)
    return { bytes, size: content['info'].size, mimeType: content['info'].mimetype, fileName: content['filename'] };
  // Under another type it would be saved, or shown, as something else than the message says.
  const served = mimeType.split(';', 1)[0]?.trim() ?? '';
  if (served !== content['info'].mimetype) throw new Error(`sent as ${content['info'].mimetype}, served as ${served}`);
  return { bytes, size: content['info'].size, mimeType: served, fileName: content['filename'] };
}

/** In an encrypted room the message holds what opens the file, and the server does not know what the file is. */
async function downloaded(person: Reader, address: string, file: EncryptedFile | undefined): Promise<Downloaded> {
  if (file === undefined) return person.download(address);
  if (person.open === undefined) throw new Error('an encrypted file for somebody without keys');
  const { mimeType } = await person.download(file.url);
  if (mimeType !== 'application/octet-stream') throw new Error(`the server knows that the file is ${mimeType}`);
  return { bytes: await person.open(file), mimeType };
}
