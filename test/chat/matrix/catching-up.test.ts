/** Steps of the sync loop in encrypted rooms, with a server whose every answer the test says. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { BotClient } from '#src/chat/matrix/client.ts';
import { DeviceLookUps } from '#src/chat/matrix/crypto/device-look-ups.ts';
import type { Decrypted } from '#src/chat/matrix/crypto/decrypter.ts';
import { Replays } from '#src/chat/matrix/crypto/replays.ts';
import { Unreadable } from '#src/chat/matrix/crypto/unreadable.ts';
import { HomeserverError } from '#src/chat/matrix/homeserver-error.ts';
import type { Invitations } from '#src/chat/matrix/invitations.ts';
import { objectAt, textAt, type RawObject } from '#src/chat/common/raw.ts';
import { Receiver } from '#src/chat/matrix/receiver.ts';
import { Rooms } from '#src/chat/matrix/rooms.ts';
import { SyncLoop } from '#src/chat/matrix/sync-loop.ts';
import { ThreadRoots } from '#src/chat/matrix/threads.ts';
import type { Upgrades } from '#src/chat/matrix/upgrades.ts';

import { RecordingInbox } from '../../contract/recording-inbox.ts';
import { LogInTest, MemoryInTest } from './fakes.ts';

const bot = '@bot:s';
const [roomA, roomB] = ['!a:s', '!b:s'];
const encryption = {
  type: 'm.room.encryption',
  state_key: '',
  event_id: '$e',
  sender: '@ada:s',
  content: { algorithm: 'm.megolm.v1.aes-sha2' },
};
const said = (id: string): object => ({ type: 'm.room.message', event_id: id, sender: '@ada:s', content: { msgtype: 'm.text', body: id } });
const sealed = (id: string, session: string, index: number): RawObject => ({
  type: 'm.room.encrypted',
  event_id: id,
  sender: '@ada:s',
  content: {
    algorithm: 'm.megolm.v1.aes-sha2',
    session_id: session,
    ciphertext: Buffer.from([3, 8, 0x80 | (index % 128), 1 + (index >> 7), 0x12, 1, 7, ...new Uint8Array(72)]).toString('base64'),
  },
});
const redaction = (target: string): object => ({
  type: 'm.room.redaction',
  event_id: `$r${target}`,
  sender: '@ada:s',
  redacts: target,
  content: {},
});
const inRoom = (...events: readonly object[]): object => ({ timeline: { events } });
const limited = (...events: readonly object[]): object => ({ timeline: { events, limited: true, prev_batch: 'gap' } });
const key = (session: string): object => ({ type: 'm.room.encrypted', sender: '@ada:s', content: { session } });
const keys = (...events: readonly object[]): object => ({ to_device: { events } });
const manyKeys = (...sessions: readonly string[]): object =>
  keys(...sessions.map(key), ...Array.from({ length: 100 - sessions.length }, () => key('x')));

/** A bot on a server that answers `answers` by the token that was asked with, and little to questions about rooms. */
class Workshop {
  readonly answers: Record<string, { readonly next_batch: string; readonly [part: string]: unknown } | Error> = {};
  readonly encryptedRooms = new Set<string>();
  readonly asked: string[] = [];
  readonly inbox = new RecordingInbox();
  readonly memory = new MemoryInTest();
  readonly log = new LogInTest();
  readonly rooms: Rooms;
  nowMs = 1000;
  /** What happens when the server is asked for `path`. */
  onAsk: (path: string) => unknown = () => undefined;
  readonly #sessions = new Set<string>();

  constructor() {
    this.memory.set('cursor-account', bot);
    this.inbox.accept([], 's0');
    this.rooms = new Rooms(this.#client, this.memory);
  }

  get #client(): BotClient {
    const ask = async (path: string): Promise<unknown> => {
      this.asked.push(path);
      return this.onAsk(path) ?? (path.includes('m.room.create') ? { sender: '@ada:s', content: {} } : {});
    };
    return {
      doRequest: async (_method: string, path: string, query: { readonly since?: string } | null) => {
        if (!path.endsWith('/sync')) return ask(path);
        const answer = this.answers[query?.since ?? ''];
        if (answer instanceof Error) throw answer;
        return answer ?? { next_batch: query?.since };
      },
      getRoomStateEvent: async (room: string, type: string) => {
        await ask(`${room} ${type}`);
        if (type === 'm.room.encryption' && !this.encryptedRooms.has(room))
          throw new HomeserverError('none', { status: 404, errcode: 'M_NOT_FOUND' });
        return {};
      },
      getJoinedRoomMembers: async (room: string) =>
        ((await ask(`${room} joined`)) as { joined?: readonly string[] }).joined ?? [bot, '@ada:s'],
      getRoomMembersByMembership: async () => [],
    } as unknown as BotClient;
  }

  /** One step of a bot that was just started. Rejects as the step does. */
  async step(): Promise<void> {
    const { rooms, memory, log, inbox } = this;
    const ends = new AbortController();
    const client = this.#client;
    const decrypt = async (_room: string, event: RawObject): Promise<Decrypted> =>
      this.#sessions.has(textAt(objectAt(event, 'content'), 'session_id') ?? '')
        ? { kind: 'clear', event: { ...event, type: 'm.room.message', content: { msgtype: 'm.text', body: textAt(event, 'event_id') } } }
        : { kind: 'unreadable', cause: 'key_missing', mayPass: true };
    const receiver = new Receiver({
      ownUserId: bot,
      rooms,
      threads: new ThreadRoots(client),
      decrypt,
      unreadable: new Unreadable(memory),
      replays: new Replays(memory),
      log,
      now: () => this.nowMs,
    });
    const loop = new SyncLoop({
      sync: { client, ownUserId: bot, log, isOldInvitation: () => false },
      inbox: {
        cursor: () => inbox.cursor(),
        accept(...events) {
          inbox.accept(...events);
          ends.abort();
        },
      },
      memory,
      invitations: { remember() {}, answer() {} } as unknown as Invitations,
      receiver,
      crypto: {
        receive: async ({ toDevice }) => {
          for (const event of toDevice) this.#sessions.add(textAt(objectAt(event, 'content'), 'session') ?? '');
        },
        doubtDevices: async () => {},
        lookUps: new DeviceLookUps({ track: async () => {}, devicesKnown: async () => {}, log, onBroken: () => {} }),
      },
      rooms,
      upgrades: { note() {} } as unknown as Upgrades,
      log,
      random: () => 0,
      signal: ends.signal,
      waitMs: 0,
    });
    await loop.start();
    await loop.stopped();
  }

  found(kind = 'message'): readonly string[] {
    return this.inbox.events.filter((event) => event.kind === kind).map(({ eventId }) => eventId);
  }
}

const failing = new HomeserverError('bad gateway', { status: 502 });

describe('what a sync tells of rooms', () => {
  it('counts although a later part of the step fails: nothing is said in the clear in a room that is encrypted now', async () => {
    const shop = new Workshop();
    assert.equal(await shop.rooms.isEncrypted(roomB), false);
    shop.answers['s0'] = { next_batch: 's1', rooms: { join: { [roomA]: inRoom(said('$m')), [roomB]: inRoom(encryption) } } };
    shop.onAsk = (path) => {
      if (path.includes('m.room.create')) throw failing;
    };
    await assert.rejects(shop.step(), /bad gateway/);
    assert.equal(await shop.rooms.isEncrypted(roomB), true);
  });

  it('counts before gaps are filled, which may take minutes', async () => {
    const shop = new Workshop();
    await Promise.all([shop.rooms.isEncrypted(roomB), shop.rooms.readers(roomA)]);
    shop.answers['s0'] = { next_batch: 's1', rooms: { join: { [roomA]: limited(), [roomB]: inRoom(encryption) }, leave: { '!c:s': {} } } };
    let isKnown: boolean | undefined;
    let readers: ReadonlySet<string> = new Set();
    shop.onAsk = async (path) => {
      if (path.includes('joined')) return { joined: ['@new:s'] };
      if (!path.endsWith('/messages')) return undefined;
      isKnown = await shop.rooms.isEncrypted(roomB);
      readers = await shop.rooms.readers(roomA);
      return { chunk: [] };
    };
    await shop.step();
    assert.equal(isKnown, true);
    assert.deepEqual([...readers], ['@new:s']);
  });

  it('is asked anew where a sync failed', async () => {
    const shop = new Workshop();
    await shop.rooms.readers(roomA);
    shop.answers['s0'] = failing;
    await assert.rejects(shop.step(), /bad gateway/);
    shop.onAsk = (path) => (path.includes('joined') ? { joined: ['@new:s'] } : undefined);
    assert.deepEqual([...(await shop.rooms.readers(roomA))], ['@new:s']);
  });
});

describe('a bot that begins at the present', () => {
  it('asks anew what it knew of rooms: nobody tells what happened meanwhile', async () => {
    const shop = new Workshop();
    await shop.rooms.readers(roomA);
    shop.memory.delete('cursor-account');
    shop.answers[''] = { next_batch: 's7' };
    await shop.step();
    shop.onAsk = (path) => (path.includes('joined') ? { joined: ['@new:s'] } : undefined);
    assert.deepEqual([...(await shop.rooms.readers(roomA))], ['@new:s']);
    assert.equal(shop.inbox.cursor(), 's7');
  });
});

describe('after a weekend', () => {
  const commands = Array.from({ length: 300 }, (_, index) => sealed(`$${index}`, `S${index % 3}`, Math.floor(index / 3)));
  const ids = commands.map((event) => event['event_id']);

  /** All commands at once, the keys of the oldest session only. */
  function weekend(): Workshop {
    const shop = new Workshop();
    shop.encryptedRooms.add(roomA);
    shop.answers['s0'] = { next_batch: 's1', ...manyKeys('S0'), rooms: { join: { [roomA]: inRoom(...commands.slice(0, 290)) } } };
    shop.answers['s1'] = { next_batch: 's2', ...manyKeys('S1'), rooms: { join: { [roomA]: inRoom(...commands.slice(290)) } } };
    shop.answers['s2'] = { next_batch: 's3', ...keys(key('S2')) };
    return shop;
  }

  it('every command is carried out, in its order: all keys are taken before any message is read', async () => {
    const shop = weekend();
    await shop.step();
    assert.deepEqual(shop.found(), ids);
    assert.deepEqual(shop.found('unreadable'), []);
    assert.equal(shop.inbox.cursor(), 's3');
    assert.equal(shop.inbox.calls.length, 2, 'one transaction besides the test’s own');
  });

  it('nothing is stored where a later answer fails, and everything when it is asked again', async () => {
    const shop = weekend();
    const { s2 } = shop.answers;
    shop.answers['s2'] = failing;
    await assert.rejects(shop.step(), /bad gateway/);
    assert.deepEqual([shop.found(), shop.inbox.cursor()], [[], 's0']);
    shop.answers['s2'] = s2 ?? assert.fail();
    await shop.step();
    assert.deepEqual(shop.found(), ids);
  });

  it('messages are read although somebody sends keys without end', async () => {
    const shop = new Workshop();
    shop.encryptedRooms.add(roomA);
    for (let answer = 0; answer < 150; answer += 1) {
      const rooms = answer === 0 ? { rooms: { join: { [roomA]: inRoom(sealed('$1', 'x', 0)) } } } : {};
      shop.answers[`s${answer}`] = { next_batch: `s${answer + 1}`, ...manyKeys('x'), ...rooms };
    }
    await shop.step();
    assert.deepEqual(shop.found(), ['$1']);
    assert.equal(shop.inbox.cursor(), 's100');
  });

  it('300 commands of one person wait for keys that come a step later', async () => {
    const shop = new Workshop();
    shop.encryptedRooms.add(roomA);
    shop.answers['s0'] = { next_batch: 's1', rooms: { join: { [roomA]: inRoom(...commands) } } };
    await shop.step();
    assert.deepEqual([shop.found(), shop.found('unreadable')], [[], []]);
    shop.nowMs += 29_000;
    shop.answers['s1'] = { next_batch: 's2', ...keys(...['S0', 'S1', 'S2'].map(key)) };
    await shop.step();
    assert.deepEqual(shop.found(), ids);
    assert.deepEqual(shop.memory.entries('unreadable'), []);
    const [written] = shop.memory.entries('brought:');
    assert.equal(written?.[1], '128-227', 'written with the events');
  });
});

describe('a command that waits for its key', () => {
  /** The command came, its key did not. */
  async function waiting(): Promise<Workshop> {
    const shop = new Workshop();
    shop.encryptedRooms.add(roomA);
    shop.answers['s0'] = { next_batch: 's1', rooms: { join: { [roomA]: inRoom(sealed('$c', 'S', 0)) } } };
    await shop.step();
    assert.equal(shop.memory.entries('unreadable:').length, 1);
    return shop;
  }

  it('is not carried out when its sender has deleted it meanwhile, with or before its key', async () => {
    for (const answers of ['before', 'with']) {
      const shop = await waiting();
      const deleting = { rooms: { join: { [roomA]: inRoom(redaction('$c')) } } };
      shop.answers['s1'] = { next_batch: 's2', ...deleting, ...(answers === 'with' ? keys(key('S')) : {}) };
      shop.answers['s2'] = { next_batch: 's3', ...keys(key('S')) };
      await shop.step();
      await shop.step();
      assert.deepEqual([shop.found(), shop.found('redaction')], [[], ['$r$c']], answers);
    }
  });

  it('is not answered when it was deleted', async () => {
    const shop = await waiting();
    shop.answers['s1'] = { next_batch: 's2', rooms: { join: { [roomA]: inRoom(redaction('$c')) } } };
    shop.nowMs += 60_000;
    await shop.step();
    await shop.step();
    assert.deepEqual([shop.found('unreadable'), shop.memory.entries('unreadable')], [[], []]);
  });

  it('is not carried out when the bot has left the room', async () => {
    const shop = await waiting();
    shop.answers['s1'] = { next_batch: 's2', ...keys(key('S')), rooms: { leave: { [roomA]: {} } } };
    await shop.step();
    assert.deepEqual([shop.found(), shop.memory.entries('unreadable:')], [[], []]);
  });

  it('is carried out when neither happened; a deletion in another room is none', async () => {
    const shop = await waiting();
    shop.answers['s1'] = { next_batch: 's2', ...keys(key('S')), rooms: { join: { [roomB]: inRoom(redaction('$c')) } } };
    await shop.step();
    assert.deepEqual(shop.found(), ['$c']);
  });
});
