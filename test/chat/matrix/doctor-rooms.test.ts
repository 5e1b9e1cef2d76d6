import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { checkRooms } from '#src/chat/matrix/doctor-rooms.ts';
import type { Finding } from '#src/chat/common/finding.ts';
import { HomeserverError } from '#src/chat/matrix/homeserver-error.ts';

const userId = '@bot:small.test';
const notFound = new HomeserverError('status 404', { status: 404, errcode: 'M_NOT_FOUND' });

type Room = {
  readonly levels?: object;
  readonly encryption?: object;
  readonly version?: string;
  readonly creator?: string;
  readonly broken?: boolean;
};

/** A homeserver that knows these rooms and tells nothing else. */
async function check(rooms: Readonly<Record<string, Room>>, seedsReactions = false): Promise<readonly Finding[]> {
  return checkRooms(
    async ({ method, path }) => {
      assert.equal(method, 'GET', 'nothing is changed');
      if (path.endsWith('/joined_rooms')) return { joined_rooms: Object.keys(rooms) };
      const [, id, type] = /\/rooms\/([^/]+)\/state\/([^/]+)\//.exec(path) ?? [];
      const room = rooms[decodeURIComponent(id ?? '')];
      if (room === undefined || room.broken === true) throw new HomeserverError('status 502', { status: 502 });
      if (type === 'm.room.create') return { sender: room.creator ?? '@owner:small.test', content: { room_version: room.version ?? '11' } };
      const state = type === 'm.room.power_levels' ? room.levels : room.encryption;
      if (state === undefined) throw notFound;
      return state;
    },
    { userId, seedsReactions },
  );
}

const megolm = { algorithm: 'm.megolm.v1.aes-sha2' };

describe('checkRooms', () => {
  it('is content where the bot may write', async () => {
    assert.deepEqual(await check({}), [{ ok: true, what: 'The bot is in no room yet', advice: 'Invite it, see docs/matrix.md' }]);
    assert.deepEqual(await check({ '!a:x': {} }), [{ ok: true, what: 'The bot may write in its room' }]);
    const announcements = { events_default: 50, users: { [userId]: 50 } };
    assert.deepEqual(await check({ '!a:x': { levels: announcements }, '!b': { levels: {}, encryption: megolm } }), [
      { ok: true, what: 'The bot may write in its 2 rooms' },
    ]);
    const [finding] = await check({ '!a:x': { levels: { events_default: 100 }, version: '12', creator: userId } });
    assert.equal(finding?.ok, true, 'who made a room of version 12 stands above all levels');
  });

  it('names the rooms where it lacks the power', async () => {
    const findings = await check({
      '!good:x': {},
      '!announcements:x': { levels: { events_default: 50 } },
      '!muted:x': { levels: { users: { [userId]: -1 } } },
      '!secret:x': { encryption: megolm, levels: { events: { 'm.room.encrypted': 50 } } },
      '!plain:x': { levels: { events: { 'm.room.encrypted': 50 } } },
    });
    assert.equal(findings.length, 1);
    assert.equal(findings[0]?.ok, false);
    assert.match(findings[0]?.what ?? '', /^The bot may not write in !announcements:x, !muted:x, !secret:x: it lacks the power there$/);
    assert.match(findings[0]?.advice ?? '', /raises the bot’s power level/);
  });

  it('names reactions only where the bot puts some', async () => {
    const rooms = { '!a:x': { levels: { events: { 'm.reaction': 50 } } } };
    assert.equal((await check(rooms))[0]?.ok, true);
    assert.match((await check(rooms, true))[0]?.what ?? '', /may not react in !a:x/);
  });

  it('names rooms in which nothing can be encrypted, and those that nobody tells about', async () => {
    const findings = await check({ '!new:x': { encryption: { algorithm: 'm.future' } }, '!bad:x': { broken: true } });
    assert.deepEqual(
      findings.map(({ ok }) => ok),
      [false, false],
    );
    assert.match(findings[0]?.what ?? '', /Nothing can be encrypted in !new:x/);
    assert.match(findings[1]?.what ?? '', /does not say how things are in !bad:x/);
  });

  it('names five of many, and nothing that is no id', async () => {
    const muted = { levels: { events_default: 50 } };
    const rooms = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`!r${index}:x`, muted]));
    const [finding] = await check({ ...rooms, "!x\u001b[2J'; rm": muted });
    assert.match(finding?.what ?? '', /!r0:x, !r1:x, !r2:x, !r3:x, !r4:x and 4 more/);
    assert.ok(!JSON.stringify(finding).includes('; rm'));
  });

  it('says so where the rooms can not be listed', async () => {
    const findings = await checkRooms(async () => Promise.reject(new HomeserverError('status 500')), { userId, seedsReactions: false });
    assert.match(findings[0]?.what ?? '', /could not be listed: status 500/);
  });
});
