import {
  CollectStrategy,
  EncryptionAlgorithm,
  EncryptionSettings,
  HistoryVisibility,
  TrustRequirement,
} from '@matrix-org/matrix-sdk-crypto-wasm';

import { numberAt, textAt, type RawObject } from '../../common/raw.ts';

/** Which devices of a room's people are given the keys of what the bot writes, and from which it takes commands. */
export const sharings = ['all', 'crossSigned'] as const;
export type Sharing = (typeof sharings)[number];

/** The only one that exists for rooms; what an other one would need, nobody knows yet. */
export const supportedAlgorithm = 'm.megolm.v1.aes-sha2';

/** Source: Matrix specification, `m.room.encryption`: a week and a hundred messages where the room names nothing. */
const usualPeriodMs = 7 * 24 * 3600 * 1000;
const usualMessages = 100;
/** Rooms may ask for less, not for so little that every message needs new keys for everybody. */
const shortestPeriodMs = 60_000;

const visibilities: ReadonlyMap<string, HistoryVisibility> = new Map([
  ['invited', HistoryVisibility.Invited],
  ['joined', HistoryVisibility.Joined],
  ['shared', HistoryVisibility.Shared],
  ['world_readable', HistoryVisibility.WorldReadable],
]);

/** How the keys of a room are renewed and shared; `encryption` is the content of its `m.room.encryption`. */
export function settingsOf(encryption: RawObject, historyVisibility: string, sharing: Sharing): EncryptionSettings {
  const settings = new EncryptionSettings();
  settings.algorithm = EncryptionAlgorithm.MegolmV1AesSha2;
  const periodMs = Math.min(usualPeriodMs, Math.max(shortestPeriodMs, numberAt(encryption, 'rotation_period_ms') ?? usualPeriodMs));
  // The binding counts microseconds.
  settings.rotationPeriod = BigInt(Math.round(periodMs)) * 1000n;
  const messages = Math.min(usualMessages, Math.max(1, numberAt(encryption, 'rotation_period_msgs') ?? usualMessages));
  settings.rotationPeriodMessages = BigInt(Math.round(messages));
  settings.historyVisibility = visibilities.get(historyVisibility) ?? HistoryVisibility.Joined;
  settings.sharingStrategy = sharing === 'crossSigned' ? CollectStrategy.identityBasedStrategy() : CollectStrategy.allDevices();
  return settings;
}

export const isSupported = (encryption: RawObject): boolean => textAt(encryption, 'algorithm') === supportedAlgorithm;

/** From whom messages and keys are taken. Devices from before cross-signing existed count as their owner's. */
export const trustOf = (sharing: Sharing): TrustRequirement =>
  sharing === 'crossSigned' ? TrustRequirement.CrossSignedOrLegacy : TrustRequirement.Untrusted;
