import { randomBytes } from 'node:crypto';

import { isObject, objectAt, textAt } from '../../common/raw.ts';
import { hasPrivateKeys, refresh, signOwnDevice, type CrossSigningParts, type Standing } from './cross-signing.ts';
import type { Ask } from './identity-upload.ts';
import { accountData, setAccountData } from './own-device.ts';
import { readRecoveryKey, recoveryKeyText } from './recovery-key.ts';
import { decryptSecret, describeKey, encryptSecret, fitsDescription, keyOfPhrase, secretAlgorithm } from './recovery-secrets.ts';

/** It can't be done as things are. `message` is one sentence that says why and what to do instead. */
export class RecoveryError extends Error {
  override readonly name = 'RecoveryError';
}

const defaultKey = 'm.secret_storage.default_key';
const descriptionOf = (keyId: string): string => `m.secret_storage.key.${keyId}`;
const secretNames = ['m.cross_signing.master', 'm.cross_signing.self_signing', 'm.cross_signing.user_signing'] as const;

/**
 * Whether the account's identity can be recovered with a recovery key that somebody has, as far as the homeserver's
 * account data tells. Rejects with a `HomeserverError`.
 */
export async function hasRecovery(ask: Ask, userId: string): Promise<boolean> {
  const keyId = textAt(await accountData(ask, userId, defaultKey), 'key');
  if (keyId === undefined) return false;
  const secret = await accountData(ask, userId, secretNames[0]);
  return isObject(objectAt(secret, 'encrypted')[keyId]);
}

/**
 * Puts the private signing keys, encrypted, into Matrix's own secret storage, where Element looks for them too.
 * Resolves with the recovery key that opens them, which is kept nowhere; an earlier one opens nothing any more.
 * Rejects with a `RecoveryError`, or with a `HomeserverError` (then it may be repeated, with `replace`).
 * @param replace without it, an account that has a recovery key already keeps it
 */
export async function exportKeys(parts: CrossSigningParts, { replace }: { readonly replace: boolean }): Promise<string> {
  const { machine, ask } = parts;
  await refresh(parts);
  const secrets = await privateKeys(parts);
  const userId = machine.userId.toString();
  if (!replace && (await hasRecovery(ask, userId))) {
    throw new RecoveryError(
      'The account has a recovery key already, and it goes on working: keep that one, or add --replace to make a new one, with which the earlier one stops working',
    );
  }
  const key = randomBytes(32);
  const keyId = randomBytes(16).toString('base64url');
  await setAccountData(ask, userId, descriptionOf(keyId), describeKey(key));
  for (const [name, secret] of secrets) {
    await setAccountData(ask, userId, name, { encrypted: { [keyId]: encryptSecret(key, name, secret) } });
  }
  // Last: a run that breaks off before leaves the earlier key named, and no secret for it, which a second run mends.
  await setAccountData(ask, userId, defaultKey, { key: keyId });
  return recoveryKeyText(key);
}

/**
 * Fetches the private signing keys from the account's secret storage and signs the bot's device with them.
 * Rejects with a `RecoveryError`, or with a `HomeserverError`.
 * @param typed the recovery key, or the phrase that Element calls a security phrase
 */
export async function importKeys(parts: CrossSigningParts, typed: string): Promise<Standing> {
  const { machine, ask } = parts;
  const userId = machine.userId.toString();
  const keyId = textAt(await accountData(ask, userId, defaultKey), 'key');
  if (keyId === undefined) {
    throw new RecoveryError(
      'The account has no recovery key: nothing was stored to be imported; «blitzbild keys reset» makes a new identity',
    );
  }
  const description = await accountData(ask, userId, descriptionOf(keyId));
  const key = await keyFrom(typed, description);
  const secrets = new Map<string, string>();
  for (const name of secretNames) {
    const stored = await accountData(ask, userId, name);
    const secret = decryptSecret(key, name, objectAt(stored, 'encrypted')[keyId]);
    if (secret === undefined) {
      throw new RecoveryError(
        'The recovery key is right, but it opens no signing keys: somebody began a new identity since; import with that one’s recovery key, or run «blitzbild keys reset»',
      );
    }
    secrets.set(name, secret);
  }
  await refresh(parts);
  await takeOver(parts, secrets);
  return signOwnDevice(parts);
}

/** After a new identity was begun: what the earlier recovery key opens is of no use any more. Rejects with a `HomeserverError`. */
export async function forgetRecovery(ask: Ask, userId: string): Promise<void> {
  if (!(await hasRecovery(ask, userId))) return;
  for (const name of secretNames) await setAccountData(ask, userId, name, {});
}

async function privateKeys({ machine }: CrossSigningParts): Promise<readonly (readonly [name: string, secret: string])[]> {
  const keys = await machine.exportCrossSigningKeys();
  const secrets = [keys?.masterKey, keys?.self_signing_key, keys?.userSigningKey];
  return secretNames.map((name, index) => {
    const secret = secrets[index];
    if (secret === undefined) {
      throw new RecoveryError(
        'There are no private signing keys in the data folder to be exported: start the bot once, or see «blitzbild keys status»',
      );
    }
    return [name, secret];
  });
}

async function keyFrom(typed: string, description: unknown): Promise<Uint8Array> {
  const algorithm = textAt(description, 'algorithm');
  if (algorithm !== secretAlgorithm) {
    throw new RecoveryError('The account’s secret storage is of a kind that Blitzbild does not know: make a new recovery key with Element');
  }
  const key = readRecoveryKey(typed) ?? (await keyOfPhrase(typed.trim(), description));
  if (key === undefined) {
    throw new RecoveryError(
      'That is no recovery key: it has 48 letters and digits in groups of four, such as EsTc LW2K …; look for a letter that was left out or mistaken',
    );
  }
  if (!fitsDescription(key, description)) {
    throw new RecoveryError('That recovery key is not the one of this account: type the newest one, or check the token’s account');
  }
  return key;
}

/** The machine takes only keys that belong to the identity which the homeserver shows. */
async function takeOver({ machine }: CrossSigningParts, secrets: ReadonlyMap<string, string>): Promise<void> {
  const [master, selfSigning, userSigning] = secretNames.map((name) => secrets.get(name));
  const foreign = new RecoveryError(
    'The recovery key opens the keys of an earlier identity of the account: somebody began a new one since; import with that one’s recovery key, or run «blitzbild keys reset»',
  );
  try {
    await machine.importCrossSigningKeys(master, selfSigning, userSigning);
  } catch {
    throw foreign;
  }
  if (!(await hasPrivateKeys(machine))) throw foreign;
}
