import { toPlainText } from '#core/rich-text.ts';
import { userId } from '#core/types.ts';
import type { StoredImage } from '#core/types.ts';
import type { RoomBody, WireEvent } from '#src/chat/web/events.ts';
import { localRoomId } from '#src/chat/web/local-room.ts';

import type { ChatHarness, SeenFile, SeenImage, SeenMessage } from '../../contract/chat-harness.ts';
import { chatPlatformContract } from '../../contract/chat-platform.ts';
import { openRoom, type OpenedRoom } from './opened-room.ts';

chatPlatformContract('the local room', makeHarness);

async function makeHarness(): Promise<ChatHarness> {
  const opened = await openRoom();
  let posts = 0;
  const send = async (path: string, body: object): Promise<WireEvent> => {
    const response = await opened.post(path, { transactionId: `contract-${(posts += 1)}`, name: 'Ada', ...body });
    if (!response.ok) throw new Error(`the room said ${response.status}`);
    return (await response.json()) as WireEvent;
  };
  return {
    get platform() {
      return opened.room;
    },
    inbox: opened.inbox,
    roomId: localRoomId,
    supports: { redaction: true, messagesWhileDown: false, answersOutsideThreads: true, ownThumbnails: true },
    person: {
      userId: userId('@ada:room'),
      isAdmin: true,
      send: async (text, place = {}) => (await send('/api/messages', { text, ...place })).eventId,
      react: async (target, emoji) => (await send('/api/reactions', { target, emoji })).eventId,
      redact: async (target) => void (await send('/api/redactions', { target })),
      seeMessages: () => seeMessages(opened),
    },
    async storeImage(png, jpeg, { widthPx, heightPx }): Promise<StoredImage> {
      return {
        key: await opened.images.put(png, 'png'),
        index: 0,
        seed: 42,
        widthPx,
        heightPx,
        bytes: png.length,
        mimeType: 'image/png',
        thumbnail: { key: await opened.images.put(jpeg, 'jpg'), widthPx, heightPx, bytes: jpeg.length, mimeType: 'image/jpeg' },
        blurhash: 'L00000fQfQfQfQfQfQfQfQfQfQfQ',
        timings: { textMs: 1, denoiseMs: 2, decodeMs: 3, encodeMs: 4 },
      };
    },
    async sendFileAs(_person, { name, bytes, text }) {
      const { key } = await opened.upload(bytes, name);
      return (await send('/api/messages', { text, attachment: { key, name } })).eventId;
    },
    storeFile: (bytes, extension) => opened.images.put(bytes, extension),
    restart: (whileDown) => opened.restart(whileDown),
    stop: async () => opened[Symbol.asyncDispose](),
  };
}

/** Puts the events together as the page does. */
async function seeMessages(opened: OpenedRoom): Promise<readonly SeenMessage[]> {
  const events = await opened.events();
  const removed = new Set(events.flatMap(({ body }) => (body.kind === 'redaction' ? [body.target] : [])));
  const seen = events.filter((event) => !removed.has(event.eventId)).map((event) => seeMessage(opened, event, events));
  return (await Promise.all(seen)).filter((message) => message !== undefined);
}

async function seeMessage(
  opened: OpenedRoom,
  { eventId, body }: WireEvent,
  events: readonly WireEvent[],
): Promise<SeenMessage | undefined> {
  if (body.kind !== 'message' && body.kind !== 'text' && body.kind !== 'image' && body.kind !== 'file') return undefined;
  const about = events.map((event) => event.body).filter((other) => 'target' in other && other.target === eventId);
  const edit = about.findLast((other) => other.kind === 'edit');
  return {
    eventId,
    from: body.kind === 'message' ? 'person' : 'bot',
    text: edit === undefined ? textOf(body) : toPlainText(edit.text),
    edited: edit !== undefined,
    ...(body.threadId !== undefined && { threadId: body.threadId }),
    ...(body.replyTo !== undefined && { replyTo: body.replyTo }),
    reactions: about.flatMap((other) =>
      other.kind === 'reaction' || other.kind === 'bot-reaction'
        ? [{ emoji: other.emoji, from: other.kind === 'reaction' ? ('person' as const) : ('bot' as const) }]
        : [],
    ),
    ...(body.kind === 'image' && { image: await seeImage(opened, body) }),
    ...(body.kind === 'file' && { file: await seeFile(opened, body) }),
  };
}

function textOf(body: RoomBody & { kind: 'message' | 'text' | 'image' | 'file' }): string {
  if (body.kind === 'message') return body.text;
  return toPlainText(body.kind === 'text' ? body.text : body.caption);
}

async function seeFile(opened: OpenedRoom, { file }: RoomBody & { kind: 'file' }): Promise<SeenFile> {
  const answer = await opened.get(`/api/files/${file.key}?name=${encodeURIComponent(file.name)}`);
  const [mimeType = ''] = (answer.headers.get('content-type') ?? '').split(';');
  const [, fileName = ''] = /filename="(.+?)"/.exec(answer.headers.get('content-disposition') ?? '') ?? [];
  return { bytes: new Uint8Array(await answer.arrayBuffer()), size: file.bytes, mimeType, fileName };
}

async function seeImage(opened: OpenedRoom, { image, fileName, altText }: RoomBody & { kind: 'image' }): Promise<SeenImage> {
  const download = async (key: string): Promise<Response> => opened.get(`/api/images/${key}`);
  const picture = await download(image.key);
  return {
    bytes: new Uint8Array(await picture.arrayBuffer()),
    thumbnailBytes: new Uint8Array(await (await download(image.thumbnail.key)).arrayBuffer()),
    widthPx: image.widthPx,
    heightPx: image.heightPx,
    size: image.bytes,
    mimeType: picture.headers.get('content-type') ?? '',
    fileName,
    altText,
    blurhash: image.blurhash,
  };
}
