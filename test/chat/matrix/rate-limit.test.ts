import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';

import { DeliveryError } from '#core/errors.ts';
import { paragraph } from '#core/rich-text.ts';
import { roomId as asRoomId } from '#core/types.ts';
import { checkHomeserver } from '#src/chat/matrix/doctor.ts';
import { MatrixPlatform } from '#src/chat/matrix/matrix-platform.ts';

import { RecordingInbox } from '../../contract/recording-inbox.ts';
import { Person } from '../../e2e/synapse/person.ts';
import { startSynapse, synapseSkipReason, type Account, type Synapse } from '../../e2e/synapse/server.ts';
import { eventually, matrixOptions } from './fakes.ts';

const skip = await synapseSkipReason();

describe('MatrixPlatform at Synapse’s default rate limit', { skip: skip ?? false }, () => {
  let synapse: Synapse;
  let platform: MatrixPlatform;
  let owner: Person;
  let room: string;
  let bot: Account;

  before(async () => {
    synapse = await startSynapse({ rcMessageDefault: true });
    owner = new Person(synapse.url, await synapse.registerUser('owner'));
    await synapse.liftMessageLimit(owner.userId);
    bot = await synapse.registerUser('bot');
    const allowedInviters = { users: [], servers: ['synapse.test'], rooms: [] };
    platform = new MatrixPlatform(matrixOptions({ homeserverUrl: synapse.url, accessToken: bot.accessToken, allowedInviters }));
    await platform.start(new RecordingInbox());
    room = await owner.createRoom({ invite: [bot.userId] });
    await eventually(async () => (await owner.members(room)).includes(bot.userId));
  });
  after(async () => {
    await platform?.close();
    await synapse?.stop();
  });

  it('says how long to wait, and the same transaction goes through after exactly that, once', { timeout: 120_000 }, async () => {
    const send = (index: number) =>
      platform.send({
        transactionId: `throttled ${index}`,
        roomId: asRoomId(room),
        content: { kind: 'text', text: [paragraph(`message ${index}`)] },
      });
    let sent = 0;
    let refusal: DeliveryError | undefined;
    while (!refusal && sent < 40) {
      try {
        await send(sent);
        sent += 1;
      } catch (error) {
        assert.ok(error instanceof DeliveryError, String(error));
        refusal = error;
      }
    }
    assert.ok(sent >= 5 && sent <= 15, `a burst of about ten was let through, not ${sent}`);
    assert.equal(refusal?.failure, 'rate_limited');
    const waitMs = refusal?.retryAfterMs ?? 0;
    assert.ok(waitMs > 0 && waitMs <= 30_000, `a usable time to wait, not ${waitMs} ms`);
    // Synapse rounds Retry-After to seconds; one more second stands for the clock between the two programs.
    await delay(waitMs + 1000);
    const last = await send(sent);
    assert.equal(await send(sent), last, 'a repetition costs nothing and makes nothing');
    const texts = (await owner.events(room)).filter((event) => event.sender === bot.userId && event.type === 'm.room.message');
    assert.deepEqual(
      texts.map((event) => event.content['body']),
      Array.from({ length: sent + 1 }, (_, index) => `message ${index}`),
    );
  });

  it('sends thirty messages at once after the call that the doctor advises', { timeout: 120_000 }, async () => {
    const thirty = async (name: string): Promise<readonly DeliveryError[]> => {
      const refusals: DeliveryError[] = [];
      for (let index = 0; index < 30; index += 1) {
        const content = { kind: 'text', text: [paragraph(`${name} ${index}`)] } as const;
        await platform.send({ transactionId: `${name} ${index}`, roomId: asRoomId(room), content }).catch((error: unknown) => {
          assert.ok(error instanceof DeliveryError && error.failure === 'rate_limited', String(error));
          refusals.push(error);
        });
      }
      return refusals;
    };
    assert.ok((await thirty('before')).length >= 15, 'the limit is at work');

    const findings = await checkHomeserver({ homeserverUrl: synapse.url, accessToken: bot.accessToken });
    const advice = findings.find(({ what }) => what.startsWith('TIP '))?.advice ?? '';
    const [, method, body, address] = /curl -X (\w+) -H "Authorization: Bearer \$ADMIN_TOKEN" -d '([^']+)' '([^']+)'$/.exec(advice) ?? [];
    assert.ok(method !== undefined && body !== undefined && address !== undefined, advice);
    const callAs = async ({ accessToken }: Account, how: RequestInit): Promise<Response> =>
      fetch(address, { ...how, headers: { Authorization: `Bearer ${accessToken}`, 'Content-Type': 'application/x-www-form-urlencoded' } });
    assert.equal((await callAs(bot, { method: 'GET' })).status, 403, 'the bot itself can not find out');
    assert.equal((await callAs(bot, { method, body })).status, 403, 'nor lift it');
    const admin = await synapse.registerUser('serveradmin', { admin: true });
    assert.equal((await callAs(admin, { method, body })).status, 200);

    assert.deepEqual(await thirty('after'), []);
    const texts = (await owner.events(room)).filter((event) => String(event.content['body']).startsWith('after '));
    assert.equal(texts.length, 30);

    const set = async (): Promise<unknown> => (await callAs(admin, { method: 'GET' })).json();
    assert.deepEqual(await set(), { messages_per_second: 0, burst_count: 0 }, 'as the documentation says');
    assert.equal((await callAs(admin, { method: 'DELETE' })).status, 200);
    assert.deepEqual(await set(), {});
  });

  it('adds reactions of its own only where the operator says that the limit is lifted', () => {
    assert.equal(platform.seedsReactions, false);
    const options = matrixOptions({ homeserverUrl: synapse.url, accessToken: bot.accessToken, seedsReactions: true });
    assert.equal(new MatrixPlatform(options).seedsReactions, true);
  });
});
