import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';

import { DeliveryError } from '#core/errors.ts';
import { paragraph } from '#core/rich-text.ts';
import { roomId as asRoomId } from '#core/types.ts';
import { MatrixPlatform } from '#src/chat/matrix/matrix-platform.ts';

import { RecordingInbox } from '../../contract/recording-inbox.ts';
import { Person } from '../../e2e/synapse/person.ts';
import { startSynapse, synapseSkipReason, type Synapse } from '../../e2e/synapse/server.ts';
import { eventually, matrixOptions } from './fakes.ts';

const skip = await synapseSkipReason();

describe('MatrixPlatform at Synapse’s default rate limit', { skip: skip ?? false }, () => {
  let synapse: Synapse;
  let platform: MatrixPlatform;
  let owner: Person;
  let room: string;
  let botUserId: string;

  before(async () => {
    synapse = await startSynapse({ rcMessageDefault: true });
    owner = new Person(synapse.url, await synapse.registerUser('owner'));
    await synapse.liftMessageLimit(owner.userId);
    const bot = await synapse.registerUser('bot');
    botUserId = bot.userId;
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
    const texts = (await owner.events(room)).filter((event) => event.sender === botUserId && event.type === 'm.room.message');
    assert.deepEqual(
      texts.map((event) => event.content['body']),
      Array.from({ length: sent + 1 }, (_, index) => `message ${index}`),
    );
  });
});
