import {
  DecryptionErrorCode,
  DecryptionSettings,
  MegolmDecryptionError,
  RoomId,
  ShieldStateCode,
  type OlmMachine,
} from '@matrix-org/matrix-sdk-crypto-wasm';

import type { UnreadableCause } from '#core/incoming.ts';

import { isObject, jsonOf, objectAt, textAt, type RawObject } from '../../common/raw.ts';
import { supportedAlgorithm, trustOf, type Sharing } from './sharing.ts';

export type Decrypted =
  /** The event as if it had been sent in the clear; id, sender and time are the outer event's. */
  | { readonly kind: 'clear'; readonly event: RawObject }
  /** It can't be read, now; `mayPass` where keys that come later may change that, `asksForDevice` where knowing its sender's devices may. */
  | { readonly kind: 'unreadable'; readonly cause: UnreadableCause; readonly mayPass: boolean; readonly asksForDevice?: true }
  /** Not what it says it is: nobody answers it. */
  | { readonly kind: 'refused'; readonly why: string };

/** What stands encrypted in rooms and means something to the bot. */
const understood = new Set(['m.room.message', 'm.reaction']);

/** Reads an `m.room.encrypted` event of a room's timeline. Rejects only where the library itself is broken. */
export async function decrypt(machine: OlmMachine, roomId: string, event: RawObject, sharing: Sharing): Promise<Decrypted> {
  const content = objectAt(event, 'content');
  if (textAt(content, 'algorithm') !== supportedAlgorithm) {
    // A deleted event has no content, and nothing to be read.
    return Object.keys(content).length === 0
      ? { kind: 'refused', why: 'the event was deleted' }
      : { kind: 'unreadable', cause: 'damaged', mayPass: false };
  }
  try {
    const json = jsonOf(event);
    if (json === undefined) return { kind: 'unreadable', cause: 'damaged', mayPass: false };
    const settings = new DecryptionSettings(trustOf(sharing));
    const decrypted = await machine.decryptRoomEvent(json, new RoomId(roomId), settings);
    const { code } = decrypted.shieldState(true);
    if (code === ShieldStateCode.MismatchedSender)
      return { kind: 'refused', why: 'the event was encrypted by somebody other than its sender' };
    // Whose session it is nobody knows: whoever runs the server could have put any name on it.
    if (code === ShieldStateCode.UnknownDevice) return { kind: 'unreadable', cause: 'key_missing', mayPass: true, asksForDevice: true };
    return checked(JSON.parse(decrypted.event) as unknown, roomId, event);
  } catch (error) {
    if (!(error instanceof MegolmDecryptionError)) throw error;
    return unreadable(error);
  }
}

function checked(clear: unknown, roomId: string, event: RawObject): Decrypted {
  const claimedRoom = textAt(clear, 'room_id');
  if (claimedRoom !== undefined && claimedRoom !== roomId) return { kind: 'refused', why: 'the event was encrypted for another room' };
  const type = textAt(clear, 'type');
  if (!isObject(clear) || type === undefined || !understood.has(type)) {
    return { kind: 'refused', why: 'the event holds nothing for the bot' };
  }
  const outer = objectAt(objectAt(event, 'content'), 'm.relates_to');
  const inner = objectAt(clear, 'content');
  const isRelated = inner['m.relates_to'] !== undefined || Object.keys(outer).length === 0;
  return { kind: 'clear', event: { ...event, type, content: isRelated ? inner : { ...inner, 'm.relates_to': outer } } };
}

function unreadable(error: MegolmDecryptionError): Decrypted {
  const { code, withheldCode } = error;
  switch (code) {
    case DecryptionErrorCode.MissingRoomKey:
    case DecryptionErrorCode.UnknownMessageIndex:
      return { kind: 'unreadable', cause: withheldCode === undefined ? 'key_missing' : 'key_withheld', mayPass: true };
    case DecryptionErrorCode.UnknownSenderDevice:
    case DecryptionErrorCode.UnsignedSenderDevice:
    case DecryptionErrorCode.SenderIdentityVerificationViolation:
      // The owner may sign the device yet, or its list of devices is on the way.
      return { kind: 'unreadable', cause: 'device_unverified', mayPass: true, asksForDevice: true };
    case DecryptionErrorCode.MismatchedSender:
      return { kind: 'refused', why: 'the event was encrypted by somebody other than its sender' };
    case DecryptionErrorCode.MismatchedIdentityKeys:
    case DecryptionErrorCode.UnableToDecrypt:
      return { kind: 'unreadable', cause: 'damaged', mayPass: false };
  }
}
