import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { BotClient } from '#src/chat/matrix/client.ts';
import { OldKeys } from '#src/chat/matrix/crypto/old-keys.ts';
import { HomeserverError } from '#src/chat/matrix/homeserver-error.ts';

import { startSynapse, synapseSkipReason } from '../../../e2e/synapse/server.ts';

import { LogInTest } from '../fakes.ts';

/** As the transport repeats what Synapse says. */
const conflict = new HomeserverError(
  'POST /_matrix/client/v3/keys/upload: status 400 (M_UNKNOWN: One time key signed_curve25519:AAAAHg already exists. Old key: …; new key: …)',
  { status: 400, errcode: 'M_UNKNOWN' },
);

describe('keys that the homeserver has had otherwise', () => {
  it('are told of once, held for an hour, and tried again then', () => {
    const log = new LogInTest();
    let now = 0;
    const keys = new OldKeys(log, () => now);
    assert.equal(keys.areHeld(), false);
    assert.equal(keys.explain(conflict), true);
    assert.equal(keys.areHeld(), true);
    now += 3600_000;
    assert.equal(keys.areHeld(), false);
    assert.equal(keys.explain(conflict), true);
    assert.deepEqual(
      log.lines.map(({ level }) => level),
      ['error'],
    );
    assert.match(log.text(), /newer keys.*new device \(docs\/operations\.md/);
    keys.taken();
    assert.equal(keys.areHeld(), false);
  });

  it('are no other failure', () => {
    const log = new LogInTest();
    const keys = new OldKeys(log);
    for (const error of [
      new HomeserverError('already exists', { status: 502 }),
      new HomeserverError('no', { status: 400 }),
      new Error('already exists'),
    ]) {
      assert.equal(keys.explain(error), false);
    }
    assert.deepEqual([keys.areHeld(), log.lines], [false, []]);
  });
});

describe('keys that a real homeserver has had otherwise', { skip: (await synapseSkipReason()) ?? false }, () => {
  it('are recognised by its words', async (t) => {
    const synapse = await startSynapse();
    t.after(async () => synapse.stop());
    const { accessToken, userId } = await synapse.registerUser('bot');
    const { signal } = new AbortController();
    const client = new BotClient({ homeserverUrl: synapse.url, accessToken, signal, timeoutMs: 10_000, maxAnswerBytes: 100_000 });
    const signed = (key: string) => ({ key, signatures: { [userId]: { 'ed25519:BOT': 'any' } } });
    const upload = async (key: string): Promise<unknown> =>
      client.ask({
        method: 'POST',
        path: '/_matrix/client/v3/keys/upload',
        body: { one_time_keys: { 'signed_curve25519:AAAAHg': signed(key) } },
      });
    await upload('one');
    const error = await upload('another').catch((reason: unknown) => reason);
    assert.ok(error instanceof HomeserverError, String(error));
    assert.equal(new OldKeys(new LogInTest()).explain(error), true, error.message);
  });
});
