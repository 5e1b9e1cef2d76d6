/** What a homeserver passes on: any JSON that another member, or another server, put into an event. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { IncomingEvent } from '#core/incoming.ts';
import type { BotClient } from '#src/chat/matrix/client.ts';
import { readFileMessage } from '#src/chat/matrix/file-message.ts';
import { completed, joinedByRoom } from '#src/chat/matrix/gaps.ts';
import { incomingEvent, readEvent } from '#src/chat/matrix/incoming.ts';
import { administers } from '#src/chat/matrix/power.ts';
import { isObject, type RawObject } from '#src/chat/common/raw.ts';
import { syncSince } from '#src/chat/matrix/sync.ts';
import { nastyText, nastyWord, prototypeKeys } from './nasty.ts';
import { nested } from './nested.ts';
import { target, type FuzzTarget } from './target.ts';

const bot = '@bot:small.test';
const room = '!room:small.test';

const id = fc.oneof(fc.constantFrom('$1', '$2', '$', '', '../state', '$a/b?c#d'), nastyWord);
const person = fc.constantFrom(bot, '@ada:small.test', '@eve:evil.test', '', '@', 'ada');
const odd = fc.oneof(fc.jsonValue({ maxDepth: 3 }), nested, nastyWord, fc.constant(null));
/** What should be there, or something else. */
const or = (arbitrary: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> => fc.oneof({ weight: 4, arbitrary }, { weight: 1, arbitrary: odd });

const relation = fc.record(
  {
    rel_type: or(fc.constantFrom('m.thread', 'm.replace', 'm.annotation', 'm.reference')),
    event_id: or(id),
    key: or(fc.constantFrom('👍', '❌', '🔁', '⬆️', '⭐')),
    is_falling_back: or(fc.boolean()),
    'm.in_reply_to': or(fc.record({ event_id: or(id) })),
  },
  { requiredKeys: [] },
);
const content = fc.record(
  {
    msgtype: or(fc.constantFrom('m.text', 'm.image', 'm.file', 'm.notice', 'm.emote')),
    body: or(nastyText),
    filename: or(nastyWord),
    formatted_body: or(nastyWord),
    url: or(fc.oneof(fc.constantFrom('mxc://small.test/abc', 'https://evil.test/x', 'mxc://../x', 'mxc://a/b/../c'), nastyWord)),
    file: or(fc.record({ url: or(fc.constant('mxc://small.test/abc')), key: odd, iv: odd, hashes: odd, v: odd }, { requiredKeys: [] })),
    info: or(
      fc.record({ mimetype: or(fc.constantFrom('image/png', 'a/b\r\nX: y')), size: or(fc.integer()), w: odd }, { requiredKeys: [] }),
    ),
    'm.relates_to': or(relation),
    'm.new_content': odd,
    'm.mentions': odd,
    redacts: or(id),
    membership: or(fc.constantFrom('join', 'leave', 'invite')),
    users: odd,
  },
  { requiredKeys: [] },
);
const event = fc.record(
  {
    type: or(fc.constantFrom('m.room.message', 'm.room.message', 'm.reaction', 'm.room.redaction', 'm.room.member', 'm.room.encrypted')),
    event_id: or(id),
    sender: or(person),
    state_key: or(person),
    content: or(content),
    redacts: or(id),
    unsigned: odd,
    origin_server_ts: odd,
    room_id: odd,
  },
  { requiredKeys: [] },
);
const timeline = or(
  fc.record({ events: or(fc.array(or(event), { maxLength: 4 })), limited: or(fc.constant(false)), prev_batch: odd }, { requiredKeys: [] }),
);
const joined = or(
  fc.record({ timeline, state: or(fc.record({ events: or(fc.array(or(event), { maxLength: 3 })) })) }, { requiredKeys: [] }),
);
const answer = fc.record({
  next_batch: or(fc.constant('s1')),
  rooms: or(
    fc.record(
      {
        join: or(
          fc.dictionary(fc.oneof(fc.constant(room), fc.constantFrom(...prototypeKeys)), joined, { maxKeys: 2, noNullPrototype: true }),
        ),
        invite: or(
          fc.record({ [room]: or(fc.record({ invite_state: or(fc.record({ events: or(fc.array(or(event), { maxLength: 3 })) })) })) }),
        ),
        leave: odd,
      },
      { requiredKeys: [] },
    ),
  ),
});

/** A homeserver that says one thing. */
const saying = (said: unknown): BotClient => ({ doRequest: async () => said }) as unknown as BotClient;
const silent = { info: () => {}, warn: () => {}, error: () => {} };

function assertRead(raw: RawObject): void {
  const read = readEvent(raw, bot);
  if (read === undefined) return;
  const whole: IncomingEvent = incomingEvent(read, { roomId: room, isAdmin: false, isDirect: true, isUnprotected: false, receivedAtMs: 1 });
  assert.notEqual(whole.sender, bot);
  assert.equal(whole.sender, raw['sender'], 'whoever the server says sent it, and nobody that the content names');
  for (const [key, value] of Object.entries(whole)) {
    if (key === 'attachment') assert.ok(isObject(value) && typeof value['name'] === 'string' && !/[/\\\0]/u.test(value['name']));
    else assert.ok(['string', 'boolean', 'number'].includes(typeof value), `${key} is ${typeof value}`);
  }
  assert.deepEqual(JSON.parse(JSON.stringify(whole)), whole, 'it can be stored');
}

export const matrixEvents: FuzzTarget = {
  name: 'matrix',
  what: 'syncs and events of a homeserver, and the power levels in it',
  nightly: 30_000,
  bounded: 1500,
  open: async () => ({
    property: target(
      fc.asyncProperty(answer, fc.jsonValue({ maxDepth: 4 }), async (said, state) => {
        const options = { client: saying(said), ownUserId: bot, log: silent, isOldInvitation: () => false };
        const found = await syncSince(options, 's0', 0).catch((error: unknown) => {
          assert.ok(error instanceof TypeError && error.message.startsWith('the homeserver answered'), String(error));
        });
        const batches = await Promise.all((found?.rooms ?? []).map(async (news) => completed(options, news, 's0')));
        for (const { timeline: events } of joinedByRoom([...batches, ...batches])) for (const each of events) assertRead(each);
        for (const { inviter } of found?.invitations ?? []) assert.equal(typeof inviter, 'string');
        const file = isObject(state) ? readFileMessage(state) : undefined;
        assert.ok(file === undefined || typeof file.caption === 'string');
        // Somebody of whom no state says anything administers nothing, whatever else it says.
        const levels = isObject(state) ? state : {};
        const isNamed = JSON.stringify(state).includes('users_default');
        assert.ok(isNamed || !administers('@nobody:small.test', levels, levels));
      }),
    ),
  }),
};
