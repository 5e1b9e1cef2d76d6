import type { OlmMachine } from '@matrix-org/matrix-sdk-crypto-wasm';

import { HomeserverError, isNotFound } from '../homeserver-error.ts';
import { objectAt, textAt } from '../../common/raw.ts';
import type { Ask } from './identity-upload.ts';
import { isSignedBy } from './signed-json.ts';

/** How everybody else sees the bot's device, by the homeserver's word and the signatures on it. */
export type PublicDevice = {
  /** Its ed25519 key, unpadded base64; `undefined` where it has put none on the server. */
  readonly ed25519: string | undefined;
  /** The account has a signing identity. */
  readonly hasIdentity: boolean;
  /** The identity's own keys and the device's are signed as they should be: people see it as verified by its owner. */
  readonly isVerified: boolean;
};

export type OwnIds = { readonly userId: string; readonly deviceId: string };

/** Asks the homeserver, with nothing but the token. Rejects with a `HomeserverError`. */
export async function lookAtOwnDevice(ask: Ask, { userId, deviceId }: OwnIds): Promise<PublicDevice> {
  const body = { device_keys: { [userId]: [] } };
  const answer = await ask({ method: 'POST', path: '/_matrix/client/v3/keys/query', body });
  const device = objectAt(objectAt(objectAt(answer, 'device_keys'), userId), deviceId);
  const master = objectAt(objectAt(answer, 'master_keys'), userId);
  const selfSigning = objectAt(objectAt(answer, 'self_signing_keys'), userId);
  const masterKey = keyOf(master);
  const selfSigningKey = keyOf(selfSigning);
  return {
    ed25519: textAt(objectAt(device, 'keys'), `ed25519:${deviceId}`),
    hasIdentity: masterKey !== undefined,
    isVerified:
      masterKey !== undefined &&
      selfSigningKey !== undefined &&
      isSignedBy(selfSigning, userId, masterKey) &&
      isSignedBy(device, userId, selfSigningKey),
  };
}

/** A signing key's object holds one key, named for itself. */
function keyOf(signingKey: unknown): string | undefined {
  const [entry] = Object.entries(objectAt(signingKey, 'keys'));
  return entry !== undefined && entry[0] === `ed25519:${String(entry[1])}` ? String(entry[1]) : undefined;
}

/** The device is known to everybody with keys that this store doesn't hold. `message` is one sentence that says what to do. */
export class DeviceKeysLostError extends Error {
  override readonly name = 'DeviceKeysLostError';

  /** Where there are `others`, they are in the way of a new device. */
  constructor(found: 'absent' | 'others') {
    super(
      found === 'absent'
        ? 'The keys of the bot’s Matrix device are not in its data folder any more: put a backup of the folder in place, or log the bot in again and set the new access token, which makes a new device'
        : 'The data folder holds other keys (matrix/crypto.sqlite) than those of the bot’s Matrix device: put a backup of the folder in place, or move that file away, log the bot in again and set the new access token, which makes a new device',
    );
  }
}

/**
 * To be asked before the machine sends anything: a device whose keys change is refused by everybody who has seen it, so
 * a store that was lost needs a new device. Rejects with a `DeviceKeysLostError`, or with a `HomeserverError`.
 */
export async function assertOwnKeys(ask: Ask, machine: OlmMachine): Promise<void> {
  const ids = { userId: machine.userId.toString(), deviceId: machine.deviceId.toString() };
  const { ed25519 } = await lookAtOwnDevice(ask, ids);
  if (ed25519 !== undefined && ed25519 !== machine.identityKeys.ed25519.toBase64()) throw new DeviceKeysLostError('others');
}

/** What people read beside the device in their lists of sessions. */
export const deviceName = 'Blitzbild';

/** Gives the device a name where it has none; a name that somebody chose stays. Resolves with the name. Rejects with a `HomeserverError`. */
export async function nameOwnDevice(ask: Ask, deviceId: string): Promise<string> {
  const path = `/_matrix/client/v3/devices/${encodeURIComponent(deviceId)}`;
  const name = textAt(await ask({ method: 'GET', path }), 'display_name')?.trim();
  if (name !== undefined && name !== '') return name;
  await ask({ method: 'PUT', path, body: { display_name: deviceName } });
  return deviceName;
}

const accountDataPath = (userId: string, type: string): string =>
  `/_matrix/client/v3/user/${encodeURIComponent(userId)}/account_data/${encodeURIComponent(type)}`;

/** Something of the account's own that the server keeps; `undefined` where it has none. Rejects with a `HomeserverError`. */
export async function accountData(ask: Ask, userId: string, type: string): Promise<unknown> {
  try {
    return await ask({ method: 'GET', path: accountDataPath(userId, type) });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Rejects with a `HomeserverError`. */
export async function setAccountData(ask: Ask, userId: string, type: string, content: object): Promise<void> {
  await ask({ method: 'PUT', path: accountDataPath(userId, type), body: content });
}

/** Whose token it is. Rejects with a `HomeserverError`, for a token without a device as well: such a one can't encrypt. */
export async function whoAmI(ask: Ask): Promise<OwnIds> {
  const answer = await ask({ method: 'GET', path: '/_matrix/client/v3/account/whoami' });
  const userId = textAt(answer, 'user_id');
  const deviceId = textAt(answer, 'device_id');
  if (userId === undefined) throw new HomeserverError('the answer to «who am I» holds no user id; is this a Matrix homeserver?');
  if (deviceId === undefined || deviceId === '') {
    throw new HomeserverError(
      'the access token belongs to no device, so nothing can be encrypted with it: log the bot in and set that token',
    );
  }
  return { userId, deviceId };
}
