import { eventId, roomId as asRoomId, userId } from '#core/types.ts';
import { MatrixPlatform } from '#src/chat/matrix/matrix-platform.ts';

import type { ChatHarness } from '../../contract/chat-harness.ts';
import { RecordingInbox } from '../../contract/recording-inbox.ts';
import { Person } from '../../e2e/synapse/person.ts';
import { seenMessages } from '../../e2e/synapse/seen.ts';
import type { Synapse } from '../../e2e/synapse/server.ts';
import { eventually, matrixOptions } from './fakes.ts';

let lastBot = 0;

/** A bot of its own on `synapse` with one room, made by an administrator, in which a plain member is the person. */
export async function matrixHarness(synapse: Synapse): Promise<ChatHarness> {
  lastBot += 1;
  const bot = await synapse.registerUser(`bot${lastBot}`);
  const owner = new Person(synapse.url, await synapse.registerUser(`owner${lastBot}`));
  const guest = new Person(synapse.url, await synapse.registerUser(`guest${lastBot}`));
  const options = matrixOptions({
    homeserverUrl: synapse.url,
    accessToken: bot.accessToken,
    allowedInviters: { users: [owner.userId], servers: [], rooms: [] },
  });
  const inbox = new RecordingInbox();
  let platform = new MatrixPlatform(options);
  await platform.start(inbox);
  const room = await owner.createRoom({ invite: [bot.userId, guest.userId] });
  await guest.join(room);
  await eventually(async () => (await owner.members(room)).includes(bot.userId));
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
      redact: async (target) => void (await guest.redact(room, target)),
      seeMessages: () => seenMessages(guest, room, bot.userId),
    },
    storeImage: (png, jpeg, about) => options.images.store(png, jpeg, about),
    sendFileAs: async (_person, { text, ...file }) => eventId(await guest.sendFile(room, file, text)),
    storeFile: (bytes, extension) => options.images.put(bytes, extension),
    async restart(whileDown) {
      await platform.close();
      await whileDown?.();
      platform = new MatrixPlatform(options);
      await platform.start(inbox);
    },
    stop: () => platform.close(),
  };
}
