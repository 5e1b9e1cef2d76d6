import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';

import { displayName, isBotName, userIdOf } from '#src/chat/web/names.ts';

describe('names', () => {
  it('become readable ids', () => {
    assert.equal(userIdOf('Ada'), '@ada:room');
    assert.equal(userIdOf('Ada Lovelace'), '@ada-lovelace:room');
    assert.equal(userIdOf('Jürgen Groß'), '@jürgen-groß:room');
    assert.equal(userIdOf('李'), '@李:room');
  });

  it('that differ are different people', () => {
    const names = ['Ada', 'Ada!', 'Ada.', '@ada:room', 'Ada L', 'Ada-L', '🦊', '🐼', 'a:b', 'a b', 'ab'];
    // `Ada L` and `Ada-L` share their id: they differ only in how words are joined.
    assert.equal(new Set(names.map(userIdOf)).size, names.length - 1);
    assert.equal(userIdOf('ADA'), userIdOf(' ada '));
  });

  it('are one visible line of at most 40 characters', () => {
    assert.equal(displayName('  Ada \n Lovelace '), 'Ada Lovelace');
    assert.equal(displayName('\u202eada\u0000'), 'ada');
    assert.equal(displayName('🦊'.repeat(40)), '🦊'.repeat(40));
    for (const bad of ['', ' ', '\u200b', 'x'.repeat(41)]) assert.equal(displayName(bad), undefined);
  });

  it('never break an id', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (typed) => {
        const name = displayName(typed);
        if (name !== undefined) assert.match(userIdOf(name), /^@[^\s:@]+:room$/u);
      }),
    );
  });

  it('of the bot are taken', () => {
    for (const name of ['Blitzbild', 'blitzbild bot', 'BLITZBILD']) assert.ok(isBotName(name), name);
    assert.ok(!isBotName('Blitzbildfan'));
  });
});
