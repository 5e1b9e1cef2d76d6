import type { PlatformMemory } from '#core/ports.ts';
import type { RichText } from '#core/rich-text.ts';

import type { Chores } from './chores.ts';
import type { BotClient } from './client.ts';
import { noticeContent } from './content.ts';
import { isOwnEvent, objectAt, textAt, type RawObject } from './raw.ts';

export type EncryptedRoomsOptions = {
  readonly client: BotClient;
  readonly ownUserId: string;
  readonly memory: PlatformMemory;
  readonly chores: Chores;
  /** What the room is told, in its language. */
  readonly text: (roomId: string) => RichText;
};

/** Tells an encrypted room once, unencrypted, that the bot can't read it. Nothing else is ever sent there. */
export class EncryptedRooms {
  readonly #options: EncryptedRoomsOptions;

  constructor(options: EncryptedRoomsOptions) {
    this.#options = options;
  }

  /** Looks whether `timeline`, of an encrypted room, has something that deserves the notice. */
  consider(roomId: string, timeline: readonly RawObject[]): void {
    const { client, ownUserId, memory, chores } = this.#options;
    const toldKey = `told-encrypted:${roomId}`;
    if (memory.get(toldKey) !== undefined || !timeline.some((event) => deservesNotice(event, ownUserId))) return;
    chores.add(toldKey, 'Telling an encrypted room that it can not be read', async () => {
      // The same transaction id for ever: a notice whose confirmation was lost isn't repeated.
      const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/send/m.room.message/${encodeURIComponent(toldKey)}`;
      await client.doRequest('PUT', path, null, noticeContent(this.#options.text(roomId)));
      memory.set(toldKey, 'yes');
    });
  }
}

function deservesNotice(event: RawObject, ownUserId: string): boolean {
  switch (event['type']) {
    case 'm.room.encryption':
      return true;
    case 'm.room.encrypted':
    case 'm.room.message':
      return !isOwnEvent(event, ownUserId);
    case 'm.room.member':
      return event['state_key'] === ownUserId && textAt(objectAt(event, 'content'), 'membership') === 'join';
    default:
      return false;
  }
}
