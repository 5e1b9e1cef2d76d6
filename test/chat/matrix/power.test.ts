import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { administers, maySend } from '#src/chat/matrix/power.ts';

const created = (version: string | undefined, more: object = {}) => ({
  sender: '@maker:s',
  content: { ...(version === undefined ? {} : { room_version: version }), ...more },
});

describe('administers', () => {
  it('asks for power 50', () => {
    const levels = { users: { '@mod:s': 50, '@almost:s': 49 }, users_default: 0 };
    assert.equal(administers('@mod:s', created('10', { creator: '@maker:s' }), levels), true);
    assert.equal(administers('@almost:s', created('10'), levels), false);
    assert.equal(administers('@guest:s', created('10'), levels), false);
    assert.equal(administers('@maker:s', created('10', { creator: '@maker:s' }), levels), false, 'a creator of old rooms can lose it');
    assert.equal(administers('@guest:s', created('10'), { users_default: 50 }), true);
    assert.equal(administers('@guest:s', created('10'), { users: { '@guest:s': 0 }, users_default: 100 }), false);
  });

  it('reads levels written as text, and nothing else', () => {
    assert.equal(administers('@a:s', created('9'), { users: { '@a:s': ' 100 ' } }), true);
    assert.equal(administers('@a:s', created('9'), { users: { '@a:s': '1e3' } }), false);
    assert.equal(administers('@a:s', created('9'), { users: { '@a:s': null }, users_default: 100 }), false);
    assert.equal(administers('toString', created('9'), { users: {} }), false);
    assert.equal(administers('__proto__', created('9'), { users: {} }), false);
  });

  it('trusts the creator of a room without levels, wherever its version names it', () => {
    assert.equal(administers('@old:s', created('6', { creator: '@old:s' }), undefined), true);
    assert.equal(administers('@maker:s', created('6', { creator: '@old:s' }), undefined), false);
    assert.equal(administers('@maker:s', created('11'), undefined), true);
    assert.equal(administers('@other:s', created(undefined), undefined), false);
  });

  it('puts creators above all levels from version 12 on', () => {
    const room = created('12', { additional_creators: ['@second:s', 5] });
    assert.equal(administers('@maker:s', room, { users: {} }), true);
    assert.equal(administers('@second:s', room, { users: { '@second:s': 0 } }), true);
    assert.equal(administers('@third:s', room, { users: {} }), false);
    assert.equal(administers('@third:s', room, { users: { '@third:s': 75 } }), true);
    assert.equal(administers('@maker:s', created('11'), { users: {} }), false);
  });
});

describe('maySend', () => {
  const type = 'm.room.message';

  it('asks for the level of the type, else of events, else for none', () => {
    const room = created('11');
    assert.equal(maySend('@a:s', type, room, undefined), true);
    assert.equal(maySend('@a:s', type, room, { events_default: 1 }), false);
    assert.equal(maySend('@a:s', type, room, { events_default: 1, events: { [type]: 0 } }), true);
    assert.equal(maySend('@a:s', type, room, { events: { [type]: '50' }, users: { '@a:s': 49 } }), false);
    assert.equal(maySend('@a:s', type, room, { events: { [type]: '50' }, users: { '@a:s': 50 } }), true);
    assert.equal(maySend('@a:s', type, room, { users: { '@a:s': -1 } }), false);
    assert.equal(maySend('@a:s', 'toString', room, { events: {}, events_default: 1 }), false);
  });

  it('asks creators for nothing from version 12 on', () => {
    assert.equal(maySend('@maker:s', type, created('12'), { events_default: 100 }), true);
    assert.equal(maySend('@maker:s', type, created('11'), { events_default: 100 }), false);
  });
});
