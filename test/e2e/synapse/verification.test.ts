/** The bot's device as other clients see it, on a real homeserver. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';

import { ensureCrossSigned, hasPrivateKeys, replaceIdentity, signOwnDevice, type Standing } from '#src/chat/matrix/crypto/cross-signing.ts';
import type { OutgoingRequest } from '#src/chat/matrix/crypto/outgoing.ts';
import { assertOwnKeys, DeviceKeysLostError, lookAtOwnDevice, nameOwnDevice } from '#src/chat/matrix/crypto/own-device.ts';
import { HomeserverError } from '#src/chat/matrix/homeserver-error.ts';
import type { MatrixRequest } from '#src/chat/matrix/transport.ts';
import { readRecoveryKey, recoveryKeyText } from '#src/chat/matrix/crypto/recovery-key.ts';
import { exportKeys, hasRecovery, importKeys, RecoveryError } from '#src/chat/matrix/crypto/recovery.ts';

import { deriveRecoveryKeyFromPassphrase } from 'matrix-js-sdk/lib/crypto-api/key-passphrase.js';

import { keyFolder, openDevice } from '../../chat/matrix/crypto/bot-device.ts';
import { LookingClient } from './looking-client.ts';
import { Person } from './person.ts';
import { startSynapse, synapseSkipReason, type Account, type Synapse } from './server.ts';

describe('verification on a real homeserver', { skip: (await synapseSkipReason()) ?? false, concurrency: 1, timeout: 240_000 }, () => {
  let synapse: Synapse;
  let ada: LookingClient;
  let adasOwn: Person;
  before(async () => {
    synapse = await startSynapse();
    const account = await synapse.registerUser('ada');
    adasOwn = new Person(synapse.url, account);
    ada = await LookingClient.start(synapse.url, account);
  });
  after(async () => {
    await ada?.[Symbol.asyncDispose]();
    await synapse?.stop();
  });

  /** A room that Ada shares with the bot, so that her client cares about its devices. */
  async function meet(bot: Account): Promise<void> {
    const room = await adasOwn.createRoom({ encrypted: true, invite: [bot.userId] });
    await new Person(synapse.url, bot).join(room);
    await ada.attend(room);
  }

  test('the first start verifies the device with the token alone; a restart changes nothing', async () => {
    const bot = await synapse.registerUser('bot');
    await meet(bot);
    await using folder = await keyFolder();
    {
      using device = await openDevice(synapse.url, bot, folder.path);
      const before = await ada.sees(bot.userId, bot.deviceId, { signedByOwner: false });
      assert.equal(before?.signedByOwner, false, 'nobody has signed it yet');
      assert.deepEqual(await lookAtOwnDevice(device.ask, bot), {
        ed25519: device.machine.identityKeys.ed25519.toBase64(),
        hasIdentity: false,
        isVerified: false,
      });
      assert.deepEqual(await signOwnDevice(device), { kind: 'verified', did: 'uploaded' });
      assert.equal(await nameOwnDevice(device.ask, bot.deviceId), 'Blitzbild');
    }
    const verified = { signedByOwner: true, isVerified: false, deviceName: 'Blitzbild' };
    assert.deepEqual(await ada.sees(bot.userId, bot.deviceId, verified), verified);
    using device = await openDevice(synapse.url, bot, folder.path);
    let uploads = 0;
    const ask: typeof device.ask = async (request) => {
      if (request.path.endsWith('/upload')) uploads += 1;
      return device.ask(request);
    };
    assert.deepEqual(await signOwnDevice({ ...device, ask }), { kind: 'verified', did: 'nothing' });
    assert.equal(uploads, 0);
    assert.deepEqual(await ada.sees(bot.userId, bot.deviceId, verified), verified);
  });

  test('a first start that breaks off anywhere goes on with the same identity', async () => {
    const bot = await synapse.registerUser('bot-interrupted');
    await using folder = await keyFolder();
    const breakAt = async (request: number): Promise<string | undefined> => {
      using device = await openDevice(synapse.url, bot, folder.path);
      let left = request;
      const brokenOff = new HomeserverError('no answer from the homeserver in time');
      const cutOff = async <Answer>(work: () => Promise<Answer>): Promise<Answer> => {
        left -= 1;
        if (left < 0) throw brokenOff;
        return work();
      };
      const parts = {
        ...device,
        ask: async (asked: MatrixRequest) => cutOff(async () => device.ask(asked)),
        send: async (sent: OutgoingRequest) => cutOff(async () => device.send(sent)),
      };
      const outcome = await signOwnDevice(parts).catch((error: unknown) => error);
      if (outcome !== brokenOff) assert.equal((outcome as Standing).kind, 'verified', String(outcome));
      return (await device.machine.exportCrossSigningKeys())?.masterKey;
    };
    const identities: (string | undefined)[] = [];
    for (let request = 0; request < 8; request += 1) identities.push(await breakAt(request));
    assert.equal(identities[0], undefined, 'nothing is made before the server was asked');
    assert.equal(new Set(identities.slice(2)).size, 1, 'one identity, whatever broke off');
    assert.notEqual(identities.at(-1), undefined);
    using device = await openDevice(synapse.url, bot, folder.path);
    assert.deepEqual(await signOwnDevice(device), { kind: 'verified', did: 'nothing' });
  });

  test('a homeserver that wants the password for the first upload is given it, and without one the log says what to do', async () => {
    const bot = await synapse.registerUser('bot-with-password');
    await using folder = await keyFolder();
    using device = await openDevice(synapse.url, bot, folder.path);
    const lines: string[] = [];
    const note = (facts: object, message: string): void => void lines.push(`${message} ${JSON.stringify(facts)}`);
    const log = { info: note, warn: note, error: note };
    const confirmation = { session: 'canary', flows: [['m.login.password']], completed: [] };
    const ask = async (request: MatrixRequest): Promise<unknown> => {
      if (!request.path.endsWith('/device_signing/upload')) return device.ask(request);
      const { auth, ...keys } = request.body as { auth?: { password?: string } };
      if (auth?.password !== bot.password) throw new HomeserverError('status 401', { status: 401, confirmation });
      return device.ask({ ...request, body: keys });
    };
    assert.equal((await ensureCrossSigned({ ...device, ask, log })).kind, 'unconfirmed');
    assert.match(lines.join('\n'), /is not verified: the homeserver wants the password .* set MATRIX_PASSWORD_FILE/);
    const identity = (await device.machine.exportCrossSigningKeys())?.masterKey;
    lines.length = 0;
    assert.deepEqual(await ensureCrossSigned({ ...device, ask, log, password: bot.password }), { kind: 'verified', did: 'uploaded' });
    assert.equal((await device.machine.exportCrossSigningKeys())?.masterKey, identity, 'the same one that waited');
    assert.match(lines.join('\n'), /is verified; «blitzbild keys export»/);
    for (const secret of [bot.password, bot.accessToken, bot.userId, 'canary']) assert.ok(!lines.join('\n').includes(secret));
    lines.length = 0;
    await ensureCrossSigned({ ...device, ask, log, password: bot.password });
    assert.deepEqual(lines, [], 'nothing to say when nothing was to be done');
  });

  test('another device of the account, where its identity was made: the bot says what it lacks and replaces nothing', async () => {
    const account = await synapse.registerUser('bot-of-element');
    const recoveryKey = new Uint8Array(randomBytes(32));
    await using element = await LookingClient.start(synapse.url, account, recoveryKey);
    const bot = await synapse.logIn(account, 'Bot');
    await meet(bot);
    await using folder = await keyFolder();
    using device = await openDevice(synapse.url, bot, folder.path);
    // The bot had begun one of its own, which the homeserver never heard of.
    const ask = async (request: MatrixRequest): Promise<unknown> => {
      if (request.path.endsWith('/device_signing/upload')) throw new HomeserverError('no answer from the homeserver in time');
      return device.ask(request);
    };
    await assert.rejects(signOwnDevice({ ...device, ask }), HomeserverError);
    assert.equal(await hasPrivateKeys(device.machine), true);
    await element.setUp(account.password, recoveryKey);
    const before = await lookAtOwnDevice(device.ask, bot);
    assert.deepEqual([before.hasIdentity, before.isVerified], [true, false]);
    assert.deepEqual(await signOwnDevice(device), { kind: 'keys-missing' });
    assert.deepEqual(await signOwnDevice(device), { kind: 'keys-missing' }, 'however often');
    assert.equal(await nameOwnDevice(device.ask, bot.deviceId), 'Bot', 'a name that somebody chose stays');

    await assert.rejects(importKeys(device, recoveryKeyText(new Uint8Array(32))), /not the one of this account/);
    await assert.rejects(importKeys(device, 'a red fox'), /no recovery key: it has 48 letters/);
    assert.equal((await ada.sees(bot.userId, bot.deviceId, { signedByOwner: false }))?.signedByOwner, false);

    assert.deepEqual(await importKeys(device, recoveryKeyText(recoveryKey)), { kind: 'verified', did: 'signed' });
    assert.equal((await ada.sees(bot.userId, bot.deviceId, { signedByOwner: true }))?.signedByOwner, true);
    const seen = await element.sees(bot.userId, bot.deviceId, { isVerified: true });
    assert.equal(seen?.isVerified, true, 'the account’s own client trusts it');
    await assert.rejects(exportKeys(device, { replace: false }), /has a recovery key already/);
  });

  test('a recovery key of the bot opens its identity for Element, and for the bot’s next device when the store is lost', async () => {
    const bot = await synapse.registerUser('bot-with-recovery');
    await meet(bot);
    let recoveryKey: string;
    {
      await using folder = await keyFolder();
      using device = await openDevice(synapse.url, bot, folder.path);
      await assert.rejects(exportKeys(device, { replace: false }), /no private signing keys/);
      await signOwnDevice(device);
      assert.equal(await hasRecovery(device.ask, bot.userId), false);
      recoveryKey = await exportKeys(device, { replace: false });
      assert.equal(await hasRecovery(device.ask, bot.userId), true);
    }
    const key = readRecoveryKey(recoveryKey);
    assert.ok(key);
    await using element = await LookingClient.start(synapse.url, await synapse.logIn(bot), new Uint8Array(key));
    await element.verifyWithRecoveryKey();
    assert.equal(await element.isReady(), true);

    await using emptyFolder = await keyFolder();
    {
      using lost = await openDevice(synapse.url, bot, emptyFolder.path, { uploads: false });
      await assert.rejects(assertOwnKeys(lost.ask, lost.machine), DeviceKeysLostError);
    }
    await using newFolder = await keyFolder();
    const next = await synapse.logIn(bot);
    using device = await openDevice(synapse.url, next, newFolder.path);
    await assertOwnKeys(device.ask, device.machine);
    assert.deepEqual(await signOwnDevice(device), { kind: 'keys-missing' });
    assert.deepEqual(await importKeys(device, ` ${recoveryKey}\n`), {
      kind: 'verified',
      did: 'signed',
    });
    assert.equal((await ada.sees(next.userId, next.deviceId, { signedByOwner: true }))?.signedByOwner, true);

    const newer = await exportKeys(device, { replace: true });
    await assert.rejects(importKeys(device, recoveryKey), RecoveryError, 'the earlier key opens nothing any more');
    assert.deepEqual(await importKeys(device, newer), { kind: 'verified', did: 'nothing' });
  });

  test('a new identity needs the password, and says so; what the old recovery key opens is not taken for it', async () => {
    const bot = await synapse.registerUser('bot-that-begins-anew');
    await meet(bot);
    await using folder = await keyFolder();
    using device = await openDevice(synapse.url, bot, folder.path);
    await signOwnDevice(device);
    const recoveryKey = await exportKeys(device, { replace: false });
    const without = await replaceIdentity(device);
    assert.equal(without.kind, 'unconfirmed');
    assert.match(without.kind === 'unconfirmed' ? without.sentence : '', /wants the password .* MATRIX_PASSWORD_FILE/);
    const wrong = await replaceIdentity({ ...device, password: 'canary-wrong' });
    assert.match(wrong.kind === 'unconfirmed' ? wrong.sentence : '', /does not accept the password/);
    assert.ok(!JSON.stringify(wrong).includes('canary'));
    // What was not taken must not stand in the way of what is there.
    assert.deepEqual(await signOwnDevice(device), { kind: 'verified', did: 'nothing' });
    assert.deepEqual(await importKeys(device, recoveryKey), { kind: 'verified', did: 'nothing' });
    assert.equal(await hasPrivateKeys(device.machine), true);
    assert.equal((await ada.sees(bot.userId, bot.deviceId, { signedByOwner: true }))?.signedByOwner, true);

    assert.deepEqual(await replaceIdentity({ ...device, password: bot.password }), { kind: 'verified', did: 'uploaded' });
    assert.equal((await ada.sees(bot.userId, bot.deviceId, { signedByOwner: true }))?.signedByOwner, true);
    await assert.rejects(importKeys(device, recoveryKey), /earlier identity/);
    assert.deepEqual(await signOwnDevice(device), { kind: 'verified', did: 'nothing' });
  });

  test('a security phrase of Element opens the identity as well', async () => {
    const account = await synapse.registerUser('bot-with-phrase');
    const phrase = { iterations: 500_000, salt: 'a pinch' };
    const recoveryKey = new Uint8Array(await deriveRecoveryKeyFromPassphrase('correct horse', phrase.salt, phrase.iterations));
    await using element = await LookingClient.start(synapse.url, account, recoveryKey);
    await element.setUp(account.password, recoveryKey, phrase);
    const bot = await synapse.logIn(account);
    await using folder = await keyFolder();
    using device = await openDevice(synapse.url, bot, folder.path);
    await assert.rejects(importKeys(device, 'wrong horse'), /not the one of this account/);
    assert.deepEqual(await importKeys(device, 'correct horse\n'), { kind: 'verified', did: 'signed' });
  });
});
