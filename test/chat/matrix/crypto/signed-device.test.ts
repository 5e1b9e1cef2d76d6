import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { signOwnDevice, type Standing } from '#src/chat/matrix/crypto/cross-signing.ts';
import type { Sharing } from '#src/chat/matrix/crypto/sharing.ts';
import { SignedDevice } from '#src/chat/matrix/crypto/signed-device.ts';
import { HomeserverError } from '#src/chat/matrix/homeserver-error.ts';
import { MatrixPlatform } from '#src/chat/matrix/matrix-platform.ts';
import type { Health } from '#src/chat/common/health.ts';

import { RecordingInbox } from '../../../contract/recording-inbox.ts';
import { startSynapse, synapseSkipReason } from '../../../e2e/synapse/server.ts';
import { eventually, LogInTest, matrixOptions } from '../fakes.ts';
import { keyFolder, openDevice } from './bot-device.ts';

const verified: Standing = { kind: 'verified', did: 'signed' };
const missing: Standing = { kind: 'keys-missing' };
const refusal = new HomeserverError('no', { status: 403, errcode: 'M_FORBIDDEN' });

/** A device that stands as told, one look after another, until the last. */
function deviceThat(sharing: Sharing, ...stands: readonly (Standing | Error)[]) {
  const log = new LogInTest();
  const ending = new AbortController();
  const told: unknown[] = [];
  /** At each look, before it. */
  const healths: Health[] = [];
  let looks = 0;
  const sign = async (before: unknown): Promise<Standing> => {
    told.push(before);
    healths.push(device.health());
    const stand = stands[Math.min(looks++, stands.length - 1)];
    if (stand instanceof Error) throw stand;
    return stand ?? verified;
  };
  const device: SignedDevice = new SignedDevice({ sharing, sign, log, signal: ending.signal, pauseMs: 20 });
  return { device, log, ending, told, healths, looks: () => looks };
}

const errors = (log: LogInTest): readonly string[] => log.lines.filter(({ level }) => level === 'error').map(({ message }) => message);

describe('the signature of the bot’s own device', () => {
  it('is looked for again and again with «crossSigned», once in the log and all the time in the health', async () => {
    const there = deviceThat('crossSigned', missing, refusal, missing, verified);
    await there.device.see();
    assert.deepEqual(
      there.healths.map(({ ok }) => ok),
      [true, false, false, false],
    );
    assert.match(JSON.stringify(there.healths[1]), /nothing can be said in encrypted rooms.*blitzbild keys/);
    assert.deepEqual(there.device.health(), { ok: true });
    assert.equal(there.looks(), 4);
    assert.deepEqual(there.told, [undefined, 'keys-missing', 'keys-missing', 'keys-missing'], 'nothing is told twice');
    assert.equal(errors(there.log).length, 1, there.log.text());
  });

  it('is a matter of looks with «all»', async () => {
    const there = deviceThat('all', missing);
    await there.device.see();
    assert.deepEqual([there.device.health(), errors(there.log), there.looks()], [{ ok: true }, [], 1]);
    await assert.rejects(deviceThat('all', refusal).device.see(), refusal);
  });

  it('is not waited for by a bot that ends', async () => {
    const there = deviceThat('crossSigned', missing);
    const seeing = there.device.see();
    await eventually(() => there.looks() > 0);
    there.ending.abort();
    await seeing;
  });
});

describe('a bot with «crossSigned» on a real homeserver', { skip: (await synapseSkipReason()) ?? false }, () => {
  it('is not healthy where its account’s identity has not signed its device', async (t) => {
    const synapse = await startSynapse();
    t.after(async () => synapse.stop());
    const account = await synapse.registerUser('bot');
    await using folder = await keyFolder();
    {
      using elsewhere = await openDevice(synapse.url, account, folder.path);
      await signOwnDevice(elsewhere);
    }
    const { accessToken } = await synapse.logIn(account);
    const options = matrixOptions({ homeserverUrl: synapse.url, accessToken, syncWaitMs: 200 });
    const platform = new MatrixPlatform({ ...options, encryption: { ...options.encryption, sharing: 'crossSigned' } });
    t.after(async () => platform.close());
    await platform.start(new RecordingInbox());
    const health = await eventually(() => {
      const now = platform.health();
      return now.ok ? undefined : now;
    });
    assert.match(health.reason, /not verified.*crossSigned.*blitzbild keys/);
    assert.equal(errors(options.log).length, 1);
  });
});
