import { eventId, roomId as asRoomId, userId } from '#core/types.ts';
import { MatrixPlatform } from '#src/chat/matrix/matrix-platform.ts';

import type { ChatHarness } from '../../contract/chat-harness.ts';
import { RecordingInbox } from '../../contract/recording-inbox.ts';
import { Person } from '../../e2e/synapse/person.ts';
import { seenMessages } from '../../e2e/synapse/seen.ts';
import type { Synapse } from '../../e2e/synapse/server.ts';
import { eventually, matrixOptions } from './fakes.ts';

let lastBot = 0;
let lastGuest = 0;

/** A bot of its own on `synapse` with one room, made by an administrator, in which a plain member is the person. */
export async function matrixHarness(synapse: Synapse): Promise<ChatHarness> {
  lastGuest += 1;
  const guest = new Person(synapse.url, await synapse.registerUser(`guest${lastGuest}`));
  const { bot, room, harness } = await botInRoom(synapse, { guest });
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
      redact: async (target) => void (await guest.redact(room, target)),
      seeMessages: () => seenMessages(guest, room, bot.userId),
    },
    sendFileAs: async (_person, { text, ...file }) => eventId(await guest.sendFile(room, file, text)),
  };
}

/** What both harnesses share: a bot on `synapse`, in a room of an administrator's that `guest` has joined. */
export async function botInRoom(synapse: Synapse, { guest, encrypted = false }: { readonly guest: Person; readonly encrypted?: boolean }) {
  lastBot += 1;
  const bot = await synapse.registerUser(`bot${lastBot}`);
  const owner = new Person(synapse.url, await synapse.registerUser(`owner${lastBot}`));
  const options = matrixOptions({
    homeserverUrl: synapse.url,
    accessToken: bot.accessToken,
    allowedInviters: { users: [owner.userId], servers: [], rooms: [] },
  });
  const inbox = new RecordingInbox();
  let platform = new MatrixPlatform(options);
  await platform.start(inbox);
  const room = await owner.createRoom({ invite: [bot.userId, guest.userId], encrypted });
  await guest.join(room);
  await eventually(async () => (await owner.members(room)).includes(bot.userId));
  const harness = {
    get platform() {
      return platform;
    },
    inbox,
    roomId: asRoomId(room),
    supports: { redaction: true, messagesWhileDown: true, answersOutsideThreads: true, ownThumbnails: true },
    storeImage: (...image: Parameters<ChatHarness['storeImage']>) => options.images.store(...image),
    storeFile: (...file: Parameters<ChatHarness['storeFile']>) => options.images.put(...file),
    async restart(whileDown?: () => Promise<void>) {
      await platform.close();
      await whileDown?.();
      platform = new MatrixPlatform(options);
      await platform.start(inbox);
    },
    stop: () => platform.close(),
  } satisfies Partial<ChatHarness>;
  return { bot, room, harness };
}
