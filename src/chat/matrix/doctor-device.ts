import { keysMissingAdvice } from './crypto/cross-signing.ts';
import { DeviceKeysLostError, type PublicDevice } from './crypto/own-device.ts';
import type { Finding } from '../common/finding.ts';

/** What is known of the keys in the data folder. */
export type KeysInFolder =
  /** The bot has never run with encryption. */
  | { readonly kind: 'none' }
  /** A running bot holds them, so nobody else can look. */
  | { readonly kind: 'in-use' }
  /** `sentence` says why and what to do. */
  | { readonly kind: 'unusable'; readonly sentence: string }
  /** They are the device's; `hasPrivateKeys` tells whether the account's identity can be used with them. */
  | { readonly kind: 'fitting'; readonly hasPrivateKeys: boolean };

export type DeviceFacts = {
  readonly device: PublicDevice;
  readonly keys: KeysInFolder;
  readonly hasRecovery: boolean;
};

/** Whether the bot's device is one that people's clients trust, whether it stays so, and what to do where not. */
export function judgeDevice(facts: DeviceFacts): readonly Finding[] {
  return [judgeVerification(facts), ...judgeKeys(facts), ...judgeRecovery(facts)];
}

function judgeVerification({ device, keys }: DeviceFacts): Finding {
  if (device.isVerified) return { ok: true, what: 'The bot’s device is verified: people see that its account has signed it' };
  if (device.ed25519 === undefined) {
    return {
      ok: true,
      what: 'The bot’s device has no keys on the homeserver yet',
      advice: 'Start the bot: it makes them and verifies its device',
    };
  }
  if (!device.hasIdentity) {
    return {
      ok: false,
      what: 'The bot’s device is not verified: its account has no signing identity',
      advice: 'Start the bot: it makes one, and where it may not, its log says what the homeserver wants first (docs/matrix.md)',
    };
  }
  return {
    ok: false,
    what: 'The bot’s device is not verified: its account’s identity has not signed it',
    advice: keys.kind === 'fitting' && keys.hasPrivateKeys ? 'Start the bot: it signs its device' : keysMissingAdvice,
  };
}

function judgeKeys({ device, keys }: DeviceFacts): readonly Finding[] {
  switch (keys.kind) {
    case 'none':
      return device.ed25519 === undefined ? [] : [unusable(new DeviceKeysLostError('absent').message)];
    case 'in-use':
      return [
        {
          ok: true,
          what: 'A bot is running and holds the keys of its device, so they are not looked at',
          advice: 'Stop it and run this again to have them checked as well',
        },
      ];
    case 'unusable':
      return [unusable(keys.sentence)];
    case 'fitting':
      if (keys.hasPrivateKeys)
        return [{ ok: true, what: 'The keys in the data folder are those of the device and of its account’s identity' }];
      // What is to be done about it stands with the device already.
      if (!device.isVerified) return [];
      return [
        {
          ok: true,
          what: 'The private keys of the account’s identity are not in the data folder',
          advice: 'Nothing is wrong while whoever verified the device has them; «blitzbild keys import» brings them here',
        },
      ];
  }
}

const unusable = (sentence: string): Finding => ({ ok: false, what: 'The keys in the data folder can not be used', advice: sentence });

function judgeRecovery({ device, hasRecovery }: DeviceFacts): readonly Finding[] {
  if (!device.hasIdentity) return [];
  if (hasRecovery) return [{ ok: true, what: 'The account’s identity has a recovery key' }];
  return [
    {
      ok: true,
      what: 'TIP The account’s identity has no recovery key: were the data folder lost, everybody would have to verify the bot anew',
      advice: 'Stop the bot, run «blitzbild keys export FILE» and keep that file elsewhere (docs/matrix.md)',
    },
  ];
}
