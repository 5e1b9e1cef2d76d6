import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { judgeDevice, type DeviceFacts } from '#src/chat/matrix/doctor-device.ts';

const good: DeviceFacts = {
  device: { ed25519: 'key', hasIdentity: true, isVerified: true },
  keys: { kind: 'fitting', hasPrivateKeys: true },
  hasRecovery: true,
};
const said = (facts: DeviceFacts): readonly string[] =>
  judgeDevice(facts).map(({ ok, what, advice }) => `${ok ? 'ok' : 'WRONG'} ${what} ${advice ?? ''}`);

describe('judgeDevice', () => {
  it('has nothing to advise where all is well', () => {
    const findings = judgeDevice(good);
    assert.equal(findings.length, 3);
    assert.ok(findings.every(({ ok, advice }) => ok && advice === undefined));
  });

  const unsigned = { ed25519: 'key', hasIdentity: true, isVerified: false };
  const cases: readonly (readonly [what: string, facts: Partial<DeviceFacts>, found: RegExp])[] = [
    [
      'before the first start',
      { device: { ed25519: undefined, hasIdentity: false, isVerified: false }, keys: { kind: 'none' } },
      /^ok .*no keys.*Start the bot/,
    ],
    ['no identity', { device: { ed25519: 'key', hasIdentity: false, isVerified: false } }, /^WRONG .*no signing identity.*its log says/],
    [
      'an identity from elsewhere',
      { device: unsigned, keys: { kind: 'fitting', hasPrivateKeys: false } },
      /^WRONG .*has not signed it .*keys import.*keys reset/,
    ],
    ['an identity that has yet to sign', { device: unsigned }, /^WRONG .*Start the bot: it signs/],
    ['a lost folder', { keys: { kind: 'none' } }, /^WRONG .*not in its data folder any more.*new access token/],
    [
      'a key that does not fit',
      { keys: { kind: 'unusable', sentence: 'the key does not open it' } },
      /^WRONG .*can not be used the key does not open it/,
    ],
    ['a running bot', { keys: { kind: 'in-use' } }, /^ok A bot is running.*Stop it/],
    [
      'somebody else’s private keys',
      { keys: { kind: 'fitting', hasPrivateKeys: false } },
      /^ok .*private keys .* are not in the data folder.*keys import/,
    ],
    ['no recovery key', { hasRecovery: false }, /^ok TIP .*no recovery key.*keys export FILE/],
  ];
  for (const [what, facts, found] of cases) {
    it(`explains ${what}`, () => {
      const lines = said({ ...good, ...facts });
      assert.ok(
        lines.some((line) => found.test(line)),
        lines.join('\n'),
      );
    });
  }

  it('tells one trouble once', () => {
    const facts: DeviceFacts = { ...good, device: unsigned, keys: { kind: 'fitting', hasPrivateKeys: false } };
    assert.equal(judgeDevice(facts).filter(({ ok }) => !ok).length, 1);
  });
});
