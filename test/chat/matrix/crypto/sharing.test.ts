import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { CollectStrategy, EncryptionAlgorithm, HistoryVisibility, TrustRequirement } from '@matrix-org/matrix-sdk-crypto-wasm';

import { isSupported, settingsOf, trustOf } from '#src/chat/matrix/crypto/sharing.ts';

const hour = 3_600_000_000n;

describe('how a room’s keys are renewed and shared', () => {
  it('is what the specification says where the room says nothing', () => {
    const settings = settingsOf({ algorithm: 'm.megolm.v1.aes-sha2' }, 'shared', 'all');
    assert.equal(settings.algorithm, EncryptionAlgorithm.MegolmV1AesSha2);
    assert.equal(settings.rotationPeriod, 7n * 24n * hour, 'in microseconds');
    assert.equal(settings.rotationPeriodMessages, 100n);
    assert.equal(settings.historyVisibility, HistoryVisibility.Shared);
    assert.ok(settings.sharingStrategy.eq(CollectStrategy.allDevices()));
  });

  it('is what the room asks for, within reason', () => {
    const of = (content: object, visibility = 'joined') => settingsOf({ ...content }, visibility, 'crossSigned');
    assert.equal(of({ rotation_period_ms: 3_600_000 }).rotationPeriod, hour);
    assert.equal(of({ rotation_period_msgs: 7 }).rotationPeriodMessages, 7n);
    assert.equal(of({ rotation_period_ms: 1 }).rotationPeriod, 60_000_000n);
    assert.equal(of({ rotation_period_ms: 1e15, rotation_period_msgs: 1e9 }).rotationPeriod, 7n * 24n * hour);
    for (const nonsense of [0, -1, 1e9, 'x', null, 0.4, 1e300]) {
      const { rotationPeriodMessages } = of({ rotation_period_msgs: nonsense });
      assert.ok(rotationPeriodMessages >= 1n && rotationPeriodMessages <= 100n, `${nonsense}: ${rotationPeriodMessages}`);
    }
    assert.equal(of({}).historyVisibility, HistoryVisibility.Joined);
    assert.equal(of({}, 'no such visibility').historyVisibility, HistoryVisibility.Joined, 'the narrowest');
    assert.ok(of({}).sharingStrategy.eq(CollectStrategy.identityBasedStrategy()));
  });

  it('is nothing for another algorithm', () => {
    assert.equal(isSupported({ algorithm: 'm.megolm.v1.aes-sha2' }), true);
    for (const content of [{}, { algorithm: 'm.megolm.v2' }, { algorithm: 7 }, { algorithm: 'M.MEGOLM.V1.AES-SHA2' }]) {
      assert.equal(isSupported(content), false);
    }
  });

  it('takes commands from verified devices alone where it shares with them alone', () => {
    assert.equal(trustOf('all'), TrustRequirement.Untrusted);
    assert.equal(trustOf('crossSigned'), TrustRequirement.CrossSignedOrLegacy);
  });
});
