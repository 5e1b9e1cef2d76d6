import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { inspect } from 'node:util';

import { DeliveryError, forbidden, type DeliveryFailure } from '#core/errors.ts';
import type { Delivery } from '#core/ports.ts';
import { paragraph } from '#core/rich-text.ts';
import { roomId as asRoomId } from '#core/types.ts';
import { MatrixPlatform, type MatrixOptions } from '#src/chat/matrix/matrix-platform.ts';

import { RecordingInbox } from '../../contract/recording-inbox.ts';
import { eventually, matrixOptions } from './fakes.ts';
import { botUserId, json, roomId, said, SmallHomeserver, type Rule } from './small-homeserver.ts';

const canary = 'syt_canary_0123456789abcdef';
const page502: Rule = (request, response) =>
  response
    .writeHead(502, { 'Content-Type': 'text/html', 'X-Echo': canary })
    .end(`<html>Bad gateway for ${request.authorization} ${canary}</html>`);

const text = (transactionId: string): Delivery => ({
  transactionId,
  roomId: asRoomId(roomId),
  content: { kind: 'text', text: [paragraph('hello')] },
});

/** A platform started on `homeserver`. */
async function connect(homeserver: SmallHomeserver, more: Partial<MatrixOptions> = {}) {
  const options = matrixOptions({ homeserverUrl: homeserver.url, accessToken: canary, ...more });
  const inbox = new RecordingInbox();
  const platform = new MatrixPlatform(options);
  await platform.start(inbox);
  return { platform, inbox, options, [Symbol.asyncDispose]: () => platform.close() };
}

async function failureOf(work: Promise<unknown>): Promise<DeliveryError> {
  const error: unknown = await work.then(
    () => assert.fail('it should have failed'),
    (caught: unknown) => caught,
  );
  assert.ok(error instanceof DeliveryError, inspect(error));
  return error;
}

describe('what a failed request means', () => {
  const cases: readonly (readonly [what: string, rule: Rule, failure: DeliveryFailure, retryAfterMs?: number])[] = [
    ['403', (_, response) => json(response, 403, { errcode: 'M_FORBIDDEN', error: 'no' }), 'rejected'],
    ['400', (_, response) => json(response, 400, { errcode: 'M_BAD_JSON', error: 'what?' }), 'rejected'],
    ['400 with a code of no message', (_, response) => json(response, 400, { errcode: 'M_UNKNOWN', error: 'no such thread' }), 'rejected'],
    ...(
      [
        [403, 'M_RESOURCE_LIMIT_EXCEEDED'],
        [403, 'M_USER_SUSPENDED'],
        [403, 'M_CONSENT_NOT_GIVEN'],
        [400, 'M_USER_LIMIT_EXCEEDED'],
        [403, 'M_SOMETHING_NEW'],
        [404, 'M_UNRECOGNIZED'],
        [405, 'M_UNRECOGNIZED'],
      ] as const
    ).map(
      ([status, errcode]) =>
        [
          `${status} ${errcode}`,
          (_, response) => json(response, status, { errcode, error: 'not now' }),
          'uncertain',
          300_000,
        ] as const satisfies readonly [string, Rule, DeliveryFailure, number],
    ),
    ['400 without JSON', (_, response) => response.writeHead(400).end('what?'), 'uncertain'],
    ['404 of a proxy', (_, response) => response.writeHead(404).end('404 page not found'), 'uncertain'],
    ['403 of a proxy', (_, response) => response.writeHead(403, { 'Content-Type': 'text/html' }).end('<h1>Forbidden</h1>'), 'uncertain'],
    ['401', (_, response) => json(response, 401, { errcode: 'M_UNKNOWN_TOKEN', error: 'gone' }), 'unauthorised'],
    [
      '429 with a header in seconds',
      (_, response) => json(response, 429, { errcode: 'M_LIMIT_EXCEEDED' }, { 'Retry-After': '7' }),
      'rate_limited',
      7000,
    ],
    [
      '429 with milliseconds',
      (_, response) => json(response, 429, { errcode: 'M_LIMIT_EXCEEDED', retry_after_ms: 1234 }),
      'rate_limited',
      1234,
    ],
    ...(
      [
        ['429 for a day', 429, { 'Retry-After': '86400' }, {}, 'rate_limited', 900_000],
        ['429 until the clock of a proxy is right', 429, { 'Retry-After': 'Wed, 01 Jan 2087 00:00:00 GMT' }, {}, 'rate_limited', 900_000],
        ['429 for ever', 429, {}, { retry_after_ms: 1e300 }, 'rate_limited', 900_000],
        ['429 until yesterday', 429, { 'Retry-After': 'Thu, 01 Jan 1987 00:00:00 GMT' }, {}, 'rate_limited', 0],
      ] as const
    ).map(
      ([what, status, headers, answer, failure, ms]) =>
        [what, (_, response) => json(response, status, { errcode: 'M_X', ...answer }, headers), failure, ms] as const satisfies readonly [
          string,
          Rule,
          DeliveryFailure,
          number,
        ],
    ),
    ['429 of a proxy', (_, response) => response.writeHead(429).end('slow down'), 'rate_limited'],
    ['500', (_, response) => json(response, 500, { errcode: 'M_UNKNOWN', error: 'oops' }), 'uncertain'],
    ['502 in HTML', page502, 'uncertain'],
    ['a page with status 200', (_, response) => response.writeHead(200).end('<html>welcome</html>'), 'uncertain'],
    ['an answer without an id', (_, response) => json(response, 200, {}), 'uncertain'],
    ['a closed connection', (_, response) => response.destroy(), 'uncertain'],
    [
      'half an answer',
      (_, response) => response.writeHead(200, { 'Content-Length': '100' }).write('{"event_id":', () => response.destroy()),
      'uncertain',
    ],
    ['an endless answer', (_, response) => response.writeHead(200).end('x'.repeat(200_000)), 'uncertain'],
    ['no answer in time', () => true, 'uncertain'],
  ];
  for (const [what, rule, failure, retryAfterMs] of cases) {
    it(`${what}: ${failure}`, async () => {
      await using homeserver = await SmallHomeserver.start();
      await using bot = await connect(homeserver, { requestTimeoutMs: 400, maxAnswerBytes: 100_000 });
      homeserver.when('/send/', rule);
      const error = await failureOf(bot.platform.send(text('t1')));
      assert.equal(error.failure, failure);
      assert.equal(error.retryAfterMs, retryAfterMs);
    });
  }

  it('a refusal of the room says so, others do not: a schedule whose room has lost the bot is paused for it', async () => {
    await using homeserver = await SmallHomeserver.start();
    await using bot = await connect(homeserver);
    for (const [errcode, isForbidden] of [
      ['M_FORBIDDEN', true],
      ['M_TOO_LARGE', false],
    ] as const) {
      homeserver.when('/send/', (_, response) => json(response, 403, { errcode, error: 'no' }), 1);
      const { failure, message } = await failureOf(bot.platform.send(text('t1')));
      assert.deepEqual([failure, message.startsWith(forbidden)], ['rejected', isForbidden]);
    }
  });

  it('an account from which nothing is taken is told once in the log, and in the health until something is taken', async () => {
    await using homeserver = await SmallHomeserver.start();
    await using bot = await connect(homeserver);
    const told = () => bot.options.log.lines.filter(({ message }) => message.includes('bot’s messages') || message.includes('no messages'));
    homeserver.when('/send/', (_, response) => json(response, 403, { errcode: 'M_USER_SUSPENDED', error: 'suspended' }), 3);
    for (const id of ['t1', 't2', 't3']) await failureOf(bot.platform.send(text(id)));
    assert.deepEqual(
      told().map(({ level }) => level),
      ['error'],
    );
    const health = bot.platform.health();
    assert.match(health.ok ? '' : health.reason, /takes no messages of the bot: .*M_USER_SUSPENDED/);
    await bot.platform.send(text('t1'));
    assert.deepEqual(bot.platform.health(), { ok: true });
    await bot.platform.send(text('t2'));
    assert.deepEqual(
      told().map(({ level }) => level),
      ['error', 'info'],
    );
  });

  it('a Retry-After date is a time from now', async () => {
    await using homeserver = await SmallHomeserver.start();
    await using bot = await connect(homeserver);
    homeserver.when('/send/', (_, response) => json(response, 429, {}, { 'Retry-After': new Date(Date.now() + 10_000).toUTCString() }));
    const { retryAfterMs = 0 } = await failureOf(bot.platform.send(text('t1')));
    assert.ok(retryAfterMs > 7000 && retryAfterMs <= 10_000, String(retryAfterMs));
  });

  it('an unreachable homeserver: uncertain; at the start, a sentence', async () => {
    const homeserver = await SmallHomeserver.start();
    await using bot = await connect(homeserver);
    const { url } = homeserver;
    await homeserver[Symbol.asyncDispose]();
    assert.equal((await failureOf(bot.platform.send(text('t1')))).failure, 'uncertain');
    const another = new MatrixPlatform(matrixOptions({ homeserverUrl: url, accessToken: canary }));
    await assert.rejects(another.start(new RecordingInbox()), /could not be reached \(ECONNREFUSED\)\. Check its address/);
  });

  it('sends the very same transaction again after a lost answer', async () => {
    await using homeserver = await SmallHomeserver.start();
    await using bot = await connect(homeserver);
    homeserver.when('/send/', (_, response) => response.destroy(), 1);
    assert.equal((await failureOf(bot.platform.send(text('job:k7f3/0')))).failure, 'uncertain');
    await bot.platform.send(text('job:k7f3/0'));
    const [first, second, ...more] = homeserver.asked('/send/');
    assert.ok(first && second && more.length === 0);
    assert.equal(first.path, `/_matrix/client/v3/rooms/${roomId}/send/m.room.message/job:k7f3/0`);
    assert.equal(second.path, first.path);
    assert.deepEqual(second.body, first.body);
  });
});

describe('the access token', () => {
  it('is in no error, no log line and no console output, also when a proxy echoes it', async () => {
    await using homeserver = await SmallHomeserver.start();
    const printed: string[] = [];
    // Passed on, because the test runner speaks through the same stream.
    const recorded = (stream: NodeJS.WriteStream) => {
      const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
      return mock.method(stream, 'write', (...args: unknown[]) => {
        printed.push(String(args[0]));
        return write(...args);
      });
    };
    const patched = [recorded(process.stdout), recorded(process.stderr)];
    const collected: string[] = [];
    let log = '';
    try {
      await using bot = await connect(homeserver, { requestTimeoutMs: 300 });
      const failings: readonly Rule[] = [
        page502,
        (_, response) => json(response, 403, { errcode: 'M_FORBIDDEN', error: `no, ${canary}, @ada:small.test` }),
        (_, response) => json(response, 400, { errcode: canary, error: canary, access_token: canary }),
        (_, response) => response.writeHead(200).end(canary),
        (_, response) => response.writeHead(302, { Location: `/${canary}` }).end(),
        (_, response) => response.destroy(),
        () => true,
      ];
      for (const rule of failings) {
        homeserver.when('/send/', rule, 1);
        const error = await failureOf(bot.platform.send(text('t')));
        collected.push(inspect(error, { depth: 12, showHidden: true }), String(error.stack), JSON.stringify(error));
      }
      homeserver.when('/sync', page502, 2);
      await eventually(() => bot.options.log.lines.some(({ message }) => message.includes('answers again')));
      log = bot.options.log.text();
    } finally {
      for (const patch of patched) patch.mock.restore();
    }
    const everything = [...collected, ...printed, log].join('\n');
    assert.ok(!everything.includes('canary'), everything);
    assert.ok(!everything.includes('@ada'), 'and no id of a person');
    assert.match(log, /Nothing could be received/);
    assert.equal(
      homeserver.requests.filter(({ authorization }) => authorization === `Bearer ${canary}`).length,
      homeserver.requests.length,
    );
  });

  it('does not follow a redirect to another server', async () => {
    await using homeserver = await SmallHomeserver.start();
    await using elsewhere = await SmallHomeserver.start();
    await using bot = await connect(homeserver);
    homeserver.when('/send/', (_, response) => response.writeHead(307, { Location: `${elsewhere.url}/send/` }).end());
    await failureOf(bot.platform.send(text('t')));
    assert.equal(elsewhere.requests.length, 0);
  });
});

describe('a room of which it is unknown whether it is encrypted', () => {
  it('gets nothing until the server says that it is not', async () => {
    await using homeserver = await SmallHomeserver.start();
    await using bot = await connect(homeserver);
    const answers: readonly Rule[] = [
      page502,
      (_, response) => response.writeHead(404).end('not here'),
      (_, response) => json(response, 404, { errcode: 'M_UNRECOGNIZED' }),
      (_, response) => json(response, 403, { errcode: 'M_FORBIDDEN' }),
      (_, response) => json(response, 429, { errcode: 'M_LIMIT_EXCEEDED', retry_after_ms: 5 }),
    ];
    for (const rule of answers) {
      homeserver.when('/state/m.room.encryption', rule, 1);
      await failureOf(bot.platform.send(text('t')));
    }
    assert.equal(homeserver.asked('/send/').length, 0);
    await bot.platform.send(text('t'));
    assert.equal(homeserver.asked('/send/').length, 1);
  });

  it('still has its commands taken in', async () => {
    await using homeserver = await SmallHomeserver.start();
    homeserver.when('/state/m.room.encryption', page502);
    await using bot = await connect(homeserver);
    homeserver.batches.push([said('$1', '!img a fox')]);
    await bot.inbox.waitForText('!img a fox');
    assert.match(bot.options.log.text(), /unknown whether a room is encrypted/);
    assert.equal(homeserver.asked('/send/').length, 0);
  });

  it('stays encrypted, and as it was, when the server forgets it', async () => {
    await using homeserver = await SmallHomeserver.start();
    await using bot = await connect(homeserver);
    homeserver.when('/state/m.room.encryption', (_, response) => json(response, 200, { algorithm: 'm.megolm.v1.aes-sha2' }), 1);
    await bot.platform.send(text('t'));
    await bot.platform.close();
    await using again = await connect(homeserver, { memory: bot.options.memory, encryption: bot.options.encryption });
    await again.platform.send(text('u'));
    assert.deepEqual(
      homeserver.asked('/send/').map(({ path }) => path.split('/').at(-2)),
      ['m.room.encrypted', 'm.room.encrypted'],
    );
    assert.doesNotMatch(
      homeserver
        .asked('/send/')
        .map(({ body }) => body.toString())
        .join(''),
      /m\.notice/,
    );
  });

  it('gets nothing where it wants an encryption that the bot does not have', async () => {
    await using homeserver = await SmallHomeserver.start();
    await using bot = await connect(homeserver);
    homeserver.when('/state/m.room.encryption', (_, response) => json(response, 200, { algorithm: 'm.megolm.v9' }));
    assert.equal((await failureOf(bot.platform.send(text('t')))).failure, 'rejected');
    assert.equal(homeserver.asked('/send/').length, 0);
    assert.match(bot.options.log.text(), /wants an encryption that the bot does not have/);
  });

  it('gets nothing while its members, their devices or their keys can not be asked for', async () => {
    for (const question of ['/joined_members', '/members', '/state/m.room.history_visibility', '/keys/query']) {
      await using homeserver = await SmallHomeserver.start();
      await using bot = await connect(homeserver);
      homeserver.when('/state/m.room.encryption', (_, response) => json(response, 200, { algorithm: 'm.megolm.v1.aes-sha2' }));
      homeserver.when(question, page502);
      assert.equal((await failureOf(bot.platform.send(text('t')))).failure, 'uncertain', question);
      assert.equal(homeserver.asked('/send/').length, 0, question);
      homeserver.rules.shift();
      await bot.platform.send(text('t'));
      assert.equal(homeserver.asked('/send/m.room.encrypted').length, 1, question);
    }
  });
});

describe('the sync loop', () => {
  it('repeats the same step until it is stored: no event lost, none twice', async () => {
    await using homeserver = await SmallHomeserver.start();
    await using bot = await connect(homeserver);
    bot.inbox.failNext(1);
    homeserver.when('/state/m.room.power_levels', page502, 1);
    homeserver.batches.push([said('$1', 'one'), said('$2', 'two')]);
    await bot.inbox.waitForText('two');
    homeserver.when('/sync', page502, 1);
    homeserver.batches.push([said('$3', 'three')]);
    await bot.inbox.waitForText('three');
    const handedOver = bot.inbox.calls.flatMap((call) => call.events.map((event) => event.eventId));
    assert.deepEqual(handedOver, ['$1', '$2', '$3']);
    assert.equal(bot.inbox.calls.find((call) => call.events.length === 2)?.cursor, 's1', 'events and token in one call');
  });

  it('tells who was removed from a room: the bot, by somebody, where it was a member', async () => {
    await using homeserver = await SmallHomeserver.start();
    await using bot = await connect(homeserver);
    const left = (id: string, sender: string, before: string): object => ({
      event_id: id,
      type: 'm.room.member',
      state_key: botUserId,
      sender,
      content: { membership: 'leave' },
      unsigned: { prev_content: { membership: before } },
    });
    const rooms = {
      '!kicked:x': { timeline: { events: [left('$1', '@ada:small.test', 'join')] } },
      '!withdrawn:x': { timeline: { events: [left('$2', '@ada:small.test', 'invite')] } },
      '!declined:x': { timeline: { events: [left('$3', botUserId, 'invite')] } },
      '!silent:x': { timeline: { events: [] } },
      '!odd:x': null,
    };
    homeserver.when('/sync', (_, response) => json(response, 200, { next_batch: 's7', rooms: { leave: rooms } }), 1);
    await eventually(() => bot.inbox.cursor() === 's7');
    const removals = bot.inbox.events.map(({ kind, roomId: room, eventId }) => [kind, room, eventId]);
    assert.deepEqual(removals, [['removal', '!kicked:x', '$1']]);
  });

  it('survives events that are not what they should be', async () => {
    await using homeserver = await SmallHomeserver.start();
    await using bot = await connect(homeserver);
    const odd: unknown[] = [
      null,
      7,
      'text',
      [],
      {},
      { event_id: 5, type: 'm.room.message' },
      { event_id: '$a', type: 'm.room.message', sender: '@x:y', content: null },
      { event_id: '$b', type: 'm.room.message', sender: '@x:y', content: { msgtype: 'm.text', body: { toString: 1 } } },
      { event_id: '$c', type: 'm.reaction', sender: '@x:y', content: { 'm.relates_to': [] } },
      { event_id: '$d', type: 'm.room.redaction', sender: '@x:y', content: { redacts: 4 } },
      { event_id: '$e', type: 'm.room.encryption', sender: '@x:y', content: {} },
    ];
    homeserver.batches.push([...(odd as object[]), said('$1', 'fine')]);
    await bot.inbox.waitForText('fine');
    assert.equal(bot.inbox.events.length, 1);
  });

  it('starts at the present when the server does not know its token any more, and says what is lost', { timeout: 30_000 }, async () => {
    await using homeserver = await SmallHomeserver.start();
    await using bot = await connect(homeserver);
    homeserver.when(
      '/sync',
      (request, response) =>
        request.query.has('since')
          ? json(response, 400, { errcode: 'M_UNKNOWN', error: 'Invalid stream token' })
          : json(response, 200, { next_batch: 's5' }),
      5,
    );
    await eventually(() => bot.options.log.lines.some(({ message }) => message.includes('does not know the stored position')));
    await eventually(() => bot.inbox.cursor() === 's5');
  });

  it('can be answered from the very first step on, and started again when that failed', async () => {
    await using homeserver = await SmallHomeserver.start();
    await using bot = await connect(homeserver);
    await bot.platform.close();
    homeserver.batches.push([said('$1', 'while you were away')]);
    const platform = new MatrixPlatform(bot.options);
    const answers: Promise<unknown>[] = [];
    const inbox = {
      cursor: () => bot.inbox.cursor(),
      accept: (...args: Parameters<RecordingInbox['accept']>) => {
        bot.inbox.accept(...args);
        if (args[0].length > 0) answers.push(platform.send(text('answer')));
      },
    };
    homeserver.when('/sync', page502, 1);
    await assert.rejects(platform.start(inbox), /502/);
    await platform.start(inbox);
    assert.equal(answers.length, 1);
    assert.equal(await answers[0], '$answer');
    await platform.close();
  });

  it('lets messages wait that are sent before it is connected: none of them has failed', async () => {
    await using homeserver = await SmallHomeserver.start();
    const platform = new MatrixPlatform(matrixOptions({ homeserverUrl: homeserver.url, accessToken: canary }));
    const early = platform.send(text('early'));
    homeserver.when('/sync', page502, 1);
    homeserver.when('/whoami', page502, 1);
    await assert.rejects(platform.start(new RecordingInbox()), /502/);
    assert.equal(homeserver.asked('/send/').length, 0);
    await assert.rejects(platform.start(new RecordingInbox()), /502/);
    const between = platform.send(text('between'));
    await platform.start(new RecordingInbox());
    assert.deepEqual(await Promise.all([early, between]), ['$early', '$between']);
    await platform.close();
    assert.equal((await failureOf(platform.send(text('late')))).failure, 'uncertain');

    const never = new MatrixPlatform(matrixOptions({ homeserverUrl: homeserver.url, accessToken: canary }));
    const waiting = failureOf(never.send(text('never')));
    await never.close();
    assert.equal((await waiting).failure, 'uncertain');
  });

  it('does not use the position of another account', async () => {
    await using homeserver = await SmallHomeserver.start();
    await using bot = await connect(homeserver);
    homeserver.batches.push([said('$1', 'one')]);
    await bot.inbox.waitForText('one');
    await bot.platform.close();
    homeserver.when('/whoami', (_, response) => json(response, 200, { user_id: '@other:small.test', device_id: 'OTHER' }));
    const { encryption } = matrixOptions({ homeserverUrl: homeserver.url, accessToken: canary });
    const other = new MatrixPlatform({ ...bot.options, encryption });
    const before = homeserver.asked('/sync').length;
    await other.start(bot.inbox);
    await other.close();
    assert.equal(homeserver.asked('/sync')[before]?.query.get('since'), null);
  });

  it('ends at once when it is closed, also while the server is silent', async () => {
    await using homeserver = await SmallHomeserver.start();
    await using bot = await connect(homeserver);
    let isHeld = false;
    homeserver.when('/sync', () => (isHeld = true));
    await eventually(() => isHeld);
    const startedMs = performance.now();
    await bot.platform.close();
    assert.ok(performance.now() - startedMs < 1000);
  });
});
