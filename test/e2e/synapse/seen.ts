import type { SeenFile, SeenImage, SeenMessage } from '../../contract/chat-harness.ts';

import type { Person, RawEvent } from './person.ts';

/** The room's messages as a client shows them to `person`: edits applied, reactions counted, pictures downloaded. */
export async function seenMessages(person: Person, roomId: string, botUserId: string): Promise<readonly SeenMessage[]> {
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

async function seenImage(person: Person, content: Readonly<Record<string, any>>): Promise<SeenImage> {
  const picture = await person.download(content['url']);
  const thumbnail = await person.download(content['info'].thumbnail_url);
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

async function seenFile(person: Person, content: Readonly<Record<string, any>>): Promise<SeenFile> {
  const { bytes, mimeType } = await person.download(content['url']);
  // Under another type it would be saved, or shown, as something else than the message says.
  const served = mimeType.split(';', 1)[0]?.trim() ?? '';
  if (served !== content['info'].mimetype) throw new Error(`sent as ${content['info'].mimetype}, served as ${served}`);
  return { bytes, size: content['info'].size, mimeType: served, fileName: content['filename'] };
}
