import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { AppError, DeliveryError } from '#core/errors.ts';
import type { Delivery } from '#core/ports.ts';
import { eventId, roomId } from '#core/types.ts';
import type { BotClient } from '#src/chat/matrix/client.ts';
import type { EarlierMessages } from '#src/chat/matrix/earlier-message.ts';
import { HomeserverError } from '#src/chat/matrix/homeserver-error.ts';
import type { Media } from '#src/chat/matrix/media.ts';
import { Rooms } from '#src/chat/matrix/rooms.ts';
import { Sender, type SenderOptions } from '#src/chat/matrix/sender.ts';

import { ImagesInTest, MemoryInTest } from './fakes.ts';

const room = roomId('!room:small.test');
const began = { type: 'm.room.encryption', state_key: '', event_id: '$began', content: { algorithm: 'm.megolm.v1.aes-sha2' } };

const nothingEarlier: Pick<EarlierMessages, 'mayBeForgotten' | 'find'> = { mayBeForgotten: () => false, find: async () => undefined };

/** A room in the clear, and what the homeserver is told to say in it. `duringUpload` happens while a picture is on its way. */
function roomInTheClear(duringUpload: (rooms: Rooms) => void, earlier: Pick<EarlierMessages, 'mayBeForgotten' | 'find'> = nothingEarlier) {
  const sent: string[] = [];
  const uploadedFor: (string | undefined)[] = [];
  const client = {
    getRoomStateEvent: async () => {
      throw new HomeserverError('there is no such state', { status: 404, errcode: 'M_NOT_FOUND' });
    },
    doRequest: async (_method: string, path: string, _query: unknown, content: unknown) => {
      sent.push(`${path.split('/').at(-2)} ${JSON.stringify(content)}`);
      return { event_id: `$${sent.length}` };
    },
  } as unknown as BotClient;
  const rooms = new Rooms(client, new MemoryInTest());
  const media = {
    addresses: async (_image: unknown, encryptedRoom: string | undefined) => {
      uploadedFor.push(encryptedRoom);
      duringUpload(rooms);
      return { picture: { url: 'mxc://small.test/p' }, thumbnail: { url: 'mxc://small.test/t' } };
    },
  } as unknown as Media;
  const others: Pick<SenderOptions, 'threads' | 'earlier' | 'upgrades'> = {
    threads: { resolve: async () => undefined } as unknown as SenderOptions['threads'],
    earlier: earlier as SenderOptions['earlier'],
    upgrades: { redirected: async () => undefined } as unknown as SenderOptions['upgrades'],
  };
  const encrypt = async () => ({ type: 'm.room.encrypted', content: { ciphertext: 'sealed' } });
  return { sender: new Sender({ client, ownUserId: '@bot:small.test', rooms, media, encrypt, ...others }), rooms, sent, uploadedFor };
}

async function picture(): Promise<Delivery> {
  const about = { widthPx: 8, heightPx: 8 };
  const image = await new ImagesInTest().store(Buffer.from('png'), Buffer.from('jpeg'), about);
  return {
    transactionId: 't1',
    roomId: room,
    content: { kind: 'image', image, name: 'fox.png', altText: 'canary', caption: ['canary'] },
  } as unknown as Delivery;
}

describe('what is sent to a room', () => {
  it('does not leave in the clear where the room became encrypted while its picture was uploaded', async () => {
    let isEncrypted = false;
    const there = roomInTheClear((rooms) => {
      if (!isEncrypted) rooms.refresh(room, [began], false);
      isEncrypted = true;
    });
    const delivery = await picture();
    await assert.rejects(there.sender.send(delivery), (error) => error instanceof DeliveryError && error.failure === 'uncertain');
    assert.deepEqual(there.sent, []);
    assert.equal(await there.sender.send(delivery), '$1');
    assert.deepEqual(there.sent, ['m.room.encrypted {"ciphertext":"sealed"}']);
    assert.deepEqual(there.uploadedFor, [undefined, room], 'the picture is uploaded again, encrypted');
  });

  it('is looked for right before it leaves, where the server forgot about it while it was made ready', async () => {
    let hasSlept = false;
    const looked: string[] = [];
    const earlier = {
      mayBeForgotten: () => hasSlept,
      find: async ({ transactionId }: Delivery) => {
        looked.push(transactionId);
        return eventId('$there');
      },
    };
    const there = roomInTheClear(() => {
      hasSlept = true;
    }, earlier);
    assert.equal(await there.sender.send(await picture()), '$there');
    assert.deepEqual(looked, ['t1']);
    assert.deepEqual(there.sent, []);
  });

  it('leaves as it is where nothing changed meanwhile', async () => {
    const there = roomInTheClear(() => {});
    assert.equal(await there.sender.send(await picture()), '$1');
    assert.match(there.sent.join(), /^m\.room\.message .*canary/);
  });

  it('is given up where its picture is not in the bot’s own store any more, and tried again after any other trouble of the store’s', async () => {
    for (const [trouble, failure] of [
      [new AppError('picture_gone'), 'rejected'],
      [new Error('the disk does not answer'), 'uncertain'],
    ] as const) {
      const there = roomInTheClear(() => {
        throw trouble;
      });
      await assert.rejects(there.sender.send(await picture()), (error) => error instanceof DeliveryError && error.failure === failure);
      assert.deepEqual(there.sent, []);
    }
  });
});
