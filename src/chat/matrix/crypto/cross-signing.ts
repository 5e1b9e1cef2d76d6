import { DeviceId, OlmMachine, RequestType, UserId, type CrossSigningBootstrapRequests } from '@matrix-org/matrix-sdk-crypto-wasm';

import { HomeserverError } from '../homeserver-error.ts';
import { reason, type Log } from '../../common/log.ts';
import type { RawObject } from '../../common/raw.ts';
import { ConfirmationNeededError, uploadIdentity, type Account, type Ask } from './identity-upload.ts';
import { quiet } from './open-machine.ts';
import type { OutgoingRequest, Requests } from './outgoing.ts';
import { lookAtOwnDevice, nameOwnDevice, type PublicDevice } from './own-device.ts';

export type CrossSigningParts = {
  readonly machine: OlmMachine;
  readonly send: Requests;
  readonly ask: Ask;
  /** Of the bot's account, for homeservers that want it before they take new signing keys. */
  readonly password?: string | undefined;
};

export type Standing =
  /** People see the device as verified by its owner. `did` says what was needed for it. */
  | { readonly kind: 'verified'; readonly did: 'nothing' | 'signed' | 'uploaded' }
  /** The account's identity was made elsewhere: only whoever has its private keys can sign. */
  | { readonly kind: 'keys-missing' }
  /** The homeserver wants a person first; `sentence` says what to do. */
  | { readonly kind: 'unconfirmed'; readonly sentence: string };

/** What to do where the identity's private keys are elsewhere; one sentence without its full stop. */
export const keysMissingAdvice =
  'The bot’s account has a signing identity whose private keys are not in its data folder: stop the bot and run «blitzbild keys import» with the account’s recovery key, or «blitzbild keys reset» to begin a new identity, which everybody who verified the bot has to confirm';

/**
 * Sees to it that the bot's device is signed by its account's identity, which is made at the first start. Safe to
 * repeat: what is there is kept, an upload that was interrupted goes on with the same keys, and an identity that was
 * made elsewhere is never replaced. Rejects with a `HomeserverError` where the homeserver can't be asked.
 */
export async function signOwnDevice(parts: CrossSigningParts): Promise<Standing> {
  const { machine, send } = parts;
  await refresh(parts);
  // The machine knows an identity from the moment it made one; only the homeserver knows whether it has it.
  const seen = await look(parts);
  const hasKeys = await hasPrivateKeys(machine);
  if (seen.hasIdentity && !hasKeys) return { kind: 'keys-missing' };
  if (!seen.hasIdentity) return upload(parts, await machine.bootstrapCrossSigning(!hasKeys));
  if (seen.isVerified) return { kind: 'verified', did: 'nothing' };
  await sendDeviceKeys(parts);
  const device = await machine.getDevice(new UserId(machine.userId.toString()), machine.deviceId);
  if (device === undefined) throw new HomeserverError('the homeserver does not know the bot’s device yet');
  await send(await device.verify());
  return verified(parts, 'signed');
}

/**
 * Begins a new identity, whatever there was. Everybody who verified the bot is warned by their client. The store keeps
 * the earlier one's keys until the homeserver has taken the new one. Rejects with a `HomeserverError` where it can't be
 * asked; then it may be repeated.
 */
export async function replaceIdentity(parts: CrossSigningParts): Promise<Standing> {
  const { machine, ask, password } = parts;
  const userId = machine.userId.toString();
  // The machine itself would forget the earlier keys at once, and a homeserver that says no would leave it with none.
  const maker = await OlmMachine.initialize(new UserId(userId), new DeviceId('maker'), undefined, undefined, quiet);
  const { uploadSigningKeysRequest } = await maker.bootstrapCrossSigning(true);
  const keys = await maker.exportCrossSigningKeys();
  maker.close();
  const refused = await uploadPublic(ask, uploadSigningKeysRequest.body, { userId, password });
  if (refused !== undefined) return refused;
  await refresh(parts);
  await machine.importCrossSigningKeys(keys?.masterKey, keys?.self_signing_key, keys?.userSigningKey);
  const standing = await signOwnDevice(parts);
  return standing.kind === 'verified' ? { kind: 'verified', did: 'uploaded' } : standing;
}

/** The same as `signOwnDevice` for the bot itself: says in the log what it did and what somebody has to do, unless that was `told`. */
export async function ensureCrossSigned({
  log,
  told,
  ...parts
}: CrossSigningParts & { readonly log: Log; readonly told?: Standing['kind'] | undefined }): Promise<Standing> {
  const standing = await signOwnDevice(parts);
  if (standing.kind === told) return standing;
  if (standing.kind === 'keys-missing') log.warn({}, `${keysMissingAdvice}. Until then people see the bot’s device as unverified`);
  if (standing.kind === 'unconfirmed') log.warn({}, `The bot’s Matrix device is not verified: ${standing.sentence}`);
  if (standing.kind === 'verified' && standing.did !== 'nothing') {
    log.info({}, 'The bot’s Matrix device is verified; «blitzbild keys export» makes a recovery key for the day its data folder is lost');
  }
  // A matter of looks: no reason to do everything again.
  await nameOwnDevice(parts.ask, parts.machine.deviceId.toString()).catch((error: unknown) => {
    log.info({ reason: reason(error) }, 'The bot’s Matrix device could not be given a name');
  });
  return standing;
}

/** Asks the homeserver for the account's own keys; the machine drops private ones that belong to another identity. */
export async function refresh({ machine, send }: Pick<CrossSigningParts, 'machine' | 'send'>): Promise<void> {
  await send(machine.queryKeysForUsers([new UserId(machine.userId.toString())]));
}

export async function hasPrivateKeys(machine: OlmMachine): Promise<boolean> {
  const { hasMaster, hasSelfSigning, hasUserSigning } = await machine.crossSigningStatus();
  return hasMaster && hasSelfSigning && hasUserSigning;
}

async function upload(parts: CrossSigningParts, requests: CrossSigningBootstrapRequests): Promise<Standing> {
  const { machine, ask, send, password } = parts;
  if (requests.uploadKeysRequest !== undefined) await send(requests.uploadKeysRequest as OutgoingRequest);
  const refused = await uploadPublic(ask, requests.uploadSigningKeysRequest.body, { userId: machine.userId.toString(), password });
  if (refused !== undefined) return refused;
  await send(requests.uploadSignaturesRequest);
  return verified(parts, 'uploaded');
}

async function uploadPublic(ask: Ask, body: string, account: Account): Promise<Standing | undefined> {
  try {
    await uploadIdentity(ask, JSON.parse(body) as RawObject, account);
    return undefined;
  } catch (error) {
    if (error instanceof ConfirmationNeededError) return { kind: 'unconfirmed', sentence: error.message };
    throw error;
  }
}

async function verified(parts: CrossSigningParts, did: 'signed' | 'uploaded'): Promise<Standing> {
  await refresh(parts);
  // The server says «200» to signatures that it didn't take.
  if (!(await look(parts)).isVerified) throw new HomeserverError('the homeserver did not take the signature of the bot’s device');
  return { kind: 'verified', did };
}

/** What everybody sees of this device; another one under its name doesn't count. */
async function look({ ask, machine }: CrossSigningParts): Promise<PublicDevice> {
  const seen = await lookAtOwnDevice(ask, { userId: machine.userId.toString(), deviceId: machine.deviceId.toString() });
  return { ...seen, isVerified: seen.isVerified && seen.ed25519 === machine.identityKeys.ed25519.toBase64() };
}

/** A signature of a device that the server doesn't know goes nowhere. */
async function sendDeviceKeys({ machine, send }: CrossSigningParts): Promise<void> {
  for (const request of await machine.outgoingRequests()) {
    if (request.type === RequestType.KeysUpload) await send(request);
  }
}
