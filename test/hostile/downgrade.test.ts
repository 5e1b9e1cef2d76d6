/** Threat: a room of the homeserver's making that replaces an encrypted one, so that what is left to be said is said in the clear. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeliveryError } from '#core/errors.ts';
import type { Delivery } from '#core/ports.ts';
import { paragraph } from '#core/rich-text.ts';
import { roomId } from '#core/types.ts';
import { HomeserverError } from '#src/chat/matrix/homeserver-error.ts';
import { Sender, type SenderOptions } from '#src/chat/matrix/sender.ts';

const [before, after] = [roomId('!before:home.test'), roomId('!after:home.test')];
const delivery: Delivery = { transactionId: 't', roomId: before, content: { kind: 'text', text: [paragraph('a red fox')] } };

/** Where the message ended up, in words; the server takes nothing in the first room. */
async function sentTo(encrypted: readonly string[]): Promise<readonly string[]> {
  const sent: string[] = [];
  const parts = {
    ownUserId: '@bot:home.test',
    rooms: { isEncrypted: async (room: string) => encrypted.includes(room) },
    earlier: { mayBeForgotten: () => false },
    upgrades: { redirected: async (told: Delivery) => ({ ...told, roomId: after }) },
    encrypt: async () => ({ type: 'm.room.encrypted', content: { ciphertext: 'x' } }),
    client: {
      doRequest: async (_method: string, path: string, _query: unknown, content: object) => {
        if (path.includes(encodeURIComponent(before))) throw new HomeserverError('no', { status: 403, errcode: 'M_FORBIDDEN' });
        sent.push(JSON.stringify(content).includes('fox') ? 'in the clear' : 'encrypted');
        return { event_id: '$1' };
      },
    },
  } as unknown as SenderOptions;
  await new Sender(parts).send(delivery).catch((error: unknown) => {
    assert.ok(error instanceof DeliveryError && error.failure === 'rejected', String(error));
    sent.push('refused');
  });
  return sent;
}

test('what was asked for in an encrypted room is told in the one that replaces it only where that is encrypted too', async () => {
  assert.deepEqual(await sentTo([before, after]), ['encrypted']);
  assert.deepEqual(await sentTo([before]), ['refused']);
  assert.deepEqual(await sentTo([after]), ['encrypted']);
  assert.deepEqual(await sentTo([]), ['in the clear']);
});
