import { eventId, roomId as asRoomId, userId } from '#core/types.ts';
import { MatrixPlatform } from '#src/chat/matrix/matrix-platform.ts';

import type { ChatHarness } from '../../contract/chat-harness.ts';
import { RecordingInbox } from '../../contract/recording-inbox.ts';
import { encryptFile } from '../../e2e/synapse/encrypted-file.ts';
import { EncryptedPerson } from '../../e2e/synapse/encrypted-person.ts';
import { Person, type RawEvent } from '../../e2e/synapse/person.ts';
import { seenMessages, type Reader } from '../../e2e/synapse/seen.ts';
import type { Synapse } from '../../e2e/synapse/server.ts';
import { eventually, matrixOptions } from './fakes.ts';

let lastBot = 0;

/** As `matrixHarness`, in an encrypted room, with somebody who has another client with keys of its own. */
export async function encryptedHarness(synapse: Synapse): Promise<ChatHarness> {
  lastBot += 1;
  const bot = await synapse.registerUser(`sealed-bot${lastBot}`);
  const owner = new Person(synapse.url, await synapse.registerUser(`sealed-owner${lastBot}`));
  const guest = await EncryptedPerson.start(synapse.url, await synapse.registerUser(`sealed-guest${lastBot}`));
  const options = matrixOptions({
    homeserverUrl: synapse.url,
    accessToken: bot.accessToken,
    allowedInviters: { users: [owner.userId], servers: [], rooms: [] },
  });
  const inbox = new RecordingInbox();
  let platform = new MatrixPlatform(options);
  await platform.start(inbox);
  const room = await owner.createRoom({ invite: [bot.userId, guest.userId], encrypted: true });
  await guest.plain.join(room);
  await eventually(async () => (await owner.members(room)).includes(bot.userId));
  const reader: Reader = {
    // Not before this client has what the server has: its sync may be a moment behind.
    events: async (id) => {
      const isMessage = ({ type, content, sender }: RawEvent): boolean =>
        sender === bot.userId && ['m.room.encrypted', 'm.reaction'].includes(type) && Object.keys(content).length > 0;
      const onServer = (await guest.plain.events(id)).filter(isMessage).map((event) => event.event_id);
      return eventually(() => {
        const read = guest.events(id);
        return onServer.every((event) => read.some((each) => each.event_id === event && each.type !== 'm.room.encrypted')) && read;
      });
    },
    download: async (address) => guest.plain.download(address),
    open: async (file) => (await guest.read(file)).bytes,
  };
  return {
    get platform() {
      return platform;
    },
    inbox,
    roomId: asRoomId(room),
    supports: { redaction: true, messagesWhileDown: true },
    person: {
      userId: userId(guest.userId),
      isAdmin: false,
      send: async (text, place) => eventId(await guest.say(room, text, place)),
      react: async (target, emoji) => eventId(await guest.react(room, target, emoji)),
      redact: async (target) => void (await guest.plain.redact(room, target)),
      seeMessages: () => seenMessages(reader, room, bot.userId),
    },
    storeImage: (png, jpeg, about) => options.images.store(png, jpeg, about),
    async sendFileAs(_person, { name, mimeType, bytes, text }) {
      const encrypted = encryptFile(bytes);
      return eventId(
        await guest.send(room, {
          msgtype: mimeType.startsWith('image/') ? 'm.image' : 'm.file',
          body: text || name,
          filename: name,
          file: encrypted.describe(await guest.plain.upload(encrypted.bytes, 'application/octet-stream')),
          info: { mimetype: mimeType, size: bytes.length },
        }),
      );
    },
    storeFile: (bytes, extension) => options.images.put(bytes, extension),
    async restart(whileDown) {
      await platform.close();
      await whileDown?.();
      platform = new MatrixPlatform(options);
      await platform.start(inbox);
    },
    async stop() {
      await platform.close();
      await guest[Symbol.asyncDispose]();
    },
  };
}
