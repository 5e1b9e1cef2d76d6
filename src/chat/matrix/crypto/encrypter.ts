import { isDeepStrictEqual } from 'node:util';

import { RoomId, type OlmMachine } from '@matrix-org/matrix-sdk-crypto-wasm';

import { DeliveryError } from '#core/errors.ts';
import { reach } from '#core/failpoints.ts';

import type { OutgoingEvent } from '../content.ts';
import { isRefusal, toDeliveryError } from '../homeserver-error.ts';
import { reason, type Log } from '../../common/log.ts';
import { isObject, type RawObject } from '../../common/raw.ts';
import type { Rooms } from '../rooms.ts';
import { Line, LinePerRoom } from './line.ts';
import type { OutgoingQueue } from './outgoing-queue.ts';
import type { Requests } from './outgoing.ts';
import { isSupported, settingsOf, type Sharing } from './sharing.ts';
import { isForWantOfSignature } from './signed-device.ts';
import { usersOf } from './user-ids.ts';

export type EncrypterOptions = {
  readonly machine: OlmMachine;
  readonly send: Requests;
  readonly outgoing: OutgoingQueue;
  readonly rooms: Rooms;
  readonly sharing: Sharing;
  readonly log: Log;
  /** The library refuses to write while this device is not signed. */
  readonly onUnsigned: () => void;
};

type Wanted = { readonly encryption: RawObject; readonly visibility: string; readonly readers: ReadonlySet<string> };

/** So often people may come or go while the room's keys are on their way to them. */
const mostAttempts = 3;

/** Events for encrypted rooms, readable for their members and for nobody else. */
export class Encrypter {
  readonly #options: EncrypterOptions;
  /** Messages of a room leave in their order, and its keys are shared by one of them. */
  readonly #rooms = new LinePerRoom();
  /** One-time keys are claimed once for a device, whichever rooms it is in. */
  readonly #claims = new Line();
  readonly #toldUnsupported = new Set<string>();

  constructor(options: EncrypterOptions) {
    this.#options = options;
  }

  /**
   * The event as it may be sent to the room, after everybody there has the key to it. Rejects with a `DeliveryError`
   * while anything that this needs is not known, so that nothing leaves in the clear; `rejected` where the room wants
   * an encryption that the bot does not have.
   */
  async encrypt(roomId: string, event: OutgoingEvent): Promise<OutgoingEvent> {
    return this.#rooms.run(roomId, async () => {
      await this.#share(roomId);
      reach('crypto.shared');
      const content = JSON.stringify(event.content);
      const encrypted = JSON.parse(await this.#options.machine.encryptRoomEvent(new RoomId(roomId), event.type, content)) as unknown;
      if (!isObject(encrypted)) throw new TypeError('the encryption library answered no object');
      return { type: 'm.room.encrypted', content: withRelation(encrypted, event.content) };
    });
  }

  /** Asking for devices takes a while, and who has left meanwhile gets no keys: then all of it begins anew. */
  async #share(roomId: string): Promise<void> {
    for (let attempt = 1; attempt <= mostAttempts; attempt += 1) {
      const wanted = await this.#wanted(roomId);
      if (await this.#shareAs(roomId, wanted)) return;
    }
    throw new DeliveryError('uncertain', 'the people of the room change faster than they can be given its keys');
  }

  /** To whom the room's keys go, and how. */
  async #wanted(roomId: string): Promise<Wanted> {
    const { rooms } = this.#options;
    const [encryption, visibility, readers] = await Promise.all([
      rooms.encryption(roomId),
      rooms.historyVisibility(roomId),
      rooms.readers(roomId),
    ]);
    if (!isSupported(encryption)) throw this.#unsupported(roomId);
    return { encryption, visibility, readers };
  }

  /** False where the room wants something else meanwhile; then nobody was given keys. */
  async #shareAs(roomId: string, wanted: Wanted): Promise<boolean> {
    const { machine, sharing, outgoing, send } = this.#options;
    const { encryption, visibility, readers } = wanted;
    try {
      await machine.updateTrackedUsers(usersOf(readers));
      await outgoing.devicesKnown();
      await this.#claims.run(async () => {
        const claim = await machine.getMissingSessions(usersOf(readers));
        if (claim !== null && claim !== undefined) await send(claim);
      });
      if (!isDeepStrictEqual(await this.#wanted(roomId), wanted)) return false;
      const settings = settingsOf(encryption, visibility, sharing);
      for (const request of await machine.shareRoomKey(new RoomId(roomId), usersOf(readers), settings)) await send(request);
      return true;
    } catch (error) {
      if (isForWantOfSignature(error)) this.#options.onUnsigned();
      // It is the keys that were refused, not the message: that is tried again.
      if (!isRefusal(error)) throw toDeliveryError(error);
      throw new DeliveryError('uncertain', `the room’s keys could not be shared: ${reason(error)}`, { cause: error });
    }
  }

  #unsupported(roomId: string): DeliveryError {
    if (!this.#toldUnsupported.has(roomId)) {
      this.#toldUnsupported.add(roomId);
      this.#options.log.error({ roomId }, 'A room wants an encryption that the bot does not have; nothing is sent there');
    }
    return new DeliveryError('rejected', 'the room wants an encryption that the bot does not have');
  }
}

/** Relations stand outside too, where the server needs them for threads and edits; nothing else does. */
function withRelation(encrypted: RawObject, content: RawObject): RawObject {
  const relation = content['m.relates_to'];
  return relation === undefined ? encrypted : { ...encrypted, 'm.relates_to': relation };
}
