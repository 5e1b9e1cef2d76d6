import { eventId, userId } from '#core/types.ts';

import type { ChatHarness } from '../../contract/chat-harness.ts';
import { encryptFile } from '../../e2e/synapse/encrypted-file.ts';
import { EncryptedPerson } from '../../e2e/synapse/encrypted-person.ts';
import type { RawEvent } from '../../e2e/synapse/person.ts';
import { seenMessages, type Reader } from '../../e2e/synapse/seen.ts';
import type { Synapse } from '../../e2e/synapse/server.ts';
import { eventually } from './fakes.ts';
import { botInRoom } from './harness.ts';

let lastGuest = 0;

/** As `matrixHarness`, in an encrypted room, with somebody who has another client with keys of its own. */
export async function encryptedHarness(synapse: Synapse): Promise<ChatHarness> {
  lastGuest += 1;
  const guest = await EncryptedPerson.start(synapse.url, await synapse.registerUser(`sealed-guest${lastGuest}`));
  const { bot, room, harness } = await botInRoom(synapse, { guest: guest.plain, encrypted: true });
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
    ...harness,
    get platform() {
      return harness.platform;
    },
    person: {
      userId: userId(guest.userId),
      isAdmin: false,
      send: async (text, place) => eventId(await guest.say(room, text, place)),
      react: async (target, emoji) => eventId(await guest.react(room, target, emoji)),
      redact: async (target) => void (await guest.plain.redact(room, target)),
      seeMessages: () => seenMessages(reader, room, bot.userId),
    },
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
    async stop() {
      await harness.stop();
      await guest[Symbol.asyncDispose]();
    },
  };
}
